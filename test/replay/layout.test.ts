import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutJson } from '../../src/replay/layout.ts';

describe('the layout of snapshots', () => {
  it('says the same as JSON, whatever there is to say', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }), (value) => {
        const text = [...layoutJson(value)].join('\n');
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect([...layoutJson(JSON.parse(text))].join('\n')).toBe(text);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps what is short on one line and breaks up the rest, in the order it was given', () => {
    const long = 'x'.repeat(70);
    expect([...layoutJson({ b: { cpu: 1, memory: 2 }, a: [long, long], none: undefined })]).toEqual([
      '{',
      '  "b": { "cpu": 1, "memory": 2 },',
      '  "a": [',
      `    "${long}",`,
      `    "${long}"`,
      '  ]',
      '}',
    ]);
  });
});
