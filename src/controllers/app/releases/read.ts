import type { Reader } from '../../../aws/reader.ts';
import { found, type Reading } from '../../../reconcile/reading.ts';
import { normalRevision, type ObservedRevision } from '../services/observed.ts';
import { parseReleasesMemory } from './memory.ts';
import type { ReleasesFacts } from './observed.ts';
import { familyWishes, type WishesInput } from './wishes.ts';

/** Reads the newest revision of every family that a release needs and that is not known to be as wanted. */
export async function readReleases(
  reader: Reader,
  question: WishesInput & { readonly memory: unknown },
): Promise<ReleasesFacts> {
  const wishes = familyWishes(question);
  if ('problem' in wishes) return { newest: {} };
  const { families } = parseReleasesMemory(question.memory);
  const unknown = wishes.filter(
    ({ type, digest }) => !families.some((one) => one.type === type && one.digest === digest),
  );
  const newest = await Promise.all(
    unknown.map(async ({ family }): Promise<[string, Reading<ObservedRevision>]> => {
      const reading = await reader.newestTaskDefinition(family);
      if (reading.state !== 'found') return [family, reading];
      return [family, found(normalRevision(reading.value.definition, reading.value.tags))];
    }),
  );
  return { newest: Object.fromEntries(newest) };
}
