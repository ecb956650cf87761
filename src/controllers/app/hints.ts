import { createRecall, type Recall } from '../../reconcile/recall.ts';
import type { ItemKey } from '../../store/table.ts';
import type { AutoscalingHint } from './autoscaling/observed.ts';

/** Apps whose last reads are remembered. */
const HINTS_MAX = 20_000;

/**
 * What was read for a key last time. It only says which reads to start early; nothing of it is ever taken for
 * true, and losing it costs a round trip.
 */
export interface ReadHint {
  readonly cluster?: string;
  readonly services: readonly string[];
  /** Revision ARNs. */
  readonly revisions: readonly string[];
  /** Services whose deployments since an instant are followed. */
  readonly followed: ReadonlyArray<{ readonly service: string; readonly since: number }>;
  /** Parameters and items of other apps that may name the same service. */
  readonly parameters: readonly string[];
  readonly items: readonly ItemKey[];
  readonly autoscaling: AutoscalingHint;
}

export type Hints = Recall<ReadHint>;

/** Hints in memory, at most `max`. */
export function createHints(max: number = HINTS_MAX): Hints {
  return createRecall(max);
}
