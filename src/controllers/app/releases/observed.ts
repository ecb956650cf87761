import type { Reading } from '../../../reconcile/reading.ts';
import type { StoppedTask } from '../services/deployments.ts';
import type { ObservedRevision } from '../services/observed.ts';

/** What is known of the families that a release needs, besides those of services that are there. */
export interface ReleasesFacts {
  /** The newest revision of each family that may have to be made, by its name. */
  readonly newest: Readonly<Record<string, Reading<ObservedRevision>>>;
  /** Why tasks of a service stopped that ECS cannot bring up, by process. */
  readonly stopped: Readonly<Record<string, readonly StoppedTask[]>>;
}
