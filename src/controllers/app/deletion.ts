import { type AppMemory, SETTINGS_LINGER_MS } from './memory.ts';
import type { AppFacts } from './observed.ts';

export interface Deletion {
  /** What becomes of the services when nothing of the app is left. */
  readonly policy: 'retain' | 'delete';
  readonly memory: Pick<AppMemory, 'deletion'>;
  /** See `Plan`. */
  readonly staleAt?: number;
}

/**
 * What the app's settings said of its deletion. When an app goes its settings go too, one parameter at a time:
 * what they said holds if they were there until shortly before the rest went, and nobody put others meanwhile.
 */
export function deletionOf(
  { desired, names, settingsToldAt }: AppFacts & { state: 'read' },
  memory: AppMemory,
  now: number,
): Deletion {
  const before = memory.deletion;
  const { value, unknown } = desired.settings;
  if (unknown.includes('deletionPolicy')) return remembered(before);
  const name = names.documents.settings;
  const present = name === undefined ? undefined : desired.parameters[name];
  if (present !== undefined) {
    const seen = { seenAt: present.modifiedAt };
    const isToGo = value.deletionPolicy === 'delete' && !isOutdated(seen, settingsToldAt);
    return remembered(isToGo ? seen : undefined);
  }
  if (before === undefined || isOutdated(before, settingsToldAt)) return remembered(undefined);
  const lostAt = before.lostAt ?? now;
  // Once the app is gone the decision stands, however long deleting takes.
  if (desired.absent && before.sealed === true) return remembered(before);
  if (now > lostAt + SETTINGS_LINGER_MS) return remembered(undefined);
  return {
    ...remembered({ ...before, lostAt, ...(desired.absent ? { sealed: true } : {}) }),
    staleAt: lostAt + SETTINGS_LINGER_MS,
  };
}

/**
 * Settings were put after those that said so: reads do not show them yet, or they went before anybody read them. Event
 * times are whole seconds.
 */
function isOutdated(before: NonNullable<AppMemory['deletion']>, toldAt: number | undefined): boolean {
  if (toldAt === undefined || before.seenAt === undefined || before.sealed === true) return false;
  return toldAt > before.seenAt;
}

function remembered(deletion: AppMemory['deletion']): Deletion {
  return { policy: deletion === undefined ? 'retain' : 'delete', memory: { deletion } };
}
