import { anything, assert, constantFrom, dictionary, json, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf, sameJson } from '../../src/reconcile/plan.ts';

/** What it has always been: statuses and approvals outlive a version, so texts and digests must not change. */
function sortedByReplacer(value: unknown): string | undefined {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}

const documents = anything({ withDate: true, withBigInt: false, withMap: false, withSet: false });
const names = constantFrom('a', 'b', '1', '10', '2', '01', '-1', '', '__proto__', 'ä', '4294967295');

describe('canonical JSON', () => {
  it('is the text it has always been', () => {
    assert(
      property(documents, (value) => {
        expect(canonicalJson(value)).toBe(sortedByReplacer(value) ?? '');
      }),
    );
    assert(
      property(dictionary(names, documents, { noNullPrototype: true }), (value) => {
        expect(canonicalJson(value)).toBe(sortedByReplacer(value));
      }),
    );
  });

  it('has the digests it has always had', () => {
    expect(digestOf({ b: [1, 'ü', null], a: { 10: true, 9: false } })).toBe('57e7c360ffb38ec0');
  });
});

describe('sameness as JSON', () => {
  it('is that of the canonical texts', () => {
    const shuffled = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.map(shuffled);
      const entries = Object.entries(value).reverse();
      return {
        ...Object.fromEntries(entries.map(([name, member]) => [name, shuffled(member)])),
        none: undefined,
      };
    };
    assert(
      property(tuple(json(), json()), ([a, b]) => {
        const [left, right]: unknown[] = [JSON.parse(a), JSON.parse(b)];
        expect(sameJson(left, right)).toBe(canonicalJson(left) === canonicalJson(right));
        expect(sameJson(left, shuffled(left))).toBe(true);
      }),
    );
  });
});
