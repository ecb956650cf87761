import {
  DeleteScheduledActionCommand,
  DescribeScheduledActionsCommand,
  PutScheduledActionCommand,
  type PutScheduledActionCommandInput,
} from '@aws-sdk/client-application-auto-scaling';
import { describe, expect, it } from 'vitest';
import { refusal } from '../ecs/kit.ts';
import { MINUTE, openScaling, SCOPE, type ScalingBench, WEB } from './kit.ts';

const HOUR = 60 * MINUTE;

function put(bench: ScalingBench, input: Partial<PutScheduledActionCommandInput> = {}) {
  return bench.scaling.send(
    new PutScheduledActionCommand({
      ...SCOPE,
      ScheduledActionName: 'morning',
      Schedule: 'cron(30 12 * * ? *)',
      ScalableTargetAction: { MinCapacity: 4, MaxCapacity: 8 },
      ...input,
    }),
  );
}

async function actions(bench: ScalingBench) {
  const command = new DescribeScheduledActionsCommand({ ServiceNamespace: 'ecs' });
  return (await bench.scaling.send(command)).ScheduledActions ?? [];
}

async function bounds(bench: ScalingBench) {
  const target = await bench.target();
  return [target?.MinCapacity, target?.MaxCapacity];
}

describe('PutScheduledAction', () => {
  it('is shown as it was put', async () => {
    // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html
    const bench = openScaling();
    await bench.register();
    const StartTime = new Date('2026-02-01T00:00:00Z');
    const EndTime = new Date('2026-03-01T00:00:00Z');
    await put(bench, { Timezone: 'Europe/Berlin', StartTime, EndTime });
    expect(await actions(bench)).toEqual([
      {
        ...SCOPE,
        ScheduledActionName: 'morning',
        ScheduledActionARN: expect.stringMatching(
          /^arn:aws:autoscaling:us-east-1:123456789012:scheduledAction:[0-9a-f-]{36}:resource\/ecs\/service\/main\/shop-web:scheduledActionName\/morning$/,
        ),
        Schedule: 'cron(30 12 * * ? *)',
        Timezone: 'Europe/Berlin',
        StartTime,
        EndTime,
        ScalableTargetAction: { MinCapacity: 4, MaxCapacity: 8 },
        CreationTime: new Date(bench.clock.now()),
      },
    ]);
  });

  it('keeps what an update does not name, but for the start and end time', async () => {
    // "If you don't specify start and end times, the old values are deleted." (same page)
    const bench = openScaling();
    await bench.register();
    await put(bench, { Timezone: 'Europe/Berlin', StartTime: new Date('2026-02-01T00:00:00Z') });
    await put(bench, { Schedule: undefined, ScalableTargetAction: { MinCapacity: 3 } });
    const [action] = await actions(bench);
    expect(action).toMatchObject({ Schedule: 'cron(30 12 * * ? *)', Timezone: 'Europe/Berlin' });
    expect(action?.ScalableTargetAction).toEqual({ MinCapacity: 3 });
    expect(action).not.toHaveProperty('StartTime');
  });

  it.each<[string, Partial<PutScheduledActionCommandInput>, RegExp]>([
    ['no schedule', { Schedule: undefined }, /Schedule must be specified/],
    ['five fields', { Schedule: 'cron(30 12 * * ?)' }, /Invalid schedule expression/],
    ['a bare cron expression', { Schedule: '30 12 * * ? *' }, /Invalid schedule expression/],
    ['a rate of 1 minutes', { Schedule: 'rate(1 minutes)' }, /Invalid schedule expression/],
    ['a day that does not exist', { Schedule: 'at(2026-02-30T10:00:00)' }, /Invalid schedule expression/],
    ['an unknown time zone', { Timezone: 'Europe/Nowhere' }, /Invalid timezone/],
    [
      'no bounds',
      { ScalableTargetAction: {} },
      /At least one of minimum capacity and maximum capacity should be provided/,
    ],
    ['min above max', { ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 2 } }, /cannot be less than/],
    ['a negative minimum', { ScalableTargetAction: { MinCapacity: -1 } }, /cannot be less than 0/],
    ['a name with a colon', { ScheduledActionName: 'a:b' }, /regular expression/],
    ['a name that begins with a space', { ScheduledActionName: ' a' }, /regular expression/],
    [
      'an end before the start',
      { StartTime: new Date('2026-02-01T00:00:00Z'), EndTime: new Date('2026-01-01T00:00:00Z') },
      /end time/,
    ],
  ])('refuses %s', async (_title, input, message) => {
    const bench = openScaling();
    await bench.register();
    const found = await refusal(put(bench, input));
    expect(found.name).toBe('ValidationException');
    expect(found.message).toMatch(message);
    expect(await actions(bench)).toEqual([]);
  });

  it('needs a registered target', async () => {
    const bench = openScaling();
    expect(await refusal(put(bench))).toEqual({
      name: 'ObjectNotFoundException',
      message: `No scalable target registered for service namespace: ecs, resource ID: ${WEB}, scalable dimension: ecs:service:DesiredCount`,
    });
  });

  it('limits: takes 200 actions for a target', async () => {
    // https://docs.aws.amazon.com/general/latest/gr/as-app.html
    const bench = openScaling();
    bench.service.load({
      targets: [{ resourceId: WEB, minCapacity: 1, maxCapacity: 6 }],
      scheduledActions: Array.from({ length: 200 }, (_, index) => ({
        resourceId: WEB,
        scheduledActionName: `action-${index}`,
        schedule: 'rate(1 hour)',
        minCapacity: 1,
      })),
    });
    expect((await refusal(put(bench))).name).toBe('LimitExceededException');
    await put(bench, { ScheduledActionName: 'action-7' });
  });
});

describe('the run of a scheduled action', () => {
  it('moves the bounds, and the count between them', async () => {
    // https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scheduled-scaling.html
    const bench = openScaling();
    await bench.register();
    await put(bench);
    await bench.clock.runUntil(Date.parse('2026-01-05T12:29:59Z'));
    expect(await bounds(bench)).toEqual([1, 6]);
    await bench.clock.advance(30_000);
    expect(await bounds(bench)).toEqual([4, 8]);
    expect(await bench.counts()).toEqual({ desired: 4, running: 4 });
    const told = (await bench.activities()).map(({ Description, Cause, StatusCode, StatusMessage }) => [
      Description,
      Cause,
      StatusCode,
      StatusMessage,
    ]);
    expect(told).toEqual([
      [
        'Setting desired count to 4.',
        'minimum capacity was set to 4',
        'Successful',
        'Successfully set desired count to 4. Change successfully fulfilled by ecs.',
      ],
      [
        'Setting min capacity to 4 and max capacity to 8',
        'scheduled action name morning was triggered',
        'Successful',
        'Successfully set min capacity to 4 and max capacity to 8',
      ],
    ]);
  });

  it.each([
    ['a rate, from when it was made', { Schedule: 'rate(2 hours)' }, ['14:00', '16:00', '18:00']],
    [
      'a rate, from its start time on',
      { Schedule: 'rate(2 hours)', StartTime: new Date('2026-01-05T13:10:00Z') },
      ['13:10', '15:10', '17:10', '19:10'],
    ],
    ['at a time, once', { Schedule: 'at(2026-01-05T15:00:00)' }, ['15:00']],
    ['at a time that is over, never', { Schedule: 'at(2026-01-05T11:00:00)' }, []],
    [
      'at a time on the clocks of a zone',
      { Schedule: 'at(2026-01-05T15:00:00)', Timezone: 'Europe/Berlin' },
      ['14:00'],
    ],
    [
      'between its start and end time',
      {
        Schedule: 'cron(0 * * * ? *)',
        StartTime: new Date('2026-01-05T14:30:00Z'),
        EndTime: new Date('2026-01-05T16:00:00Z'),
      },
      ['15:00', '16:00'],
    ],
  ])('happens by %s', async (_title, input, times) => {
    const bench = openScaling();
    await bench.register();
    await put(bench, { ...input, ScalableTargetAction: { MaxCapacity: 8 } });
    await bench.clock.runUntil(Date.parse('2026-01-05T19:30:00Z'));
    const runs = (await bench.activities()).map(({ StartTime }) => StartTime?.toISOString().slice(11, 16));
    expect(runs.reverse()).toEqual(times);
  });

  it('follows the clocks of its zone when summer begins', async () => {
    const bench = openScaling();
    await bench.register();
    await put(bench, {
      Schedule: 'cron(30 9 * * ? *)',
      Timezone: 'Europe/Berlin',
      StartTime: new Date('2026-03-28T00:00:00Z'),
      EndTime: new Date('2026-03-30T00:00:00Z'),
      ScalableTargetAction: { MaxCapacity: 8 },
    });
    await bench.clock.runUntil(Date.parse('2026-04-01T00:00:00Z'));
    const runs = (await bench.activities()).map(({ StartTime }) => StartTime?.toISOString());
    expect(runs.reverse()).toEqual(['2026-03-28T08:30:00.000Z', '2026-03-29T07:30:00.000Z']);
  });

  it('does not happen while scheduled scaling is suspended', async () => {
    // https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-suspend-resume-scaling.html
    const bench = openScaling();
    await bench.register({ SuspendedState: { ScheduledScalingSuspended: true } });
    await put(bench, { Schedule: 'rate(1 hour)' });
    await bench.clock.advance(HOUR + MINUTE);
    expect(await bounds(bench)).toEqual([1, 6]);
    await bench.register({ SuspendedState: { ScheduledScalingSuspended: false } });
    await bench.clock.advance(HOUR);
    expect(await bounds(bench)).toEqual([4, 8]);
  });

  it('fails, and is told as failed, when the other bound has come in its way', async () => {
    const bench = openScaling();
    await bench.register();
    await put(bench, { Schedule: 'rate(1 hour)', ScalableTargetAction: { MinCapacity: 5 } });
    await bench.register({ MaxCapacity: 3 });
    await bench.clock.advance(HOUR);
    expect(await bounds(bench)).toEqual([1, 3]);
    expect((await bench.activities())[0]).toMatchObject({ StatusCode: 'Failed' });
  });

  it('ends with the action', async () => {
    const bench = openScaling();
    await bench.register();
    await put(bench, { Schedule: 'rate(1 hour)' });
    const remove = new DeleteScheduledActionCommand({ ...SCOPE, ScheduledActionName: 'morning' });
    await bench.scaling.send(remove);
    await bench.clock.advance(2 * HOUR);
    expect(await bounds(bench)).toEqual([1, 6]);
    expect(await refusal(bench.scaling.send(remove))).toEqual({
      name: 'ObjectNotFoundException',
      message: `No scheduled action found for service namespace: ecs, resource ID: ${WEB}, scalable dimension: ecs:service:DesiredCount, scheduled action name: morning`,
    });
  });
});

describe('DescribeScheduledActions', () => {
  it('limits: gives 50 a page', async () => {
    // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScheduledActions.html
    const bench = openScaling();
    bench.service.load({
      targets: [{ resourceId: WEB, minCapacity: 1, maxCapacity: 6 }],
      scheduledActions: Array.from({ length: 120 }, (_, index) => ({
        resourceId: WEB,
        scheduledActionName: `action-${index}`,
        schedule: 'rate(1 hour)',
        minCapacity: 1,
      })),
    });
    const sizes: number[] = [];
    let NextToken: string | undefined;
    do {
      const page = await bench.scaling.send(new DescribeScheduledActionsCommand({ ...SCOPE, NextToken }));
      sizes.push(page.ScheduledActions?.length ?? 0);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(sizes).toEqual([50, 50, 20]);
    const { ScheduledActions } = await bench.scaling.send(
      new DescribeScheduledActionsCommand({ ServiceNamespace: 'ecs', ScheduledActionNames: ['action-7'] }),
    );
    expect(ScheduledActions?.map(({ ScheduledActionName }) => ScheduledActionName)).toEqual(['action-7']);
  });
});
