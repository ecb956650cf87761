import { describe, expect, it } from 'vitest';
import { createLimits, type Limits, type Ticket } from '../../src/aws/limits.ts';
import { NotYetError } from '../../src/reconcile/errors.ts';
import { VirtualClock } from '../../src/simulator/clock.ts';

const CALL_MS = 30;

interface Let {
  readonly key: string;
  readonly at: number;
}

/** Sends `count` calls of `key` into `limits` at once; each takes 30 ms. Gives when each went out. */
function send(limits: Limits, clock: VirtualClock, count: number, ticket: Partial<Ticket>): Let[] {
  const out: Let[] = [];
  const startedAt = clock.now();
  const whole = { service: 'ecs', operation: 'DescribeServices', key: 'a', background: false, ...ticket };
  for (let call = 0; call < count; call += 1) {
    limits
      .enter(whole)
      .then((leave) => {
        out.push({ key: whole.key, at: clock.now() - startedAt });
        clock.setTimer(CALL_MS, () => leave(false));
      })
      .catch(() => {});
  }
  return out;
}

function open(share?: number): { clock: VirtualClock; limits: Limits } {
  const clock = new VirtualClock();
  return { clock, limits: createLimits({ clock, ...(share === undefined ? {} : { share }) }) };
}

describe('rates', () => {
  it('uses four fifths of the published burst and rate', async () => {
    const { clock, limits } = open();
    const out = send(limits, clock, 200, {});
    await clock.advance(20_000);
    const burst = out.filter(({ at }) => at < 200).length;
    // 80 of a burst of 100, and 16 a second.
    expect(burst).toBeGreaterThanOrEqual(80);
    expect(burst).toBeLessThanOrEqual(84);
    expect(out.filter(({ at }) => at >= 1_000 && at < 2_000)).toHaveLength(16);
    expect(out).toHaveLength(200);
  });

  it('uses less when configured to', async () => {
    const { clock, limits } = open(0.5);
    const out = send(limits, clock, 40, { service: 'ssm', operation: 'DescribeParameters' });
    await clock.advance(10_010);
    // One of a burst of three, and one and a half a second.
    expect(out).toHaveLength(16);
  });

  it('uses all of what nobody else has much to send for, but one call of the burst', async () => {
    const { clock, limits } = open();
    const out = send(limits, clock, 40, { operation: 'RegisterTaskDefinition' });
    await clock.advance(10_010);
    expect(out).toHaveLength(19 + 10);
  });

  it('keeps what one bucket lacks from holding up another', async () => {
    const { clock, limits } = open();
    send(limits, clock, 100, { operation: 'RegisterTaskDefinition' });
    const reads = send(limits, clock, 10, { operation: 'DescribeTaskDefinition' });
    await clock.advance(1);
    expect(reads).toHaveLength(10);
  });

  it('does not hold SQS, DynamoDB and STS', async () => {
    const { clock, limits } = open();
    const out = [
      send(limits, clock, 500, { service: 'sqs', operation: 'ReceiveMessage' }),
      send(limits, clock, 500, { service: 'dynamodb', operation: 'PutItem' }),
      send(limits, clock, 500, { service: 'sts', operation: 'GetCallerIdentity' }),
    ].map((sent) => () => sent.length);
    await clock.advance(0);
    expect(out.map((length) => length())).toEqual([500, 500, 500]);
    expect(limits.numbers()).toEqual([]);
  });

  it('has at most twenty calls of a group under way', async () => {
    const { clock, limits } = open();
    const out = send(limits, clock, 60, {});
    await clock.advance(CALL_MS - 1);
    expect(out).toHaveLength(20);
    expect(limits.numbers()).toMatchObject([{ group: 'ecs/service-read', waiting: 40, underWay: 20 }]);
    await clock.advance(1);
    expect(out).toHaveLength(40);
  });
});

describe('throttling', () => {
  it('halves the rate of the group that was throttled, and only of that one, until it recovers', async () => {
    const { clock, limits } = open();
    const call = { service: 'ssm', operation: 'GetParameters', key: 'a', background: false };
    send(limits, clock, 1, { service: 'ssm', operation: 'DescribeParameters' });
    (await limits.enter(call))(true);
    expect(limits.numbers()).toMatchObject([
      { group: 'ssm/describe', throttles: 0, ratePerSecond: 2.4000000000000004 },
      { group: 'ssm/get', throttles: 1, ratePerSecond: 16, fullRatePerSecond: 32 },
    ]);
    const slow = send(limits, clock, 60, call);
    await clock.advance(2_000);
    expect(slow.length).toBeGreaterThanOrEqual(32);
    expect(slow.length).toBeLessThanOrEqual(34);
    await clock.advance(30_000);
    expect(limits.numbers()).toMatchObject([{}, { group: 'ssm/get', waiting: 0, ratePerSecond: 32 }]);
  });

  it('stops a burst at the first throttle', async () => {
    const { clock, limits } = open();
    const call = { service: 'ecs', operation: 'DescribeServices', key: 'a', background: false };
    (await limits.enter(call))(true);
    const out = send(limits, clock, 10, {});
    await clock.advance(100);
    expect(out).toHaveLength(0);
    await clock.advance(1_150);
    expect(out).toHaveLength(10);
  });
});

describe('fairness', () => {
  it('does not let one key with 300 calls delay the first call of another', async () => {
    const { clock, limits } = open();
    const big = send(limits, clock, 300, { key: 'big' });
    await clock.advance(5_000);
    expect(big.length).toBeLessThan(170);
    const small = send(limits, clock, 3, { key: 'small' });
    await clock.advance(1_000);
    // Its turn comes with the next token or the one after it: 62.5 ms each.
    expect(small.map(({ at }) => at <= 130)).toEqual([true, false, false]);
    expect(small).toHaveLength(3);
    await clock.advance(10_000);
    expect(big).toHaveLength(300);
  });

  it('lets everybody pass before a sweep, and the sweep one time in eight', async () => {
    const { clock, limits } = open();
    const describeParameters = { service: 'ssm', operation: 'DescribeParameters' };
    const sweep = send(limits, clock, 100, { ...describeParameters, key: 'sweep', background: true });
    await clock.advance(10_000);
    const before = sweep.length;
    const app = send(limits, clock, 40, { ...describeParameters, key: 'shop' });
    await clock.advance(10_000);
    expect(app.length).toBe(21);
    expect(sweep.length - before).toBe(3);
  });
});

describe('a write whose turn is far away', () => {
  const register = { operation: 'RegisterTaskDefinition' };

  it('is not waited for by a pass, which is told when to come back and then let through', async () => {
    const { clock, limits } = open();
    const ticket = { service: 'ecs', ...register, key: 'blog', background: false };
    send(limits, clock, 26, { ...register, pass: 'first' });
    await clock.advance(0);
    const refused = await limits.enter({ ...ticket, pass: 'second' }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(NotYetError);
    const at = refused instanceof NotYetError ? refused.at : 0;
    expect(at - clock.now()).toBe(8_000);
    await clock.runUntil(at);
    const out = send(limits, clock, 1, { ...ticket, pass: 'third' });
    await clock.advance(0);
    expect(out).toHaveLength(1);
  });

  it('holds up neither a read nor somebody who has no pass to end', async () => {
    const { clock, limits } = open();
    send(limits, clock, 30, { ...register, pass: 'first' });
    const reads = send(limits, clock, 1, { operation: 'DescribeTaskDefinition', pass: 'second' });
    const person = send(limits, clock, 1, register);
    await clock.advance(60_000);
    expect([reads.length, person.length]).toEqual([1, 1]);
  });
});

describe('giving up', () => {
  it('ends the wait of a call whose signal is aborted, and of no other', async () => {
    const { clock, limits } = open();
    const lease = new AbortController();
    const call = { service: 'ssm', operation: 'DescribeParameters', background: false };
    send(limits, clock, 2, call);
    const mine = limits.enter({ ...call, key: 'mine', signal: lease.signal });
    const others = send(limits, clock, 1, { ...call, key: 'other' });
    await clock.advance(10);
    lease.abort(new Error('the heartbeat failed'));
    await expect(mine).rejects.toThrow('the heartbeat failed');
    await clock.advance(500);
    // The place of the call that gave up is the other's now.
    expect(others).toHaveLength(1);
    expect(limits.numbers()).toMatchObject([{ waiting: 0, underWay: 0 }]);
  });

  it('lets no call in whose signal was aborted before', async () => {
    const { clock, limits } = open();
    const call = { service: 'ecs', operation: 'ListTasks', key: 'a', background: false };
    await expect(limits.enter({ ...call, signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow(
      'too late',
    );
    await clock.advance(0);
    expect(limits.numbers()).toMatchObject([{ waiting: 0, underWay: 0 }]);
  });

  it('does not take the turn back from a call that is under way', async () => {
    const { limits } = open();
    const lease = new AbortController();
    const call = {
      service: 'ecs',
      operation: 'ListTasks',
      key: 'a',
      background: false,
      signal: lease.signal,
    };
    const leave = await limits.enter(call);
    lease.abort();
    await new Promise((resolve) => setImmediate(resolve));
    expect(limits.numbers()).toMatchObject([{ waiting: 0, underWay: 1 }]);
    leave(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(limits.numbers()).toMatchObject([{ waiting: 0, underWay: 0 }]);
  });
});
