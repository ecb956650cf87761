import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatSnapshot, parseSnapshot, SnapshotError, snapshotSchema } from '../../src/replay/snapshot.ts';
import { instantAt, snapshotOf, textOf, wish } from './kit.ts';

const good = textOf(snapshotOf({ shop: {} }, [wish(300, 'shop', 2)]));

/** The good snapshot with something changed in its text. */
function changed(members: Record<string, unknown>): string {
  return JSON.stringify({ ...JSON.parse(good), ...members });
}

function complaint(text: string): string {
  try {
    parseSnapshot(text, 'x.snapshot.json');
  } catch (error) {
    expect(error).toBeInstanceOf(SnapshotError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

describe('a snapshot file', () => {
  it('is the same text when it is read and written again', () => {
    expect(textOf(parseSnapshot(good))).toBe(good);
    expect(good.split('\n').filter((line) => line.length > 110)).toEqual([]);
  });

  it('is written in pieces, a change at a time, so that a long time line is never one text', () => {
    const timeline = Array.from({ length: 10_000 }, (_, index) => wish(60 + index, 'shop', 1 + (index % 5)));
    const snapshot = snapshotOf({ shop: {} }, timeline);
    const pieces = [...formatSnapshot(snapshot)];
    expect(pieces.length).toBeGreaterThan(10_000);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(1_000);
    expect(parseSnapshot(pieces.join('')).timeline).toHaveLength(10_000);
  });

  it('has a JSON Schema in docs/ that is the schema of the program', async () => {
    const schema = z.toJSONSchema(snapshotSchema, { io: 'input' });
    const document = { title: 'A trimtab snapshot', ...schema };
    await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot(
      '../../docs/snapshot.schema.json',
    );
  });
});

describe('a text that is no snapshot', () => {
  const nested = (depth: number) => `{"snapshot": 1, "about": ${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const account = { id: '123456789012', region: 'us-east-1' };
  const cases: ReadonlyArray<readonly [string, string, RegExp]> = [
    ['is empty', '', /not whole: it ends in the middle, after 0 characters/],
    ['ends too early', good.slice(0, 1000), /not whole: it ends in the middle, after 1000 characters/],
    ['is not JSON', good.replace('"startAt":', '"startAt"='), /x.snapshot.json is not JSON/],
    ['is of a newer trimtab', changed({ snapshot: 2 }), /has format 2, this trimtab reads 1/],
    ['has no format', changed({ snapshot: undefined }), /no snapshot: it does not begin with "snapshot": 1/],
    ['is a list', '[]', /no snapshot/],
    ['is nested deeply', nested(100), /nested more than 64 deep/],
    ['is nested beyond any stack', nested(200_000), /nested more than 64 deep/],
    [
      'has a huge text',
      changed({ about: 'x'.repeat(70_000) }),
      /a text of 70000 characters; 65536 are allowed/,
    ],
    ['has a huge name', changed({ ['x'.repeat(3_000)]: 1 }), /a name of 3000 characters/],
    [
      'names __proto__',
      good.replace('"about":', '"__proto__": {"polluted": true}, "about":'),
      /"__proto__" may not be/,
    ],
    ['has a stray member', changed({ surprise: 1 }), /[Uu]nrecognized key.*"surprise"/],
    ['has no time', changed({ startAt: 'yesterday' }), /startAt: an instant is written like/],
    [
      'has a time that never was',
      changed({ startAt: '2026-13-45T99:00:00Z' }),
      /startAt: there is no such instant/,
    ],
    [
      'has a change nobody knows',
      changed({ timeline: [{ at: instantAt(1), type: 'explode' }] }),
      /timeline\.0/,
    ],
    [
      'goes back in time',
      changed({ timeline: [{ at: instantAt(-1), type: 'calm' }] }),
      /timeline: its changes are not in order/,
    ],
    [
      'lasts for ever',
      changed({ timeline: [{ at: '2027-01-05T12:00:00Z', type: 'calm' }] }),
      /timeline: it spans more than 31 days/,
    ],
    [
      'is of two accounts',
      changed({ world: { version: 1, accounts: [account, account] } }),
      /world: a snapshot is of exactly one account/,
    ],
    [
      'puts a parameter as a call',
      changed({
        timeline: [{ at: instantAt(1), type: 'call', service: 'ssm', operation: 'PutParameter', input: {} }],
      }),
      /put and delete/,
    ],
  ];

  it.each(cases)('gets one clear line when it %s', (_, text, expected) => {
    const line = complaint(text);
    expect(line).toMatch(/^x\.snapshot\.json /);
    expect(line).toMatch(expected);
    expect(line).not.toContain('\n');
    expect(line.length).toBeLessThan(500);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('is never quoted', () => {
    expect(complaint(`${good.slice(0, -3)} "hunter2 is a secret" `)).not.toContain('hunter2');
    expect(complaint(changed({ startAt: 'hunter2' }))).not.toContain('hunter2');
  });

  it('gives one line whatever was done to a good one', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.string({ maxLength: 3, unit: 'binary' }), (place, text) => {
        const broken = good.slice(0, place) + text + good.slice(place + 1);
        try {
          parseSnapshot(broken, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(SnapshotError);
          expect((error as Error).message).not.toContain('\n');
        }
      }),
      { numRuns: 150 },
    );
  });
});
