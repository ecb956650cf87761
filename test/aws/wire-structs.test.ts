import { describe, expect, it } from 'vitest';
import { asItIs, structOf } from '../../src/aws/wire-structs.ts';

const convert = structOf([
  { name: 'name', convert: asItIs },
  { name: 'at', convert: (value) => `at ${String(value)}` },
  { name: 'size', convert: asItIs },
]);

/** What comes of a document every time, however often it was there before. */
function always(document: unknown, by = convert): unknown {
  const all = Array.from({ length: 20 }, () => JSON.stringify(by(document)));
  expect(new Set(all).size).toBe(1);
  return by(document);
}

describe('converting structs', () => {
  it('keeps what is known and given, in the order of the schema', () => {
    expect(JSON.stringify(always({ size: 1, at: 5, name: 'a' }))).toBe('{"name":"a","at":"at 5","size":1}');
    expect(always({ at: 0, size: 0, name: '' })).toEqual({ name: '', at: 'at 0', size: 0 });
    expect(always({ unknown: 1, name: 'a' })).toEqual({ name: 'a' });
    expect(always({})).toEqual({});
  });

  it('leaves out members that are undefined or null, now and then or always', () => {
    expect(always({ name: undefined, at: null, size: 2 })).toEqual({ size: 2 });
    expect(Object.keys(Object(always({ name: 'a', at: undefined })))).toEqual(['name']);
    const now = Array.from({ length: 20 }, (_, index) =>
      convert({ name: 'a', at: index % 2 ? 1 : undefined }),
    );
    expect(now.filter((made) => 'at' in Object(made))).toHaveLength(10);
  });

  it('gives an object of its own each time', () => {
    const given = { name: 'a' };
    expect(convert(given)).not.toBe(given);
    expect(convert(given)).not.toBe(convert(given));
  });

  it('leaves what is no object as it is', () => {
    expect(always('text')).toBe('text');
    expect(always(null)).toBe(null);
  });

  it('knows names of any kind', () => {
    const names = ['a "quoted" name', 'a-b', 'constructor', '\u2028'];
    const odd = structOf(names.map((name) => ({ name, convert: asItIs })));
    const document = Object.fromEntries(names.map((name) => [name, name]));
    expect(always(document, odd)).toEqual(document);
  });

  it('converts more sets of members than it remembers', () => {
    const names = Array.from({ length: 12 }, (_, index) => `m${index}`);
    const wide = structOf(names.map((name) => ({ name, convert: asItIs })));
    for (let set = 0; set < 2 ** names.length; set += 1) {
      const given = names.filter((_, index) => set & (2 ** index)).map((name) => [name, set] as const);
      const document = Object.fromEntries(given);
      expect(wide(document)).toEqual(document);
    }
  });
});
