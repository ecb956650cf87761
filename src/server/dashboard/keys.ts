import { formatKey, type Key } from '../../reconcile/key.ts';
import type { Clock } from '../../reconcile/ports.ts';
import type { DatedCondition, Status } from '../../reconcile/status.ts';
import type { PartialListener } from '../../telemetry/listener.ts';

/** How long what was read is shown again: a page that many look at costs no more than one. */
const FRESH_MS = 5_000;

/** One key as the dashboard shows it. */
export interface ShownKey {
  readonly key: Key;
  readonly synced: boolean;
  /** As far as this replica heard; it learns it from its own passes and sweeps. */
  readonly paused: boolean;
  readonly conditions: readonly DatedCondition[];
  /** When something new was last remembered of it. */
  readonly changedAt: number;
  readonly nextLookAt?: number;
}

/** What passes and sweeps tell that no status holds: which keys are paused. */
export interface PausedKeys extends Required<Pick<PartialListener, 'report' | 'listing'>> {
  has(key: Key): boolean;
}

export function rememberPaused(): PausedKeys {
  const paused = new Set<string>();
  const note = (key: Key, isPaused: boolean) => {
    if (isPaused) paused.add(formatKey(key));
    else paused.delete(formatKey(key));
  };
  return {
    has: (key) => paused.has(formatKey(key)),
    report({ outcome, work, paused: reason }) {
      if (outcome !== 'dropped') note(work.key, reason !== undefined);
    },
    listing: ({ keys }) => keys.forEach((state) => void note(state.key, state.paused)),
  };
}

type ListStatuses = () => Promise<ReadonlyArray<{ readonly key: Key; readonly status: Status }>>;

/** Reads all keys, those that need a person first; who asks within five seconds gets the same answer. */
export function createKeyReader(
  list: ListStatuses,
  { paused, clock }: { readonly paused: PausedKeys; readonly clock: Clock },
): () => Promise<readonly ShownKey[]> {
  let freshUntil = Number.NEGATIVE_INFINITY;
  let answer: Promise<readonly ShownKey[]> = Promise.resolve([]);
  return () => {
    if (clock.now() < freshUntil) return answer;
    freshUntil = clock.now() + FRESH_MS;
    answer = list().then((all) => all.map((one) => shownOf(one, paused)).sort(byNeed));
    answer.catch(() => {
      freshUntil = Number.NEGATIVE_INFINITY;
    });
    return answer;
  };
}

function shownOf(
  { key, status }: { readonly key: Key; readonly status: Status },
  paused: PausedKeys,
): ShownKey {
  const { synced, conditions, updatedAt, wake } = status;
  const next = wake === undefined ? {} : { nextLookAt: wake.at };
  return { key, synced, paused: paused.has(key), conditions, changedAt: updatedAt, ...next };
}

/** How a key stands, in one word. */
export function standingOf({
  synced,
  paused,
  conditions,
}: ShownKey): 'problem' | 'changing' | 'paused' | 'fine' {
  if (paused) return 'paused';
  if (synced) return 'fine';
  return conditions.some(({ status }) => status === 'False') ? 'problem' : 'changing';
}

const ORDER = ['problem', 'changing', 'paused', 'fine'];

function byNeed(one: ShownKey, other: ShownKey): number {
  const need = ORDER.indexOf(standingOf(one)) - ORDER.indexOf(standingOf(other));
  return need !== 0 ? need : formatKey(one.key) < formatKey(other.key) ? -1 : 1;
}
