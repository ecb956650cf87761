import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../../src/reconcile/ports.ts';
import { VirtualClock } from '../../../../src/simulator/clock.ts';
import { FAIR_WEATHER } from '../../../../src/simulator/faults.ts';
import { seededRandom } from '../../../../src/simulator/random.ts';
import type { Offers, RegionContext } from '../../../../src/simulator/region.ts';
import { createSqsService } from '../../../../src/simulator/services/sqs/index.ts';
import { arnOf } from './kit.ts';

const rule = 'arn:aws:events:us-east-1:123456789012:rule/r';
const open = {
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: '*',
    },
  ],
};

function regionOf(clock: Clock): RegionContext {
  const offers: Offers = {};
  return {
    account: '123456789012',
    region: 'us-east-1',
    clock,
    random: seededRandom(1),
    weather: FAIR_WEATHER,
    offers,
    emit: () => {},
    arn: (service, resource) => `arn:aws:${service}:us-east-1:123456789012:${resource}`,
    authorize: () => {},
  };
}

function withQueues(queues: unknown[]) {
  const context = regionOf(new VirtualClock());
  const service = createSqsService(context);
  service.load({ queues });
  const deliver = (name: string, body: string, groupId?: string) =>
    context.offers.deliverToQueue?.(arnOf(name), body, rule, groupId);
  return { service, deliver };
}

describe('what EventBridge delivers', () => {
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
  it('row 75: is lost, without an error for anybody, when the queue has no policy that allows the rule', () => {
    const closed = { Statement: [{ ...open.Statement[0], Resource: arnOf('another') }] };
    const { service, deliver } = withQueues([
      { name: 'open', attributes: { Policy: open } },
      { name: 'closed', attributes: { Policy: closed } },
      { name: 'bare' },
    ]);
    expect(deliver('open', 'event')).toBe(true);
    expect(deliver('closed', 'event')).toBe(false);
    expect(deliver('bare', 'event')).toBe(false);
    expect(deliver('missing', 'event')).toBe(false);
    expect(service.contents('open')).toMatchObject([{ body: 'event', state: 'visible' }]);
    expect(service.contents('closed')).toEqual([]);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_SqsParameters.html
  it('row 74: gets into a FIFO queue only by content-based deduplication and with a group', () => {
    const { service, deliver } = withQueues([
      {
        name: 'by-content.fifo',
        attributes: { FifoQueue: true, ContentBasedDeduplication: true, Policy: open },
      },
      { name: 'by-id.fifo', attributes: { FifoQueue: true, Policy: open } },
    ]);
    expect(deliver('by-content.fifo', 'event', 'g')).toBe(true);
    expect(deliver('by-content.fifo', 'event', 'g')).toBe(true);
    expect(deliver('by-content.fifo', 'event')).toBe(false);
    expect(deliver('by-id.fifo', 'event', 'g')).toBe(false);
    expect(service.contents('by-content.fifo')).toHaveLength(1);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
  it('row 12: dead letters of a rule go to a standard queue; a FIFO one does not get them', () => {
    const { deliver } = withQueues([
      { name: 'dead.fifo', attributes: { FifoQueue: true, ContentBasedDeduplication: true, Policy: open } },
    ]);
    expect(deliver('dead.fifo', 'failed event')).toBe(false);
  });

  it('is refused when it is larger than the queue takes', () => {
    const { deliver } = withQueues([
      { name: 'small', attributes: { Policy: open, MaximumMessageSize: 1024 } },
    ]);
    expect(deliver('small', 'x'.repeat(1024))).toBe(true);
    expect(deliver('small', 'x'.repeat(1025))).toBe(false);
  });
});
