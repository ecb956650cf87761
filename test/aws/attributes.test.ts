import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromAttributes, itemBytes, toAttributes } from '../../src/aws/attributes.ts';

describe('items of a table', () => {
  it('are maps that a person can read, not text', () => {
    expect(
      toAttributes({ name: 'shop', count: 2, on: true, nothing: null, tags: ['a', 1], left: undefined }),
    ).toEqual({
      name: { S: 'shop' },
      count: { N: '2' },
      on: { BOOL: true },
      nothing: { NULL: true },
      tags: { L: [{ S: 'a' }, { N: '1' }] },
    });
  });

  it('come back as the JSON that went in', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 4 })), (document) => {
        const json: unknown = JSON.parse(JSON.stringify(document));
        expect(fromAttributes(toAttributes(document))).toEqual(json);
      }),
    );
  });

  it('of other writers are read too: sets as sorted arrays, binary as base64', () => {
    const item = {
      names: { SS: ['b', 'a'] },
      counts: { NS: ['10', '9'] },
      bytes: { B: new Uint8Array([1, 2]) },
      blobs: { BS: [new Uint8Array([3])] },
    };

    expect(fromAttributes(item)).toEqual({
      names: ['a', 'b'],
      counts: [9, 10],
      bytes: 'AQI=',
      blobs: ['Aw=='],
    });
  });

  it('cannot hold what JSON cannot hold', () => {
    expect(() => toAttributes({ count: Number.NaN })).toThrow('NaN cannot be stored');
    expect(() => toAttributes({ call: () => 1 })).toThrow('a function cannot be stored');
  });

  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
  it('count names and texts in UTF-8, and three bytes and one a member for maps and lists', () => {
    expect(itemBytes({ id: { S: 'é' } })).toBe(4);
    expect(itemBytes({ m: { M: { a: { S: 'xyz' } } } })).toBe(1 + 3 + 1 + 4);
    expect(itemBytes({ l: { L: [{ BOOL: true }, { NULL: true }] } })).toBe(1 + 3 + 2 + 2);
    expect(itemBytes({ n: { N: '1767614400000' } })).toBeGreaterThanOrEqual(1 + 8);
  });
});
