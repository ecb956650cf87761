import type { SweepReader } from './aws/sweep-reader.ts';
import { type Naming, namesOf } from './controllers/app/names.ts';
import { ownerOfRule } from './controllers/app/schedules/marks.ts';
import type { Survey } from './controllers/sweep/plan.ts';
import { type Inspection, inspect } from './inspect.ts';
import type { Controller, Mode } from './reconcile/controller.ts';
import type { Failure } from './reconcile/errors.ts';
import { formatKey, type Key } from './reconcile/key.ts';
import { EMPTY_STATUS, type Status } from './reconcile/status.ts';
import type { Resting } from './resting.ts';

/** What a look over a whole account and region needs. */
export interface SurveyPorts {
  readonly account: string;
  readonly region: string;
  readonly naming: Naming;
  /** One reader for the whole survey, so that its reads can be joined. */
  readonly reader: SweepReader;
  /** The app controller on that reader. */
  readonly controller: Controller;
  /** Starts reads of a key that is sure to be looked at. */
  readonly foresee: (key: Key) => void;
  readonly storedStatuses: () => Promise<ReadonlyMap<string, Status>>;
  readonly now: () => number;
  /** See `InspectOptions`. */
  readonly mode?: Mode;
  readonly resting?: Resting<Inspection>;
}

/** The account could not be read as a whole. */
export class SurveyError extends Error {
  override readonly name = 'SurveyError';
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/**
 * Every app there is: those with a parameter, those we remember, and those that a rule's mark names, so that an app
 * whose last parameter vanished unseen is found, also when nothing is remembered of it. Sorted by name. Throws
 * `SurveyError` when the parameters cannot be listed.
 */
export async function listApps(ports: SurveyPorts): Promise<Array<{ key: Key; status: Status }>> {
  const [names, statuses, marked] = await Promise.all([
    ports.reader.appNames(),
    ports.storedStatuses(),
    markedApps(ports),
  ]);
  if (names.state === 'unreadable') throw new SurveyError(names.failure);
  const named = names.state === 'found' ? names.value : [];
  return [...new Set([...named, ...statuses.keys(), ...marked])].sort().map((name) => ({
    key: keyOf(ports, name),
    status: statuses.get(name) ?? EMPTY_STATUS,
  }));
}

/** Owners of rules; nobody's while rules cannot be listed, which each app with schedules says for itself. */
async function markedApps({ reader, naming }: SurveyPorts): Promise<readonly string[]> {
  const rules = await reader.rules('');
  if (rules.state !== 'found') return [];
  const owners = rules.value.flatMap((rule) => ownerOfRule(rule, naming.installation) ?? []);
  return owners.filter((app) => !('invalid' in namesOf(app, naming)));
}

function keyOf({ account, region }: SurveyPorts, name: string): Key {
  return { account, region, kind: 'app', name };
}

/**
 * Reads and plans every app, joined into as few calls as AWS allows. Parameters come in one long chain of pages;
 * what apps we remember were found to have is read beside it. An app that cannot be looked at, which only a mistake
 * of ours can bring about, is told to `broken` and left out; without that it fails the whole survey.
 */
export async function surveyApps(
  ports: SurveyPorts,
  broken?: (key: Key, error: unknown) => void,
): Promise<readonly Inspection[]> {
  const remembered = ports.storedStatuses();
  const foreseen = remembered.then((statuses) => {
    for (const name of statuses.keys()) ports.foresee(keyOf(ports, name));
  });
  // Listing the apps fails with it, and says so.
  foreseen.catch(() => {});
  const apps = await listApps({ ...ports, storedStatuses: () => remembered });
  const looks = apps.map(async ({ key, status }) => {
    try {
      return [await inspect(key, status, ports.controller, ports.now, ports)];
    } catch (error) {
      if (broken === undefined) throw error;
      broken(key, error);
      return [];
    }
  });
  return (await Promise.all(looks)).flat();
}

/** What the sweep controller wants to know: which keys need a pass. A broken one does, for its pass says why. */
export function summarize(inspections: readonly Inspection[], broken: readonly Key[] = []): Survey {
  const due = inspections.filter((inspection) => inspection.due).map(({ key }) => key);
  return {
    keys: [...due, ...broken].map(formatKey).sort(),
    surveyed: inspections.length + broken.length,
  };
}
