import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadWorld, parseWorld } from '../../src/simulator/world.ts';
import { openBench } from './kit.ts';

const PAGE = readFileSync(new URL('../../docs/worlds.md', import.meta.url), 'utf8');

/** The JSON blocks of the page; the first is a whole world, the others sections of an account. */
const BLOCKS = [...PAGE.matchAll(/```json\n(.*?)```/gs)].map(([, block = '']) => block);

describe('docs/worlds.md', () => {
  it('shows a world that is one', () => {
    expect(parseWorld(BLOCKS[0] ?? '').accounts).toHaveLength(1);
  });

  it.each(BLOCKS.slice(1))('shows sections that can be loaded, and a build that ends: %s', async (block) => {
    const bench = openBench();
    const account = { id: '123456789012', region: 'us-east-1', ...JSON.parse(block) };
    loadWorld(bench.simulator, parseWorld(JSON.stringify({ version: 1, accounts: [account] })));
    await bench.clock.advance(60_000);
    const builds = bench.simulator.region(account.id, account.region).get('codebuild')?.dump();
    if ('codebuild' in account)
      expect(builds).toMatchObject({ builds: [{ number: 12, status: 'SUCCEEDED' }] });
  });

  it('has a word on every section there is', () => {
    const bench = openBench();
    const sections = [...bench.simulator.region('123456789012', 'us-east-1').keys()];
    const shown = new Set(BLOCKS.slice(1).flatMap((block) => Object.keys(JSON.parse(block))));
    expect([...shown].sort()).toEqual(sections.sort());
  });
});
