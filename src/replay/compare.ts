import { type Paragraph, paragraphsOf } from './lines.ts';
import type { Outcome } from './outcome.ts';

/** Longer paragraphs are shown whole instead of line by line. */
const LINES_MAX = 2_000;

/** Unchanged lines shown around a change. */
const CONTEXT = 2;

/** How an outcome differs from what was recorded; `lines` is a diff for people, empty when it does not. */
export interface Comparison {
  readonly same: boolean;
  readonly lines: readonly string[];
}

/**
 * Compares what a case did with what was recorded of it. A recording of a real account knows only how it ended, and
 * may have ended in the middle of a rollout: then only what was asked of ECS is compared, not how far that got.
 */
export function compareOutcomes(recorded: Outcome | undefined, replayed: Outcome): Comparison {
  if (recorded === undefined) {
    return {
      same: false,
      lines: ['nothing is recorded to compare with; `trimtab replay --update` records it'],
    };
  }
  const lines =
    recorded.steps === undefined
      ? compareParagraphs(
          paragraphsOf({ end: asked(recorded.end) }),
          paragraphsOf({ end: asked(replayed.end) }),
        )
      : compareParagraphs(paragraphsOf(recorded), paragraphsOf(replayed));
  return { same: lines.length === 0, lines };
}

/** The end with every service as far as it was to get. */
function asked(end: Outcome['end']): Outcome['end'] {
  const apps = Object.entries(end).map(([app, how]) => {
    const services = Object.entries(how.services ?? {}).map(([name, service]) => [
      name,
      { ...service, running: service.desired },
    ]);
    return [app, { ...how, services: Object.fromEntries(services) }];
  });
  return Object.fromEntries(apps);
}

function compareParagraphs(before: readonly Paragraph[], after: readonly Paragraph[]): readonly string[] {
  const old = new Map(before.map((paragraph) => [paragraph.heading, paragraph.lines]));
  const now = new Map(after.map((paragraph) => [paragraph.heading, paragraph.lines]));
  const headings = [...new Set([...before, ...after].map(({ heading }) => heading))];
  const inOrder = headings.sort((a, b) => stepNumber(a) - stepNumber(b));
  return inOrder.flatMap((heading) => {
    const lines = diffLines(old.get(heading) ?? [], now.get(heading) ?? []);
    return lines.length === 0 ? [] : [`  ${heading}`, ...lines];
  });
}

function stepNumber(heading: string): number {
  const digits = /^step (\d+)/.exec(heading)?.[1];
  return digits === undefined ? Number.POSITIVE_INFINITY : Number(digits);
}

/** Lines taken away (`-`), added (`+`) and a few of those around them; none when both are equal. */
export function diffLines(before: readonly string[], after: readonly string[]): readonly string[] {
  const marked =
    before.length * after.length > LINES_MAX ** 2 ? wholly(before, after) : bySubsequence(before, after);
  const changed = marked.flatMap(({ mark }, index) => (mark === ' ' ? [] : [index]));
  if (changed.length === 0) return [];
  const isNear = (index: number) => changed.some((other) => Math.abs(other - index) <= CONTEXT);
  return marked.filter((_, index) => isNear(index)).map(({ mark, line }) => `${mark}   ${line}`);
}

interface MarkedLine {
  readonly mark: '-' | '+' | ' ';
  readonly line: string;
}

function wholly(before: readonly string[], after: readonly string[]): MarkedLine[] {
  if (before.join('\n') === after.join('\n')) return [];
  return [
    ...before.map((line): MarkedLine => ({ mark: '-', line })),
    ...after.map((line): MarkedLine => ({ mark: '+', line })),
  ];
}

/** The classical way: the longest common subsequence stays. */
function bySubsequence(before: readonly string[], after: readonly string[]): MarkedLine[] {
  const lengths = commonLengths(before, after);
  const marked: MarkedLine[] = [];
  let old = 0;
  let now = 0;
  while (old < before.length || now < after.length) {
    const gone = before[old];
    const come = after[now];
    if (gone !== undefined && gone === come) {
      marked.push({ mark: ' ', line: gone });
      old += 1;
      now += 1;
    } else if (
      gone !== undefined &&
      (come === undefined || at(lengths, old + 1, now) >= at(lengths, old, now + 1))
    ) {
      marked.push({ mark: '-', line: gone });
      old += 1;
    } else {
      marked.push({ mark: '+', line: come ?? '' });
      now += 1;
    }
  }
  return marked;
}

/** For each pair of places, how many lines the rests have in common. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly Uint32Array[] {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let old = before.length - 1; old >= 0; old -= 1) {
    for (let now = after.length - 1; now >= 0; now -= 1) {
      const row = rows[old];
      if (row === undefined) continue;
      row[now] =
        before[old] === after[now]
          ? at(rows, old + 1, now + 1) + 1
          : Math.max(at(rows, old + 1, now), at(rows, old, now + 1));
    }
  }
  return rows;
}

function at(rows: readonly Uint32Array[], old: number, now: number): number {
  return rows[old]?.[now] ?? 0;
}
