import { PROCESS_TAG } from '../services/releasing.ts';
import { revisionTags } from '../services/revision.ts';
import { SCHEDULER } from './family.ts';

/**
 * Tags of a revision of the scheduler: those of the process it was made from, with its own process type where
 * AppPack tags revisions at all, whose it is, and its digest. Tasks get them from the revision.
 */
export function schedulerTags(
  base: Readonly<Record<string, string>>,
  marks: {
    readonly owner: string;
    readonly digest: string;
    readonly tags?: Readonly<Record<string, string>>;
  },
): Array<{ key: string; value: string }> {
  const all = { ...base, ...marks.tags };
  const tagged = all[PROCESS_TAG] === undefined ? all : { ...all, [PROCESS_TAG]: SCHEDULER };
  const { owner, digest } = marks;
  return revisionTags(tagged, { owner, digest });
}
