import { describe, expect, it } from 'vitest';
import { createDice, seedOfRun } from '../../../src/replay/fuzz/dice.ts';
import { mutate } from '../../../src/replay/fuzz/mutate.ts';
import { hastened, pacified } from '../../../src/replay/fuzz/timeline.ts';
import { TROUBLES } from '../../../src/replay/fuzz/troubles.ts';
import { mutateValue } from '../../../src/replay/fuzz/values.ts';
import { parseSnapshot, type Snapshot } from '../../../src/replay/snapshot.ts';
import { instantAt, snapshotOf, textOf, wish } from '../kit.ts';
import { shipped } from './kit.ts';

const CASES = 400;

async function cases(seed: number): Promise<readonly Snapshot[]> {
  const given = await shipped();
  const made: Snapshot[] = [];
  for (let run = 0; run < CASES; run += 1) {
    const dice = createDice(seedOfRun(seed, run));
    // Children of children: what was made goes on being changed.
    const parents = run % 3 === 0 ? given : [...given, ...made.slice(-20)];
    const snapshot = dice.pick(parents);
    const parent = { snapshot, rules: ['shop-scheduler-e7f43462ac72-0'] };
    made.push(pacified(mutate(parent, () => dice.pick(parents), TROUBLES, dice)));
  }
  return made;
}

describe('a case made by fuzzing', () => {
  it('is a snapshot like any other: as a file it is the same', async () => {
    for (const snapshot of await cases(1)) {
      const parsed = parseSnapshot(textOf(snapshot));
      // A file has its members in the order of the format.
      expect(textOf(parseSnapshot(textOf(parsed)))).toBe(textOf(parsed));
      expect(parsed).toEqual(JSON.parse(JSON.stringify(snapshot)));
    }
  });

  it('is the same for the same seed, and another for another', async () => {
    const first = (await cases(1)).map(textOf);
    expect((await cases(1)).map(textOf)).toEqual(first);
    expect((await cases(2)).map(textOf)).not.toEqual(first);
  });

  it('leaves its parent as it is and shares its world', async () => {
    for (const snapshot of await shipped()) {
      const before = textOf(snapshot);
      for (let seed = 0; seed < 50; seed += 1) {
        const child = mutate({ snapshot, rules: [] }, () => snapshot, TROUBLES, createDice(seed));
        expect(child.world).toBe(snapshot.world);
      }
      expect(textOf(snapshot)).toBe(before);
    }
  });

  it('has all kinds of changes, faults and instants in it, over many of them', async () => {
    const made = await cases(3);
    const types = new Set(made.flatMap(({ timeline }) => timeline.map(({ type }) => type)));
    expect([...types].sort()).toEqual(
      [
        'approve',
        'builds',
        'call',
        'delete',
        'denial',
        'fault',
        'item',
        'outcomes',
        'put',
        'removeItem',
        'request',
        'restart',
        'weather',
      ].sort(),
    );
    const faults = new Set(
      made.flatMap(({ timeline }) =>
        timeline.flatMap((one) => (one.type === 'fault' ? [one.fault.kind] : [])),
      ),
    );
    expect(faults.size).toBe(6);
    const calls = made.flatMap(({ timeline }) =>
      timeline.flatMap((one) => (one.type === 'call' ? [`${one.service}.${one.operation}`] : [])),
    );
    expect(calls.filter((call) => call === 'codebuild.StartBuild').length).toBeGreaterThan(50);
    expect(made.some(({ replicas }) => replicas === 2)).toBe(true);
    expect(new Set(made.map(({ startAt }) => startAt)).size).toBeGreaterThan(5);
  });

  it('never has more than a few minutes in it, so that many can be played', async () => {
    for (const { startAt, timeline } of await cases(4)) {
      expect(timeline.length).toBeLessThanOrEqual(13);
      expect(Date.parse(timeline.at(-1)?.at ?? startAt) - Date.parse(startAt)).toBeLessThanOrEqual(181_000);
    }
  });
});

describe('a case whose world has no CodeBuild project', () => {
  it('is never about builds', () => {
    let snapshot = snapshotOf({ shop: {} }, [wish(5, 'shop', 2)]);
    for (let seed = 0; seed < 200; seed += 1) {
      snapshot = mutate({ snapshot, rules: [] }, () => snapshot, TROUBLES, createDice(seed));
      const text = JSON.stringify(snapshot.timeline);
      expect(text).not.toMatch(/codebuild|"builds"|-release|"s3"|"item"/);
    }
  });
});

describe('a snapshot that is hastened', () => {
  it('keeps its changes in their order, with short waits and frequent sweeps', () => {
    const slow = snapshotOf({ shop: {} }, [wish(3, 'shop', 2), wish(600, 'shop', 3), wish(601, 'shop', 1)]);
    const fast = hastened(slow);
    expect(fast.timeline.map(({ at }) => at)).toEqual([instantAt(3), instantAt(9), instantAt(10)]);
    expect(fast.settings).toEqual({ sweepSeconds: 20 });
  });
});

describe('a snapshot in which tasks never come to rest', () => {
  it('gets an end to that', () => {
    const fate = { at: instantAt(5), type: 'outcomes', outcomes: [{ exitCode: 1 }] } as const;
    const restless = snapshotOf({ shop: {} }, [{ ...fate, outcomes: [{ exitCode: 1 }] }, wish(9, 'shop', 2)]);
    expect(pacified(restless).timeline.at(-1)).toEqual({ at: instantAt(99), type: 'outcomes', outcomes: [] });
    const calm = snapshotOf({ shop: {} }, [wish(9, 'shop', 2)]);
    expect(pacified(calm)).toBe(calm);
  });
});

describe('a mutated value', () => {
  it('is another one most of the time, never the old one changed, and always JSON', () => {
    const value = Object.freeze({ web: Object.freeze({ cpu: 512, tags: Object.freeze(['a', 'b']) }) });
    const texts = new Set<string>();
    for (let seed = 0; seed < 300; seed += 1) {
      const text = JSON.stringify(mutateValue(value, createDice(seed)));
      expect(text).toBeDefined();
      texts.add(text);
    }
    expect(texts.size).toBeGreaterThan(60);
  });
});
