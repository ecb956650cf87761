import type { ParameterVersion } from '../../reconcile/plan.ts';
import { type AppMemory, SETTINGS_LINGER_MS } from './memory.ts';
import type { AppFacts } from './observed.ts';

export interface Deletion {
  /** What becomes of the services when nothing of the app is left. */
  readonly policy: 'retain' | 'delete';
  readonly memory: Pick<AppMemory, 'deletion' | 'settingsToldAt'>;
  /** See `Plan`. */
  readonly staleAt?: number;
}

/**
 * What the app's settings said of its deletion. When an app goes its settings go too, one parameter at a time:
 * what they said holds if they were there until shortly before the rest went, and nobody put others meanwhile.
 */
export function deletionOf(facts: AppFacts & { state: 'read' }, memory: AppMemory, now: number): Deletion {
  const { desired, names } = facts;
  const name = names.documents.settings;
  const present = name === undefined ? undefined : desired.parameters[name];
  const toldAt = lastTold(facts.settingsToldAt, memory.settingsToldAt, present?.modifiedAt);
  const { deletion, staleAt } = decisionOf({ desired, present, toldAt, before: memory.deletion }, now);
  return {
    policy: deletion === undefined ? 'retain' : 'delete',
    memory: { deletion, settingsToldAt: toldAt },
    ...(staleAt === undefined ? {} : { staleAt }),
  };
}

/** When settings were put that are newer than those that were read. An event may come, and be gone, before a read shows it. */
function lastTold(
  now: number | undefined,
  before: number | undefined,
  readAt: number | undefined,
): number | undefined {
  const told = [now, before].filter((at) => at !== undefined);
  const toldAt = told.length === 0 ? undefined : Math.max(...told);
  return toldAt === undefined || (readAt !== undefined && readAt >= toldAt) ? undefined : toldAt;
}

interface Question {
  readonly desired: (AppFacts & { state: 'read' })['desired'];
  /** The settings that were read, if they were there. */
  readonly present: ParameterVersion | undefined;
  readonly toldAt: number | undefined;
  readonly before: AppMemory['deletion'];
}

type Decision = Pick<AppMemory, 'deletion'> & Pick<Deletion, 'staleAt'>;

function decisionOf({ desired, present, toldAt, before }: Question, now: number): Decision {
  const { value, unknown } = desired.settings;
  if (unknown.includes('deletionPolicy')) return { deletion: before };
  if (present !== undefined) {
    const seen = { seenAt: present.modifiedAt };
    const isToGo = value.deletionPolicy === 'delete' && !isOutdated(seen, toldAt);
    return { deletion: isToGo ? seen : undefined };
  }
  if (before === undefined || isOutdated(before, toldAt)) return { deletion: undefined };
  const lostAt = before.lostAt ?? now;
  // Once the app is gone the decision stands, however long deleting takes.
  if (desired.absent && before.sealed === true) return { deletion: before };
  if (now > lostAt + SETTINGS_LINGER_MS) return { deletion: undefined };
  const deletion = { ...before, lostAt, ...(desired.absent ? { sealed: true } : {}) };
  return { deletion, staleAt: lostAt + SETTINGS_LINGER_MS };
}

/**
 * Settings were put after those that said so: reads do not show them yet, or they went before anybody read them. Event
 * times are whole seconds.
 */
function isOutdated(before: NonNullable<AppMemory['deletion']>, toldAt: number | undefined): boolean {
  if (toldAt === undefined || before.seenAt === undefined || before.sealed === true) return false;
  return toldAt > before.seenAt;
}
