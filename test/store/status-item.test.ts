import { describe, expect, it } from 'vitest';
import { fromAttributes, itemBytes } from '../../src/aws/attributes.ts';
import type { DatedCondition, Status } from '../../src/reconcile/status.ts';
import { EMPTY_STATUS } from '../../src/reconcile/status.ts';
import { decodeStatus, encodeStatus, StatusTooLargeError } from '../../src/store/status-item.ts';

const KEY = { account: '123456789012', region: 'us-east-1', kind: 'app', name: 'shop' } as const;

const FULL: Status = {
  revision: 4,
  conditions: [
    {
      type: 'Valid',
      status: 'False',
      reason: 'InvalidSize',
      message: 'web.cpu is 300',
      parameter: '/apppack/apps/shop/scaling',
      path: 'web.cpu',
      version: 3,
      since: 1_767_614_400_000,
    },
  ],
  parameters: { '/apppack/apps/shop/scaling': 3 },
  memory: { claims: ['shop-web'], baseline: null, rollout: { at: 1, nested: [{ deep: true }] } },
  attempts: 1,
  intents: [{ action: 'services/web/register', digest: 'abc', at: 5 }],
  writes: { 'services/web/update': { digest: 'd', at: 1, sent: 2, seen: false, corrections: [3] } },
  failures: { 'services/web/update': { digest: 'd', tries: 2, until: 6 } },
  wake: { at: 7, token: 't' },
  unseen: [{ parameter: '/p', operation: 'Update', at: 8, looks: 1 }],
  synced: false,
  updatedAt: 9,
  beganAt: 10,
  handledRequests: ['r'],
  approved: 'digest',
};

function condition(index: number, message: string): DatedCondition {
  return {
    type: 'Applied',
    status: 'False',
    reason: 'AccessDenied',
    resource: `rule ${index}`,
    message,
    since: index,
  };
}

describe('a status in the table', () => {
  it('comes back whole', () => {
    const { set } = encodeStatus(KEY, FULL, 'w1');

    expect(decodeStatus(fromAttributes(set))).toEqual(FULL);
  });

  it('has its members side by side, for people to read', () => {
    const { set } = encodeStatus(KEY, FULL, 'w1');

    expect(set).toMatchObject({
      key: { S: '123456789012/us-east-1/app/shop' },
      synced: { BOOL: false },
      wake: { M: { at: { N: '7' }, token: { S: 't' } } },
      parameters: { M: { '/apppack/apps/shop/scaling': { N: '3' } } },
      conditions: { L: [{ M: { reason: { S: 'InvalidSize' }, path: { S: 'web.cpu' } } }] },
    });
  });

  it('removes members it no longer has', () => {
    const { remove } = encodeStatus(KEY, EMPTY_STATUS, 'w1');

    expect(remove.toSorted()).toEqual([
      'approved',
      'beganAt',
      'failures',
      'handledRequests',
      'memory',
      'unseen',
      'wake',
    ]);
  });

  it('of a later version is read without the members we do not know', () => {
    const { set } = encodeStatus(KEY, FULL, 'w1');

    expect(decodeStatus({ ...fromAttributes(set), mood: { of: 'the day' } })).toEqual(FULL);
  });

  it('that cannot be read counts as forgotten, but for its revision', () => {
    expect(decodeStatus({ revision: 12, conditions: 'none' })).toEqual({ ...EMPTY_STATUS, revision: 12 });
    expect(decodeStatus({})).toEqual(EMPTY_STATUS);
  });

  it('with more conditions than an item holds keeps the first and says how many are missing', () => {
    const conditions = Array.from({ length: 900 }, (_, index) => condition(index, 'x'.repeat(480)));

    const { set } = encodeStatus(KEY, { ...FULL, conditions }, 'w1');
    const stored = decodeStatus(fromAttributes(set)).conditions;

    expect(itemBytes(set)).toBeLessThan(400 * 1024);
    expect(itemBytes(set)).toBeGreaterThan(340 * 1024);
    expect(stored.slice(0, -1)).toEqual(conditions.slice(0, stored.length - 1));
    expect(stored.at(-1)).toMatchObject({
      reason: 'TooManyConditions',
      message: expect.stringContaining(`${900 - stored.length + 1} of 900 conditions are not shown`),
    });
  });

  it('that is too large without any condition is refused, loudly', () => {
    const memory = { text: 'é'.repeat(200 * 1024) };

    expect(() => encodeStatus(KEY, { ...FULL, memory }, 'w1')).toThrow(StatusTooLargeError);
  });
});
