import type { Status } from '../reconcile/status.ts';
import type { LoggedCall } from '../simulator/region.ts';
import type { World } from '../simulator/world.ts';
import type { Observation } from './observation.ts';
import type { Life } from './rig.ts';
import type { Snapshot } from './snapshot.ts';
import type { Trace } from './trace.ts';

/** How the account was when a case ended. */
export interface CaseEnd {
  readonly at: number;
  readonly observation: Observation;
  /** What is remembered of each app, by its name. */
  readonly statuses: ReadonlyMap<string, Status>;
  /** What is remembered of builds, by the name of their app. */
  readonly builds: ReadonlyMap<string, Status>;
  readonly world: World;
}

/** Everything that is known of a case that was played to its end: what invariants look at. */
export interface Evidence extends Trace {
  readonly snapshot: Snapshot;
  readonly seed: number;
  readonly lives: readonly Life[];
  /** Calls of controllers in order; if not `whole`, only those that write what people own. */
  readonly calls: readonly LoggedCall[];
  /** Nothing was left out of `calls` and `reports`, as is done when there are very many changes. */
  readonly whole: boolean;
  /** Faults or denials were there at any time; and still at the end. */
  readonly faulty: boolean;
  readonly faultsLeft: boolean;
  readonly end: CaseEnd;
  /** Why it cannot be said that all has settled, a sentence each. */
  readonly unsettled: readonly string[];
}
