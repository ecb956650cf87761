import { type AppMemory, SETTINGS_LINGER_MS } from './memory.ts';
import type { AppFacts } from './observed.ts';

export interface Deletion {
  /** What becomes of the services when nothing of the app is left. */
  readonly policy: 'retain' | 'delete';
  readonly memory: Pick<AppMemory, 'deletion'>;
}

/**
 * What the app's settings said of its deletion. When an app goes its settings go too, one parameter at a time:
 * what they said holds if they were there until shortly before the rest went.
 */
export function deletionOf(
  { desired, names }: AppFacts & { state: 'read' },
  memory: AppMemory,
  now: number,
): Deletion {
  const before = memory.deletion;
  const { value, unknown } = desired.settings;
  if (unknown.includes('deletionPolicy')) return remembered(before);
  const name = names.documents.settings;
  const present = name !== undefined && Object.hasOwn(desired.parameters, name);
  if (present) return value.deletionPolicy === 'delete' ? remembered({}) : remembered(undefined);
  if (before === undefined) return remembered(undefined);
  const lostAt = before.lostAt ?? now;
  // Once the app is gone the decision stands, however long deleting takes.
  if (desired.absent && before.sealed === true) return remembered(before);
  if (now > lostAt + SETTINGS_LINGER_MS) return remembered(undefined);
  return remembered({ lostAt, ...(desired.absent ? { sealed: true } : {}) });
}

function remembered(deletion: AppMemory['deletion']): Deletion {
  return { policy: deletion === undefined ? 'retain' : 'delete', memory: { deletion } };
}
