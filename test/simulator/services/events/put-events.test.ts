import { PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { failure, openEvents, openPlane, QUEUE } from './kit.ts';

const entry = { Source: 'shop.tests', DetailType: 'Something', Detail: '{"a":1}' };

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
describe('PutEvents', () => {
  const put = (...Entries: PutEventsRequestEntry[]) =>
    openEvents().events.send(new PutEventsCommand({ Entries }));

  it('refuses the names of AWS services, entry by entry', async () => {
    const { FailedEntryCount, Entries } = await put(entry, { ...entry, Source: 'aws.ssm' });
    expect(FailedEntryCount).toBe(1);
    expect(Entries?.[0]?.EventId).toMatch(/^[0-9a-f-]{36}$/);
    expect(Entries?.[1]).toMatchObject({ ErrorCode: 'NotAuthorizedForSourceException' });
  });

  it('refuses malformed entries, and the whole call when none is complete', async () => {
    const { Entries } = await put(entry, { ...entry, Detail: '[1]' }, { ...entry, DetailType: undefined });
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      'MalformedDetail',
      'InvalidArgument',
    ]);
    expect(await failure(put({ Source: 'a' }))).toBe('ValidationException');
  });

  it('takes one to ten entries of less than a megabyte', async () => {
    expect(await failure(put())).toBe('ValidationException');
    expect(await failure(put(...Array.from({ length: 11 }, () => entry)))).toBe('ValidationException');
    const large = { ...entry, Detail: JSON.stringify({ x: 'x'.repeat(1024 * 1024) }) };
    expect(await failure(put(large))).toBe('ValidationException');
  });

  it('delivers to the rules of its bus, and nowhere when there is no such bus', async () => {
    const plane = openPlane();
    plane.call('CreateEventBus', { Name: 'other' });
    for (const EventBusName of ['default', 'other']) {
      plane.call('PutRule', { Name: EventBusName, EventBusName, EventPattern: '{"source":["shop.tests"]}' });
      plane.call('PutTargets', { Rule: EventBusName, EventBusName, Targets: [{ Id: 'q', Arn: QUEUE }] });
    }
    const Time = Date.UTC(2026, 0, 1) / 1000;
    plane.call('PutEvents', {
      Entries: [
        { ...entry, Time, Resources: ['r'] },
        { ...entry, EventBusName: 'other' },
        { ...entry, EventBusName: 'nowhere' },
      ],
    });
    await plane.clock.advance(0);
    expect(plane.delivered.map(({ sourceArn }) => sourceArn.split('rule/')[1])).toEqual([
      'default',
      'other/other',
    ]);
    expect(JSON.parse(plane.delivered[0]?.body ?? '')).toMatchObject({
      version: '0',
      account: '123456789012',
      region: 'us-east-1',
      source: 'shop.tests',
      'detail-type': 'Something',
      time: '2026-01-01T00:00:00Z',
      resources: ['r'],
      detail: { a: 1 },
    });
  });

  it('is at least once, in any order: events are doubled and late as the weather says', async () => {
    const plane = openPlane({ duplicateEvents: 1, eventDelayMs: 5000 });
    plane.call('PutRule', { Name: 'a', EventPattern: '{"source":["shop.tests"]}' });
    plane.call('PutTargets', { Rule: 'a', Targets: [{ Id: 'q', Arn: QUEUE, InputPath: '$.id' }] });
    plane.call('PutEvents', { Entries: [entry] });
    await plane.clock.advance(5000);
    const [first, second] = plane.delivered;
    expect(first?.body).toBe(second?.body);
    expect(first?.at).not.toBe(second?.at);
  });
});
