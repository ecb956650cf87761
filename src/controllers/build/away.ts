import type { Status } from '../../reconcile/status.ts';
import type { BuildMemory } from './memory.ts';

/** A look that comes later than this after it was to come was kept from coming: no controller ran, or the app was paused. */
const AWAY_MS = 60_000;

/** For how long nobody looked while requests were open, up to now: what is to be done in time does not age by that. */
export function awayMsOf(
  { awayMs = 0, flows }: BuildMemory,
  { wake, updatedAt }: Status,
  now: number,
): number {
  if (Object.keys(flows).length === 0) return 0;
  // An app that is paused is not woken.
  const missedMs = now - (wake?.at ?? updatedAt);
  return missedMs > AWAY_MS ? awayMs + missedMs : awayMs;
}
