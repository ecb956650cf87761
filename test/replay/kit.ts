import { runProgram } from '../../src/commands/program.ts';
import { systemClock } from '../../src/compose.ts';
import type { Change } from '../../src/replay/changes.ts';
import { formatSnapshot, parseSnapshot, type Snapshot } from '../../src/replay/snapshot.ts';
import { type AppOptions, scaled, worldOf } from '../scenario/worlds.ts';

export const START = Date.parse('2026-01-05T12:00:00Z');

/** An instant `seconds` after the start, as snapshots write it. */
export function instantAt(seconds: number): string {
  return new Date(START + seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** A snapshot of apps with marked services that are as desired; a test states only what it is about. */
export function snapshotOf(
  apps: Record<string, AppOptions>,
  timeline: readonly Change[] = [],
  changes: Partial<Snapshot> = {},
): Snapshot {
  const sections = worldOf(
    Object.fromEntries(
      Object.entries(apps).map(([app, options]) => [
        app,
        { services: { web: { tags: owned(app) } }, ...options },
      ]),
    ),
  );
  const document = {
    snapshot: 1,
    about: 'made by a test',
    startAt: instantAt(0),
    world: { version: 1, accounts: [{ id: '123456789012', region: 'us-east-1', ...sections }] },
    timeline,
    ...changes,
  };
  return parseSnapshot(JSON.stringify(document));
}

export function owned(app: string) {
  return [{ key: 'trimtab:owner', value: `/apppack/apps/${app}` }];
}

/** Somebody wants `count` processes. */
export function wish(seconds: number, app: string, count: number): Change {
  const json = { web: scaled({ min_processes: count, max_processes: count }) };
  return { at: instantAt(seconds), type: 'put', name: `/apppack/apps/${app}/scaling`, json };
}

export function textOf(snapshot: Snapshot): string {
  return [...formatSnapshot(snapshot)].join('');
}

/** Runs the program as `trimtab <args>`, and keeps what it said. */
export async function runTrimtab(args: readonly string[], isTerminal = false) {
  let out = '';
  let err = '';
  const code = await runProgram(['node', 'trimtab', ...args], {
    environment: {},
    clock: systemClock,
    random: () => 0.5,
    stop: new AbortController().signal,
    isTerminal,
    write: (text) => {
      out += text;
    },
    complain: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}
