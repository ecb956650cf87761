/** After a write: how long until we look whether it shows. Doubles from the first to the last. */
export const AFTER_WRITE_FIRST_MS = 5_000;
export const AFTER_WRITE_LAST_MS = 60_000;

/** After a failed pass. Doubles from the first to the last. */
export const AFTER_FAILURE_FIRST_MS = 5_000;
export const AFTER_FAILURE_LAST_MS = 300_000;

/** A change we were told of and do not see yet: look again this soon, this often. */
export const UNSEEN_LOOK_MS = 2_000;
export const UNSEEN_LOOKS_MAX = 3;
/** What was told longer ago than this is not looked for; of many changes only the youngest are. */
export const UNSEEN_MS = 60_000;
export const UNSEEN_MAX = 20;

/** Somebody changed a field back this often within the window: we stop and say so. */
export const CORRECTIONS_MAX = 3;
export const CORRECTIONS_WINDOW_MS = 600_000;

/** How long an open intent is looked for before its action counts as never sent. */
export const INTENT_GRACE_MS = 20_000;

/** `firstMs`, twice that, … at most `lastMs`; `count` starts at 1. */
export function backoff(count: number, firstMs: number, lastMs: number): number {
  const doublings = Math.min(Math.max(count - 1, 0), 30);
  return Math.min(firstMs * 2 ** doublings, lastMs);
}

/**
 * A delay spread over [75 %, 100 %] by the key's name, so that keys that failed together do not come back
 * together. The same key and count give the same delay: a replay needs no dice.
 */
export function spread(delayMs: number, seed: string): number {
  let hash = 2166136261;
  for (const character of seed) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
  return Math.round(delayMs * (0.75 + 0.25 * ((hash >>> 0) / 4294967296)));
}
