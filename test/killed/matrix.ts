import type { Kill, Moment } from './course.ts';
import { DELAYS, type Delay, type Ending } from './killing.ts';

/** What became of one moment and one delay. */
export interface Result extends Ending {
  readonly print: string;
  readonly delay: Delay;
}

/** What one process found out about its share of the moments of a course. */
export interface Share {
  /** Every call of the course, with the prints of its two moments: the same in every process. */
  readonly calls: ReadonlyArray<{
    readonly operation: string;
    readonly before: string;
    readonly after: string;
  }>;
  readonly results: readonly Result[];
  /** What it cost, whatever else the machine did meanwhile. */
  readonly cpuSeconds: number;
}

/** A call, a side of it and a delay, and how that ended. */
export interface Case extends Ending {
  /** `before call 17, UpdateItem, after 10 minutes` */
  readonly title: string;
  readonly delay: Delay;
  readonly index: number;
}

export const EVERY_DELAY = Object.keys(DELAYS) as readonly Delay[];
const SIDES = ['before', 'after'] as const;

/** The moments that differ: between two calls of which the first is a read, nothing does. */
export function momentsOf(kills: readonly Kill[]): readonly Moment[] {
  const all = kills.flatMap(({ before, after }) => [before, after]);
  return [...new Map(all.map((moment) => [moment.print, moment])).values()];
}

/** Puts the shares of all processes together: a case for each call, side and delay that has an ending. */
export function casesOf(shares: readonly Share[]): readonly Case[] {
  const endings = new Map(
    shares.flatMap(({ results }) => results).map((result) => [`${result.print} ${result.delay}`, result]),
  );
  const [{ calls } = { calls: [] }] = shares;
  return EVERY_DELAY.flatMap((delay) =>
    calls.flatMap((call, index) =>
      SIDES.flatMap((side) => {
        const ending = endings.get(`${call[side]} ${delay}`);
        const title = `${side} call ${index + 1}, ${call.operation}, ${delay}`;
        return ending === undefined ? [] : [{ ...ending, title, delay, index }];
      }),
    ),
  );
}

/** Lines for people: how many cases there are of each kind, and between which calls nobody can know. */
export function tableOf(name: string, shares: readonly Share[], cases: readonly Case[]): string {
  const calls = shares[0]?.calls ?? [];
  const cpuSeconds = Math.round(shares.reduce((sum, share) => sum + share.cpuSeconds, 0));
  const moments = new Set(calls.flatMap(({ before, after }) => [before, after])).size;
  const rows = EVERY_DELAY.map((delay) => {
    const own = cases.filter((one) => one.delay === delay);
    const count = (outcome: Ending['outcome']) => own.filter((one) => one.outcome === outcome).length;
    return `${delay.padEnd(18)}${[own.length, count('succeeded'), count('unknown'), count('neither')]
      .map((number) => String(number).padStart(11))
      .join('')}`;
  });
  const unknown = cases.filter(({ outcome }) => outcome === 'unknown').map(({ index }) => index);
  const range =
    unknown.length === 0
      ? ''
      : `\nunknown from call ${Math.min(...unknown) + 1} to ${Math.max(...unknown) + 1}: the task was asked for, and ECS has forgotten what became of it`;
  return `${name}: ${calls.length} calls x 2 sides x ${EVERY_DELAY.length} delays = ${cases.length} cases, at ${moments} moments that differ, ${cpuSeconds} CPU s
restarted              cases  succeeded    unknown    neither
${rows.join('\n')}${range}`;
}
