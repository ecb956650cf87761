import { isDeepStrictEqual } from 'node:util';
import { anything, array, assert, dictionary, oneof, property, string, tuple, uniqueArray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameData } from '../../src/reconcile/same.ts';

const plain = anything({ withDate: true, withBigInt: true, withMap: false, withSet: false });
const data = oneof(
  plain,
  dictionary(string(), plain),
  uniqueArray(tuple(string(), plain), { selector: ([name]) => name }).map((entries) => new Map(entries)),
  array(plain).map((items) => new Set(items)),
);

describe('sameness of data', () => {
  it('holds for a copy of anything', () => {
    assert(
      property(data, (value) => {
        expect(sameData(value, structuredClone(value))).toBe(
          isDeepStrictEqual(value, structuredClone(value)),
        );
      }),
    );
  });

  it('never holds for what is not deeply equal', () => {
    assert(
      property(data, data, (a, b) => {
        if (sameData(a, b)) expect(isDeepStrictEqual(a, b)).toBe(true);
      }),
    );
  });

  it.each([
    ['a missing member and an undefined one', {}, { a: undefined }],
    ['members of one name and those of another', { a: 1 }, { b: 1 }],
    ['an array and an object like it', ['a'], { 0: 'a' }],
    ['maps with another value', new Map([['a', 1]]), new Map([['a', 2]])],
    ['a map and a set', new Map(), new Set()],
    ['a list and a longer one', [1], [1, 2]],
    ['zero and minus zero', 0, -0],
    ['an instant and another', new Date(0), new Date(1)],
    ['nothing and null', undefined, null],
  ])('tells %s apart', (_what, a, b) => {
    expect(sameData(a, b)).toBe(false);
    expect(sameData(b, a)).toBe(false);
  });

  it('says no of things that are no data, however alike', () => {
    expect(sameData(/a/, /a/)).toBe(false);
    expect(
      sameData(
        () => 1,
        () => 1,
      ),
    ).toBe(false);
  });
});
