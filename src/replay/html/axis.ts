/** Time in which nothing happens longer than this is cut short. */
const QUIET_MS = 60_000;

/** With more cuts than this there is nothing left to see; time then runs evenly. */
const CUTS_MAX = 24;
const CUT_WIDTH = 40;

/** A stretch of time in which nothing happened, drawn as a break. */
export interface Cut {
  readonly x: number;
  readonly width: number;
  readonly durationMs: number;
}

/** Where instants (milliseconds from the start) are drawn. */
export interface Axis {
  readonly width: number;
  readonly cuts: readonly Cut[];
  x(at: number): number;
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly isCut: boolean;
}

/** An axis for what happened at `instants`, `width` wide: busy times in proportion, long quiet ones as breaks. */
export function makeAxis(instants: readonly number[], width: number): Axis {
  const stretches = stretchesOf(instants);
  const cuts = stretches.filter(({ isCut }) => isCut).length;
  const drawn = cuts > CUTS_MAX ? merged(stretches) : stretches;
  const cutting = cuts > CUTS_MAX ? 0 : cuts * CUT_WIDTH;
  const busyMs = drawn.reduce((sum, { from, to, isCut }) => sum + (isCut ? 0 : to - from), 0);
  const scale = (width - cutting) / Math.max(1, busyMs);
  const places: Array<Stretch & { readonly x: number; readonly width: number }> = [];
  let x = 0;
  for (const stretch of drawn) {
    const own = stretch.isCut ? CUT_WIDTH : (stretch.to - stretch.from) * scale;
    places.push({ ...stretch, x, width: own });
    x += own;
  }
  return {
    width,
    cuts: places
      .filter(({ isCut }) => isCut)
      .map(({ from, to, ...place }) => ({ x: place.x, width: place.width, durationMs: to - from })),
    x(at) {
      const place = places.find(({ to }) => at <= to) ?? places.at(-1);
      if (place === undefined) return 0;
      const share = place.to === place.from ? 0 : (at - place.from) / (place.to - place.from);
      return place.x + Math.min(1, Math.max(0, share)) * place.width;
    },
  };
}

function stretchesOf(instants: readonly number[]): readonly Stretch[] {
  const sorted = [...new Set(instants)].sort((a, b) => a - b);
  const stretches: Stretch[] = [];
  for (const [index, to] of sorted.entries()) {
    const from = sorted[index - 1];
    if (from === undefined) continue;
    if (to - from <= QUIET_MS) stretches.push({ from, to, isCut: false });
    else {
      // A little of the quiet stays on both sides, so that what ends there can be seen to end.
      const margin = QUIET_MS / 6;
      stretches.push({ from, to: from + margin, isCut: false });
      stretches.push({ from: from + margin, to: to - margin, isCut: true });
      stretches.push({ from: to - margin, to, isCut: false });
    }
  }
  return stretches.length === 0 ? [{ from: 0, to: 1, isCut: false }] : stretches;
}

function merged(stretches: readonly Stretch[]): readonly Stretch[] {
  return [{ from: stretches[0]?.from ?? 0, to: stretches.at(-1)?.to ?? 1, isCut: false }];
}
