import { describe, expect, it } from 'vitest';
import type { WorkMessage } from '../../src/queue/parcel.ts';
import { RecentPasses } from '../../src/queue/recent.ts';

const NOW = 1_767_614_400_000;

function sent(at: number, id = 'event:1'): WorkMessage {
  return {
    messageId: 'm',
    receiptHandle: 'r',
    body: '',
    sentAt: at,
    firstReceivedAt: 0,
    receiveCount: 1,
    cause: { id },
  };
}

describe('what a completed pass has seen', () => {
  const recent = new RecentPasses();
  recent.completed('shop', NOW);
  it.each([
    ['an event sent more than two seconds before it began', sent(NOW - 2001), true],
    ['a sweep sent then', sent(NOW - 2001, 'sweep:7'), true],
    ['an event sent two seconds before it began', sent(NOW - 2000), false],
    ['an event sent later', sent(NOW + 1), false],
    ['an event of which the queue does not say when it was sent', sent(Number.POSITIVE_INFINITY), false],
    ['a wake', sent(NOW - 60_000, 'wake:token'), false],
    ['a request', sent(NOW - 60_000, 'request:1'), false],
  ])('%s', (_what, message, covered) => {
    expect(recent.covers('shop', message)).toBe(covered);
  });

  it('is nothing of another key', () => {
    expect(recent.covers('blog', sent(NOW - 60_000))).toBe(false);
  });

  it('does not become less by an older pass', () => {
    recent.completed('shop', NOW - 60_000);
    expect(recent.covers('shop', sent(NOW - 2001))).toBe(true);
  });
});

describe('passes of one key in a row', () => {
  it('are let through four in three seconds', () => {
    const recent = new RecentPasses();
    for (const after of [0, 100, 200, 300]) {
      expect(recent.waitMs('shop', NOW + after)).toBe(0);
      recent.began('shop', NOW + after);
    }
    expect(recent.waitMs('shop', NOW + 400)).toBe(2600);
    expect(recent.waitMs('blog', NOW + 400)).toBe(0);
    expect(recent.waitMs('shop', NOW + 3000)).toBe(0);
  });
});
