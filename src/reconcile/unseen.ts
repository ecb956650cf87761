import type { Work } from './controller.ts';
import type { ParameterVersion, Plan } from './plan.ts';
import { UNSEEN_LOOK_MS, UNSEEN_LOOKS_MAX, UNSEEN_MAX, UNSEEN_MS } from './retry.ts';
import type { Status, UnseenChange } from './status.ts';

/** The changes that the key was told of and that no read has shown yet, after one more look at it. */
export function nextUnseen(
  before: Status['unseen'],
  { work, plan, now }: { readonly work: Work; readonly plan: Plan; readonly now: number },
): Status['unseen'] {
  const told = work.causes.flatMap(({ change }) => (change === undefined ? [] : [{ ...change, looks: 0 }]));
  // The event's time is AWS's, so it is compared with SQS's where SQS told it: our own clock may be wrong.
  const at = work.beganAt > 0 ? work.beganAt : now;
  const unseen = newestOfEach([...(before ?? []), ...told])
    .filter((change) => !isShown(change, plan.parameters) && at <= change.at + UNSEEN_MS)
    .flatMap((change) => lookedFor(change, at) ?? [])
    .slice(-UNSEEN_MAX);
  return unseen.length === 0 ? undefined : unseen;
}

/** One change for each parameter, oldest first; told twice of one it is still that one. */
function newestOfEach(changes: readonly UnseenChange[]): readonly UnseenChange[] {
  const newest = new Map<string, UnseenChange>();
  for (const change of changes) {
    const known = newest.get(change.parameter);
    if (known === undefined || change.at > known.at || change.operation !== known.operation) {
      newest.set(change.parameter, change);
    }
  }
  return [...newest.values()].sort((a, b) => a.at - b.at);
}

/** The change after one more look for it; undefined when there were enough. */
function lookedFor(change: UnseenChange, at: number): UnseenChange | undefined {
  // A burst of events must not use up the looks before the change had time to show.
  if (at < change.at + change.looks * UNSEEN_LOOK_MS) return change;
  return change.looks >= UNSEEN_LOOKS_MAX ? undefined : { ...change, looks: change.looks + 1 };
}

/** Event times are whole seconds, so a read of the same second counts as showing it. */
function isShown(change: UnseenChange, parameters: Readonly<Record<string, ParameterVersion>>): boolean {
  const read = parameters[change.parameter];
  if (change.operation === 'Delete') return read === undefined;
  return read !== undefined && read.modifiedAt >= Math.floor(change.at / 1000) * 1000;
}
