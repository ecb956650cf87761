import type { Change } from '../changes.ts';
import { formatInstant } from '../instant.ts';
import type { Snapshot } from '../snapshot.ts';
import { ODD_INSTANTS } from './bait.ts';
import type { Dice } from './dice.ts';

/** A time line has at most so many changes, */
const CHANGES_MAX = 12;

/** of which a case made from another has so many at most, */
const CHANGES_KEPT_MAX = 6;

/** and spans at most so much: a case costs what its virtual time costs. */
const SPAN_MAX_MS = 90_000;

/** Where nothing happens for longer, time is taken out. */
const GAP_MS = 6_000;

/** What a build comes to is worth some more of it. */
const BUILD_GAP_MS = 20_000;

/** Everything is looked at twice before a case is said to be settled. */
const SWEEP_SECONDS = 20;

/**
 * A case that never comes to rest is given up after this long: a task that nobody ever sees is given up after 50 minutes,
 * a release that nobody answers for after 45.
 */
const PATIENCE_SECONDS = 6_000;

/** A change without its instant. */
export type Happening = Change extends infer One ? (One extends Change ? Omit<One, 'at'> : never) : never;

/** The snapshot as cases are made from it: long waits are cut short, sweeps come often, and nothing is recorded of it. */
export function hastened(snapshot: Snapshot): Snapshot {
  const { outcome: _outcome, recorded: _recorded, ...rest } = snapshot;
  const startAt = Date.parse(snapshot.startAt);
  let before = startAt;
  let at = startAt;
  let gapMs = GAP_MS;
  const timeline = snapshot.timeline
    .filter(({ type }) => type !== 'seen')
    .slice(0, CHANGES_MAX)
    .map((change) => {
      const now = Date.parse(change.at);
      at = Math.min(at + Math.min(now - before, gapMs), startAt + SPAN_MAX_MS);
      before = now;
      gapMs = beginsRelease(change) ? BUILD_GAP_MS : GAP_MS;
      return { ...change, at: formatInstant(at) };
    });
  const sweepSeconds = Math.min(SWEEP_SECONDS, Number(snapshot.settings?.sweepSeconds ?? SWEEP_SECONDS));
  const settings = { ...snapshot.settings, sweepSeconds };
  return { ...rest, settings, patienceSeconds: PATIENCE_SECONDS, timeline };
}

/** Some changes left out where there are more than a few: a case costs what happens in it. */
export function thinned(snapshot: Snapshot, dice: Dice): Snapshot {
  let { timeline } = snapshot;
  const kept = dice.between(1, CHANGES_KEPT_MAX);
  while (timeline.length > kept) timeline = [...without(timeline, dice.between(0, timeline.length - 1))];
  return { ...snapshot, timeline };
}

/** The snapshot with something more happening in it, at an instant of the dice's choice. */
export function happen(snapshot: Snapshot, dice: Dice, ...happenings: readonly Happening[]): Snapshot {
  const startAt = Date.parse(snapshot.startAt);
  const last = Date.parse(snapshot.timeline.at(-1)?.at ?? snapshot.startAt);
  const somewhere = startAt + dice.between(500, Math.min(SPAN_MAX_MS, last - startAt + 6_000));
  const neighbour = neighbourIn(snapshot, dice) ?? somewhere;
  const gapMs = dice.pick([0, 0, 200, 1500, 7000]);
  const added = happenings.map((happening, index) => {
    const at = formatInstant(Math.min(neighbour + index * gapMs, startAt + SPAN_MAX_MS));
    // A happening is a change but for this member.
    return { at, ...happening } as Change;
  });
  return { ...snapshot, timeline: inOrder([...snapshot.timeline, ...added]).slice(0, CHANGES_MAX) };
}

/** A build and all that comes of it takes about so long. */
const RELEASE_MS = 45_000;

function beginsRelease(change: Change): boolean {
  return (
    (change.type === 'call' && change.operation === 'StartBuild') ||
    (change.type === 'put' && change.name.endsWith('/release'))
  );
}

/** An instant while a build or release is under way, or near something else that happens. */
function neighbourIn({ timeline }: Snapshot, dice: Dice): number | undefined {
  const releases = timeline.filter(beginsRelease);
  if (releases.length > 0 && dice.chance(0.5)) {
    return Date.parse(dice.pick(releases).at) + dice.between(0, RELEASE_MS / 500) * 500;
  }
  if (timeline.length === 0 || !dice.chance(0.6)) return undefined;
  return Date.parse(dice.pick(timeline).at) + dice.between(0, 8) * 500;
}

type Rearrangement = (timeline: readonly Change[], dice: Dice) => readonly Change[];

/** Changes that come to mind without knowing what they are about. */
const REARRANGEMENTS: readonly Rearrangement[] = [
  (timeline, dice) => without(timeline, dice.between(0, timeline.length - 1)),
  (timeline, dice) => [...timeline, shifted(dice.pick(timeline), dice.pick([0, 100, 3000, 20_000]))],
  (timeline, dice) => {
    const index = dice.between(0, timeline.length - 1);
    return timeline.map((change, at) =>
      at === index ? shifted(change, dice.between(-40, 40) * 500) : change,
    );
  },
  // A burst: everything happens at once.
  (timeline) => timeline.map((change) => ({ ...change, at: timeline[0]?.at ?? change.at })),
  // A jump of the clock: nothing happens for minutes, everything lags behind.
  (timeline, dice) => {
    const index = dice.between(0, timeline.length - 1);
    const gapMs = dice.pick([20_000, 41_000, 70_000]);
    return timeline.map((change, at) => (at < index ? change : shifted(change, gapMs)));
  },
];

/** The same changes at other times, doubled or left out. */
export function rearrange(snapshot: Snapshot, dice: Dice): Snapshot {
  if (snapshot.timeline.length === 0) return snapshot;
  const startAt = Date.parse(snapshot.startAt);
  const moved = dice
    .pick(REARRANGEMENTS)(snapshot.timeline, dice)
    .map((change) => {
      const at = Math.min(Math.max(Date.parse(change.at), startAt), startAt + SPAN_MAX_MS);
      return { ...change, at: formatInstant(at) };
    });
  return { ...snapshot, timeline: inOrder(moved).slice(0, CHANGES_MAX) };
}

/** The same at another time of the world: where clocks are changed, months and years end. */
export function moveInTime(snapshot: Snapshot, dice: Dice): Snapshot {
  const startAt = dice.pick(ODD_INSTANTS);
  const byMs = Date.parse(startAt) - Date.parse(snapshot.startAt);
  return { ...snapshot, startAt, timeline: snapshot.timeline.map((change) => shifted(change, byMs)) };
}

/** How long tasks fare badly at the end of a case: a rollout has time to fail and to be rolled back. */
const BAD_END_MS = 90_000;

/** The snapshot with an end to what would keep its tasks from ever coming to rest. */
export function pacified(snapshot: Snapshot): Snapshot {
  const { timeline } = snapshot;
  const lastFate = timeline.findLast(({ type }) => type === 'outcomes');
  if (lastFate?.type !== 'outcomes' || lastFate.outcomes.length === 0) return snapshot;
  const endAt = Date.parse(timeline.at(-1)?.at ?? lastFate.at) + BAD_END_MS;
  return {
    ...snapshot,
    timeline: [...timeline, { at: formatInstant(endAt), type: 'outcomes', outcomes: [] }],
  };
}

/** What happens in one snapshot, happening in another as well. */
export function splice(snapshot: Snapshot, from: Snapshot, dice: Dice): Snapshot {
  const other = hastened(from);
  if (other.timeline.length === 0) return snapshot;
  const byMs = Date.parse(snapshot.startAt) - Date.parse(other.startAt);
  const first = dice.between(0, other.timeline.length - 1);
  const piece = other.timeline
    .slice(first, first + dice.between(1, 6))
    .map((change) => shifted(change, byMs));
  return { ...snapshot, timeline: inOrder([...snapshot.timeline, ...piece]).slice(0, CHANGES_MAX) };
}

function without<T>(list: readonly T[], index: number): readonly T[] {
  return list.filter((_one, at) => at !== index);
}

function shifted(change: Change, byMs: number): Change {
  return { ...change, at: formatInstant(Date.parse(change.at) + byMs) };
}

/** Sorted by time; what happens at the same time keeps its order. */
function inOrder(timeline: readonly Change[]): Change[] {
  return [...timeline].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
