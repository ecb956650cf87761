import type { Report } from '../reconcile/reconcile.ts';
import type { PlayedChange } from './changes.ts';

/** What a case leaves behind: everything that was seen while it ran. Instants are epoch milliseconds. */

/** The start, or changes that happen one right after the other, and all that follows until the next. */
export interface StepTrace {
  /** 0 is the start. */
  readonly index: number;
  readonly at: number;
  /** When the last of its changes happened. */
  readonly changedAt: number;
  readonly changes: readonly PlayedChange[];
  /** Changes that AWS refused, so that nothing came of them, and why. */
  readonly refused: Array<{ readonly change: PlayedChange; readonly why: string }>;
  /** When something last moved because of it: a write, a rollout, a count, a condition. */
  movedAt: number;
  passes: number;
  sweeps: number;
  /** Attempts of AWS calls by the controllers: `ecs.DescribeServices` → count. */
  readonly calls: Map<string, number>;
}

/** A report with where and when it was made. */
export interface DatedReport {
  readonly step: number;
  readonly client: string;
  readonly at: number;
  readonly report: Report;
}

/** A pass that threw, or a loop that could not do something. */
export interface FailureTrace {
  readonly step: number;
  readonly client: string;
  readonly at: number;
  readonly key?: string;
  readonly what: string;
}

/** One deployment of a service. */
export interface RolloutTrace {
  readonly step: number;
  readonly id: string;
  /** `<cluster>/<service>` */
  readonly service: string;
  readonly startedAt: number;
  /** Absent while it goes on. */
  readonly endedAt?: number;
  readonly ended: 'completed' | 'failed' | 'replaced' | 'open';
  readonly reason?: string;
}

/** The counts of a service from an instant on. */
export interface CountSample {
  readonly at: number;
  readonly desired: number;
  readonly running: number;
}

export interface Trace {
  readonly steps: readonly StepTrace[];
  /** Reports of every pass, or of those that did or said something when there are very many. */
  readonly reports: readonly DatedReport[];
  readonly failures: readonly FailureTrace[];
  readonly rollouts: readonly RolloutTrace[];
  /** `<cluster>/<service>` → its counts whenever they changed. */
  readonly counts: ReadonlyMap<string, readonly CountSample[]>;
}
