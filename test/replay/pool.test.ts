import { describe, expect, it } from 'vitest';
import { replayFiles } from '../../src/replay/pool.ts';

const script = new URL('./fixtures/fickle-worker.mjs', import.meta.url);
const task = { check: false, update: false, charts: false };
const named = (...names: string[]) => names.map((name) => ({ name, path: `${name}.json` }));
const messages = (results: Awaited<ReturnType<typeof replayFiles>>) =>
  results.map((result) => (result.type === 'unusable' ? result.message : 'replayed'));

describe('replaying in threads', () => {
  it('gives results in the order of the files, whoever finishes first', async () => {
    const results = await replayFiles(named('slow', 'a', 'b', 'c', 'd'), task, { threads: 2, script });
    expect(messages(results)).toEqual(['slow done', 'a done', 'b done', 'c done', 'd done']);
  });

  it('outlives a thread that dies or throws, and says which file did it', async () => {
    const results = await replayFiles(named('a', 'dies', 'b', 'throws', 'c'), task, { threads: 2, script });
    expect(messages(results)).toEqual([
      'a done',
      'dies.json cannot be replayed: its thread ended with code 3',
      'b done',
      'throws.json cannot be replayed: out of luck',
      'c done',
    ]);
  });

  it('tells how far it got, never backwards, to the end', async () => {
    const shares: number[] = [];
    await replayFiles(named('a', 'b', 'c', 'd'), task, {
      threads: 3,
      script,
      onProgress: (share) => shares.push(share),
    });
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });
});
