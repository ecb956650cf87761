import { describe, expect, it } from 'vitest';
import { compareOutcomes, diffLines } from '../../src/replay/compare.ts';
import type { Outcome } from '../../src/replay/outcome.ts';

const recorded: Outcome = {
  settled: true,
  steps: [
    {
      step: 1,
      what: 'put /apppack/apps/shop/scaling',
      actions: [
        { app: 'shop', type: 'updateService', resource: 'service shop-web', asks: { desiredCount: 3 } },
        { app: 'shop', type: 'updateService', resource: 'service shop-worker', asks: { desiredCount: 1 } },
      ],
    },
  ],
  end: { shop: { synced: true, services: { 'main/shop-web': { desired: 3, running: 3 } } } },
};

describe('comparing outcomes', () => {
  it('finds nothing in equal ones, in whatever order members stand', () => {
    expect(compareOutcomes(recorded, JSON.parse(JSON.stringify(recorded)))).toEqual({
      same: true,
      lines: [],
    });
  });

  it('does not mind which of two apps was worked on first, but minds what came first in one of them', () => {
    const [step] = recorded.steps ?? [];
    const blog = { app: 'blog', type: 'updateService', resource: 'service blog-web' };
    const [first, second] = step?.actions ?? [];
    const playing = (...actions: unknown[]): Outcome =>
      JSON.parse(JSON.stringify({ ...recorded, steps: [{ ...step, actions }] }));
    expect(compareOutcomes(playing(blog, first, second), playing(first, blog, second)).same).toBe(true);
    expect(compareOutcomes(playing(first, second), playing(second, first)).same).toBe(false);
  });

  it('shows what differs with the step it differs in, and not the rest', () => {
    const replayed: Outcome = JSON.parse(
      JSON.stringify(recorded).replaceAll('"desiredCount":3', '"desiredCount":4'),
    );
    expect(compareOutcomes(recorded, replayed).lines).toEqual([
      '  step 1  put /apppack/apps/shop/scaling',
      '-   did      shop: updateService service shop-web  desiredCount=3',
      '+   did      shop: updateService service shop-web  desiredCount=4',
      '    did      shop: updateService service shop-worker  desiredCount=1',
    ]);
  });

  it('shows a step in which nothing used to happen, in its place', () => {
    const step = {
      step: 0,
      what: 'start',
      conditions: [{ app: 'shop', condition: 'Valid X', state: 'came' as const }],
    };
    const { lines } = compareOutcomes(recorded, { ...recorded, steps: [step, ...(recorded.steps ?? [])] });
    expect(lines).toEqual(['  step 0  start', '+   says     shop: Valid X']);
  });

  it('compares a recording of a real account by its end alone', () => {
    const { end } = recorded;
    expect(compareOutcomes({ end }, recorded)).toEqual({ same: true, lines: [] });
    expect(compareOutcomes({ end }, { ...recorded, end: {} }).same).toBe(false);
    const rolling = { shop: { synced: true, services: { 'main/shop-web': { desired: 3, running: 5 } } } };
    expect(compareOutcomes({ end: rolling }, recorded).same).toBe(true);
  });

  it('differs when there is nothing to compare with, and says how to get it', () => {
    const { same, lines } = compareOutcomes(undefined, recorded);
    expect(same).toBe(false);
    expect(lines[0]).toContain('--update');
  });

  it('finds the shortest way from one list to the other', () => {
    expect(diffLines(['a', 'b', 'c'], ['a', 'c'])).toEqual(['    a', '-   b', '    c']);
    expect(diffLines([], ['a'])).toEqual(['+   a']);
    expect(diffLines(['a', 'b', 'c', 'd', 'e', 'f'], ['a', 'b', 'c', 'd', 'e', 'g'])).toEqual([
      '    d',
      '    e',
      '-   f',
      '+   g',
    ]);
  });

  it('does not take for ever over long lists that have nothing in common', () => {
    const many = (prefix: string) => Array.from({ length: 5_000 }, (_, index) => `${prefix}${index}`);
    expect(diffLines(many('a'), many('b'))).toHaveLength(10_000);
  });
});
