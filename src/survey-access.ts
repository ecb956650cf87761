import type { SweepReader } from './aws/sweep-reader.ts';
import { type Inspection, inspect } from './inspect.ts';
import type { Controller, Mode } from './reconcile/controller.ts';
import { ADMINISTRATORS, type Key } from './reconcile/key.ts';
import { EMPTY_STATUS, type Status } from './reconcile/status.ts';
import type { Resting } from './resting.ts';
import { SurveyError } from './survey.ts';

/** What a look over all lists of people of an account and region needs. */
export interface AccessSurveyPorts {
  readonly account: string;
  readonly region: string;
  /** Where lists lie; see `accessPaths`. */
  readonly paths: readonly string[];
  /** One reader for the whole survey, so that its reads can be joined. */
  readonly reader: SweepReader;
  /** The access controller on that reader. */
  readonly controller: Controller;
  readonly storedStatuses: () => Promise<ReadonlyMap<string, Status>>;
  readonly now: () => number;
  readonly mode?: Mode;
  readonly resting?: Resting<Inspection>;
}

/**
 * Every key of people: apps and pipelines that have a list, the administrators, and those we remember. Sorted by
 * name. Throws `SurveyError` when the parameters cannot be listed.
 */
export async function listAccess(
  ports: AccessSurveyPorts,
): Promise<ReadonlyArray<{ readonly key: Key; readonly status: Status }>> {
  const patterns = ports.paths.filter((path) => path.includes('*'));
  const [statuses, ...listed] = await Promise.all([
    ports.storedStatuses(),
    ...patterns.map((pattern) => ports.reader.namesLike(pattern)),
  ]);
  const names = new Set([ADMINISTRATORS, ...statuses.keys()]);
  for (const reading of listed) {
    if (reading.state === 'unreadable') throw new SurveyError(reading.failure);
    if (reading.state === 'found') for (const name of reading.value) names.add(name);
  }
  const { account, region } = ports;
  return [...names].sort().map((name) => ({
    key: { account, region, kind: 'access', name },
    status: statuses.get(name) ?? EMPTY_STATUS,
  }));
}

/** Reads and plans every key of people. One that only a mistake of ours breaks is told to `broken` and left out. */
export async function surveyAccess(
  ports: AccessSurveyPorts,
  broken?: (key: Key, error: unknown) => void,
): Promise<readonly Inspection[]> {
  const looks = (await listAccess(ports)).map(async ({ key, status }) => {
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
