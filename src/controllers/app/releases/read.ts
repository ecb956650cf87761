import type { Reader } from '../../../aws/reader.ts';
import { found, type Reading } from '../../../reconcile/reading.ts';
import { normalTask, type StoppedTask } from '../services/deployments.ts';
import { type ObservedRevision, primaryOf } from '../services/observed.ts';
import { normalRevision } from '../services/observed-revision.ts';
import { parseReleasesMemory } from './memory.ts';
import type { ReleasesFacts } from './observed.ts';
import { familyWishes, type WishesInput } from './wishes.ts';

/** Reads the newest revision of every family that a release needs and that is not known to be as wanted. */
export async function readReleases(
  reader: Reader,
  question: WishesInput & { readonly memory: unknown },
): Promise<ReleasesFacts> {
  const [newest, stopped] = await Promise.all([readNewest(reader, question), readStopped(reader, question)]);
  return { newest, stopped };
}

async function readNewest(
  reader: Reader,
  question: WishesInput & { readonly memory: unknown },
): Promise<ReleasesFacts['newest']> {
  const wishes = familyWishes(question);
  if ('problem' in wishes) return {};
  const { families } = parseReleasesMemory(question.memory);
  const unknown = wishes.filter(
    ({ type, digest }) => !families.some((one) => one.type === type && one.digest === digest),
  );
  const newest = await Promise.all(
    unknown.map(async ({ family }): Promise<[string, Reading<ObservedRevision>]> => {
      const reading = await reader.newestTaskDefinition(family);
      if (reading.state !== 'found') return [family, reading];
      return [family, found(normalRevision(reading.value))];
    }),
  );
  return Object.fromEntries(newest);
}

/**
 * Why tasks stopped, of services whose tasks fail. One that was made anew has nothing to go back to: its deployment
 * fails and stays.
 */
async function readStopped(
  reader: Reader,
  { desired, services: { cluster, services } }: WishesInput,
): Promise<ReleasesFacts['stopped']> {
  if (desired.releaseRecord.record?.current === undefined || cluster === undefined) return {};
  const failing = services.filter(({ reading }) => {
    const primary = reading.state === 'found' ? primaryOf(reading.value) : undefined;
    const isOpen = primary?.rolloutState === 'IN_PROGRESS' && primary.failedTasks > 0;
    return isOpen || primary?.rolloutState === 'FAILED';
  });
  const stopped = await Promise.all(
    failing.map(async ({ process, service }): Promise<[string, readonly StoppedTask[]]> => {
      const tasks = await reader.stoppedTasks(cluster, service);
      return [process, tasks.state === 'found' ? tasks.value.map(normalTask) : []];
    }),
  );
  return Object.fromEntries(stopped);
}
