import type { PlanContext } from '../../../reconcile/controller.ts';
import { fingerprintOf } from '../../../reconcile/plan.ts';
import { type AppNames, actionId } from '../names.ts';
import type { IndexService } from './actions.ts';
import type { ServicePlace } from './memory.ts';

/** What to write, and what is known to be written. */
export interface IndexChanges {
  readonly actions: readonly IndexService[];
  readonly indexed: ServicePlace[];
}

/** Brings the index in the table to the claims; an entry counts as written once its action succeeded. */
export function indexChanges(
  claimed: readonly ServicePlace[],
  indexed: readonly ServicePlace[],
  { names, context }: { readonly names: AppNames; readonly context: PlanContext },
): IndexChanges {
  const missing = claimed.filter((one) => !includes(indexed, one)).map((one) => entry(one, true, names));
  const stale = indexed.filter((one) => !includes(claimed, one)).map((one) => entry(one, false, names));
  const isDone = ({ action }: Entry) => context.status.writes[action.id]?.digest === fingerprintOf(action);
  const removed = stale.filter(isDone).map(({ place }) => place);
  const added = missing.filter(isDone).map(({ place }) => place);
  return {
    actions: [...missing, ...stale].filter((one) => !isDone(one)).map(({ action }) => action),
    indexed: [...indexed.filter((one) => !includes(removed, one)), ...added],
  };
}

interface Entry {
  readonly place: ServicePlace;
  readonly action: IndexService;
}

function entry({ process, cluster, service }: ServicePlace, claimed: boolean, names: AppNames): Entry {
  const { app, owner } = names;
  const id = actionId('services', process, claimed ? 'index' : 'unindex');
  const resource = `index entry of ${service}`;
  return {
    place: { process, cluster, service },
    action: { id, type: 'indexService', resource, cluster, service, app, owner, claimed },
  };
}

function includes(places: readonly ServicePlace[], wanted: ServicePlace): boolean {
  return places.some(({ cluster, service }) => cluster === wanted.cluster && service === wanted.service);
}
