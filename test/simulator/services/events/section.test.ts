import { describe, expect, it } from 'vitest';
import { CLUSTER, DEAD_LETTERS, ecsTarget, openPlane, parameterEvent, QUEUE } from './kit.ts';

describe('the world section events', () => {
  it('needs little: a name, a schedule or pattern, and targets', () => {
    const plane = openPlane();
    plane.service.load({
      rules: [
        {
          name: 'watch',
          eventPattern: { source: ['aws.ssm'] },
          targets: [{ Id: 'q', Arn: QUEUE, Input: { constant: true } }],
        },
        { name: 'shop-0', scheduleExpression: 'cron(0 10 * * ? *)' },
      ],
    });
    plane.bus.deliver(parameterEvent('/a'));
    expect(plane.delivered.map(({ body }) => body)).toEqual(['{"constant":true}']);
    expect(plane.call('DescribeRule', { Name: 'shop-0' })).toMatchObject({ State: 'ENABLED' });
    expect(plane.call('DescribeRule', { Name: 'watch' })).toMatchObject({
      EventPattern: '{"source":["aws.ssm"]}',
    });
  });

  it('counts at once, though changes by callers take a while', () => {
    const plane = openPlane({ staleReadsMs: 3000 });
    plane.service.load({
      rules: [{ name: 'watch', eventPattern: { source: ['aws.ssm'] }, targets: [{ Id: 'q', Arn: QUEUE }] }],
    });
    plane.bus.deliver(parameterEvent('/a'));
    expect(plane.delivered).toHaveLength(1);
  });

  it('replaces what was there', () => {
    const plane = openPlane();
    plane.service.load({ rules: [{ name: 'old', scheduleExpression: 'rate(1 hour)' }] });
    plane.service.load({});
    expect(plane.call('ListRules', {})).toMatchObject({ Rules: [] });
  });

  it('gives the same state back: load(dump()) changes nothing', async () => {
    const plane = openPlane();
    const { call } = plane;
    call('CreateEventBus', { Name: 'other', Tags: [{ Key: 'k', Value: 'v' }] });
    call('PutRule', { Name: 'on-other', EventBusName: 'other', EventPattern: '{ "source": ["spaced"] }' });
    call('PutRule', {
      Name: 'shop-0',
      ScheduleExpression: 'rate(1 hour)',
      State: 'DISABLED',
      Description: 'd',
      Tags: [{ Key: 'owner', Value: 'me' }],
    });
    const targets = [
      ecsTarget('a', { Input: '{"containerOverrides":[]}', DeadLetterConfig: { Arn: DEAD_LETTERS } }),
      { Id: 'q', Arn: QUEUE, Input: '"text"' },
    ];
    call('PutTargets', { Rule: 'shop-0', Targets: targets });
    await plane.clock.advance(600_000);
    const dumped = plane.service.dump();
    const other = openPlane();
    other.service.load(JSON.parse(JSON.stringify(dumped)));
    expect(other.service.dump()).toEqual(dumped);
    for (const [operation, input] of [
      ['ListRules', {}],
      ['ListRules', { EventBusName: 'other' }],
      ['ListTargetsByRule', { Rule: 'shop-0' }],
      ['ListEventBuses', {}],
    ] as const) {
      expect(other.call(operation, input)).toEqual(call(operation, input));
    }
  });

  it('keeps the beat of a rate', async () => {
    const plane = openPlane();
    plane.service.load({
      rules: [
        {
          name: 'hourly',
          scheduleExpression: 'rate(1 hour)',
          startedAt: '2026-01-05T11:50:00Z',
          targets: [{ Id: 'q', Arn: QUEUE }],
        },
      ],
    });
    await plane.clock.advance(50 * 60_000 + 59_999);
    expect(plane.delivered.map(({ body }) => (JSON.parse(body) as { time: string }).time)).toEqual([
      '2026-01-05T12:50:00Z',
    ]);
  });

  it.each([
    [{ rules: [{ name: 'a' }] }, /events\.rules\.0 \(a\) is wrong: .*must be specified/],
    [{ rules: [{ name: 'a', scheduleExpression: 'daily' }] }, /ScheduleExpression is not valid/],
    [{ rules: [{ name: 'a', eventPattern: { source: 'x' } }] }, /events\.rules\.0 \(a\).*"source"/],
    [{ rules: [{ name: 'a b', scheduleExpression: 'rate(1 hour)' }] }, /events\.rules\.0\.name/],
    [{ rules: [{ name: 'a', schedule: 'rate(1 hour)' }] }, /events\.rules\.0/],
    [{ rules: [{ name: 'a', bus: 'b', eventPattern: { source: ['x'] } }] }, /there is no bus b/],
    [
      { rules: [{ name: 'a', scheduleExpression: 'rate(1 hour)', targets: [{ Id: 'x', Arn: CLUSTER }] }] },
      /EcsParameters is required/,
    ],
    ['text', /section events/],
  ])('says where it is wrong: %j', (section, message) => {
    expect(() => openPlane().service.load(section)).toThrow(message);
  });
});
