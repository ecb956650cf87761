import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../../src/commands/program.ts';
import { systemClock } from '../../../src/compose.ts';
import { scaled } from '../../scenario/worlds.ts';
import { instantAt, snapshotOf, textOf, wish } from '../kit.ts';

const home = process.cwd();
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trimtab-fuzz-'));
  process.chdir(folder);
});
afterEach(() => process.chdir(home));

async function trimtab(...args: readonly string[]) {
  let out = '';
  let err = '';
  const code = await runProgram(['node', 'trimtab', ...args], {
    environment: {},
    clock: systemClock,
    random: () => 0.5,
    stop: new AbortController().signal,
    isTerminal: false,
    write: (text) => {
      out += text;
    },
    complain: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

const quick = { settings: { sweepSeconds: 10 } };

/** Its tasks end before they run and it may not take long, so it cannot settle. */
const hopeless = snapshotOf(
  { shop: {} },
  [
    { at: instantAt(1), type: 'outcomes', outcomes: [{ family: 'shop-web', exitCode: 1 }] },
    wish(2, 'shop', 1),
    {
      at: instantAt(3),
      type: 'put',
      name: '/apppack/apps/shop/scaling',
      json: { web: scaled({ cpu: 1024, memory: 2048 }) },
    },
  ],
  { ...quick, patienceSeconds: 1, seed: 77 },
);

describe('trimtab fuzz', () => {
  it('exits 0 when nothing is found, and tells how fast, how far and where the time went', async () => {
    writeFileSync('good.snapshot.json', textOf(snapshotOf({ shop: {} }, [wish(5, 'shop', 2)], quick)));
    const { code, out, err } = await trimtab('fuzz', 'good.snapshot.json', '--runs', '2', '--seed', '3');
    expect(out).toMatch(/^seed 3: 2 runs, no promise was broken, digest [0-9a-f]{16}\n$/);
    expect(err).toMatch(
      /^2 runs {2}[\d.]+\/s {2}edges \d+, calls \d+, reasons \d+ {2}corpus \d+ {2}failures 0 {2}controller \d+ %, simulator \d+ %\n$/,
    );
    expect(code).toBe(0);
    expect(readdirSync(folder)).toEqual(['good.snapshot.json']);
  }, 60_000);

  it('exits 2 when a promise is broken, writes the case, and prints commands that show it again', async () => {
    writeFileSync('hopeless.snapshot.json', textOf(hopeless));
    const { code, out } = await trimtab('fuzz', 'hopeless.snapshot.json', '--runs', '1');
    expect(code).toBe(2);
    expect(out).toContain('run 1 broke a promise (seed 77):\n  broken promise I1: ');
    expect(out).toContain('  trimtab replay fuzz-77.snapshot.json\n');
    expect(out).toContain('  trimtab fuzz fuzz-77.snapshot.json --seed 77 --runs 1\n');
    expect(existsSync('fuzz-77.snapshot.json')).toBe(true);
    const replayed = await trimtab('replay', 'fuzz-77.snapshot.json', '--jobs', '1');
    expect(replayed.code).toBe(2);
    expect(replayed.out).toContain('broken promise I1: ');
    const again = await trimtab('fuzz', 'fuzz-77.snapshot.json', '--seed', '77', '--runs', '1');
    expect(again.code).toBe(2);
  }, 120_000);

  it.each([
    [['--runs', '0'], '--runs is "0"'],
    [['--runs', 'many'], '--runs is "many"'],
    [['--seed', '-1'], '--seed is "-1"'],
    [['--faults', 'kill,rain'], '--faults has "rain"; it can have throttle, '],
    [['nothing.snapshot.json'], 'nothing.snapshot.json cannot be read: there is no such file'],
  ])('exits 1 for %j and says what is wrong', async (args, message) => {
    const { code, err } = await trimtab('fuzz', ...args);
    expect(code).toBe(1);
    expect(err).toContain(`trimtab: ${message}`);
  });
});
