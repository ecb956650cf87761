import type { AppChart } from './charts.ts';
import type { Comparison } from './compare.ts';
import { endOf } from './end.ts';
import { byStep } from './grouping.ts';
import { formatInstant } from './instant.ts';
import type { Violation } from './invariants.ts';
import type { AppEnd, OutcomeAction, OutcomeRollout } from './outcome.ts';
import type { CaseResult } from './replayer.ts';
import { actionsOf, conditionsByStep, type DatedCondition, titleOf } from './summary.ts';
import type { DatedReport, FailureTrace, RolloutTrace, StepTrace } from './trace.ts';

/** What a replay tells of one step. Documented in docs/snapshots.md and stable. */
export interface StepReport {
  readonly step: number;
  readonly at: string;
  readonly what: string;
  readonly changes: number;
  /** From its last change to the last write, rollout, count or condition it brought; 0 when nothing moved. */
  readonly convergedMs: number;
  readonly passes: number;
  readonly differences: readonly StepDifference[];
  readonly actions: ReadonlyArray<OutcomeAction & { readonly afterMs: number }>;
  readonly conditions: readonly StepCondition[];
  readonly rollouts: ReadonlyArray<OutcomeRollout & { readonly tookMs?: number; readonly reason?: string }>;
  readonly failures: readonly string[];
  readonly refused: readonly string[];
  readonly calls: Readonly<Record<string, number>>;
}

export interface StepDifference {
  readonly app: string;
  readonly path: string;
  readonly desired: unknown;
  readonly observed: unknown;
}

type StepCondition = Omit<DatedCondition, 'at'> & { readonly afterMs: number };

/** What a replay of one snapshot tells; the same on every machine. Documented in docs/snapshots.md and stable. */
export interface SnapshotReport {
  readonly name: string;
  readonly about: string;
  readonly startAt: string;
  readonly endAt: string;
  readonly settled: boolean;
  readonly unsettled: readonly string[];
  readonly violations: readonly Violation[];
  readonly totals: {
    readonly steps: number;
    readonly passes: number;
    readonly actions: number;
    readonly rollouts: number;
    readonly calls: number;
  };
  readonly steps: readonly StepReport[];
  readonly end: Readonly<Record<string, AppEnd>>;
  /** Only with --check. */
  readonly check?: Comparison;
  /** Only for the page. */
  readonly charts?: readonly AppChart[];
}

/** Makes the report of a case. */
export function reportOf(result: CaseResult, name: string): SnapshotReport {
  const around: Around = {
    reports: byStep(result.reports),
    conditions: conditionsByStep(result.reports),
    rollouts: byStep(result.rollouts),
    failures: byStep(result.failures),
  };
  const steps = result.steps.map((step) => stepReport(step, around));
  const sum = (count: (step: StepReport) => number) => steps.reduce((total, step) => total + count(step), 0);
  return {
    name,
    about: result.snapshot.about,
    startAt: result.snapshot.startAt,
    endAt: formatInstant(result.end.at),
    settled: result.settled,
    unsettled: result.unsettled,
    violations: result.violations,
    totals: {
      steps: steps.length,
      passes: sum(({ passes }) => passes),
      actions: sum(({ actions }) => actions.length),
      rollouts: result.rollouts.length,
      calls: sum(({ calls }) => Object.values(calls).reduce((total, count) => total + count, 0)),
    },
    steps,
    end: endOf(result.end.observation),
  };
}

interface Around {
  readonly reports: ReadonlyMap<number, readonly DatedReport[]>;
  readonly conditions: ReadonlyMap<number, readonly DatedCondition[]>;
  readonly rollouts: ReadonlyMap<number, readonly RolloutTrace[]>;
  readonly failures: ReadonlyMap<number, readonly FailureTrace[]>;
}

function stepReport(step: StepTrace, around: Around): StepReport {
  const { index, at: startedAt } = step;
  const reports = around.reports.get(index) ?? [];
  return {
    step: index,
    at: formatInstant(startedAt),
    what: titleOf(step),
    changes: step.changes.length,
    convergedMs: Math.max(0, step.movedAt - step.changedAt),
    passes: step.passes,
    differences: differencesOf(reports),
    actions: reports.flatMap(({ report, at }) =>
      actionsOf(report).map((action) => ({ ...action, afterMs: at - startedAt })),
    ),
    conditions: (around.conditions.get(index) ?? []).map(({ at, ...condition }) => ({
      ...condition,
      afterMs: at - startedAt,
    })),
    rollouts: (around.rollouts.get(index) ?? []).map(rolloutReport),
    failures: (around.failures.get(index) ?? []).map(({ key, what }) =>
      key === undefined ? what : `${key}: ${what}`,
    ),
    refused: step.refused.map(({ why }) => why),
    calls: Object.fromEntries([...step.calls].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function rolloutReport({ service, ended, startedAt, endedAt, reason }: RolloutTrace) {
  return {
    service,
    ended,
    ...(endedAt === undefined ? {} : { tookMs: endedAt - startedAt }),
    ...(reason === undefined || ended === 'completed' ? {} : { reason }),
  };
}

/** Each difference once, as it was found first. */
function differencesOf(reports: readonly DatedReport[]): readonly StepDifference[] {
  const found = new Map<string, StepDifference>();
  for (const { report } of reports) {
    const app = report.work.key.name;
    for (const { path, desired, observed } of report.differences) {
      const id = `${app} ${path}`;
      if (!found.has(id)) found.set(id, { app, path, desired, observed });
    }
  }
  return [...found.values()];
}
