import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { type EventsBench, failure, openEvents, QUEUE } from './kit.ts';

const DAILY = 'cron(0 10 * * ? *)';
const ARN = 'arn:aws:events:us-east-1:123456789012:rule/';

function put(bench: EventsBench, Name: string, more: Partial<PutRuleCommandInput> = {}) {
  return bench.events.send(new PutRuleCommand({ Name, ScheduleExpression: DAILY, ...more }));
}

/** Many rules at once, put there by a world. */
function fill(bench: EventsBench, count: number, prefix = 'r') {
  const rules = Array.from({ length: count }, (_, index) => ({
    name: `${prefix}-${String(index).padStart(3, '0')}`,
    scheduleExpression: DAILY,
  }));
  bench.service.load({ rules });
}

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
describe('PutRule', () => {
  it('makes an enabled rule that DescribeRule shows', async () => {
    const bench = openEvents();
    const made = await put(bench, 'shop-0', { Description: 'daily' });
    expect(made.RuleArn).toBe(`${ARN}shop-0`);
    const shown = await bench.events.send(new DescribeRuleCommand({ Name: 'shop-0' }));
    expect(shown).toMatchObject({
      Name: 'shop-0',
      Arn: `${ARN}shop-0`,
      ScheduleExpression: DAILY,
      State: 'ENABLED',
      Description: 'daily',
      EventBusName: 'default',
      CreatedBy: '123456789012',
    });
  });

  it('row 4: replaces the whole rule, keeps its targets, and ignores tags on update', async () => {
    const bench = openEvents();
    const { events } = bench;
    await put(bench, 'a', { Description: 'old', State: 'DISABLED', Tags: [{ Key: 'owner', Value: 'me' }] });
    await events.send(new PutTargetsCommand({ Rule: 'a', Targets: [{ Id: 'q', Arn: QUEUE }] }));
    await put(bench, 'a', { ScheduleExpression: 'rate(1 hour)', Tags: [{ Key: 'owner', Value: 'you' }] });
    const shown = await events.send(new DescribeRuleCommand({ Name: 'a' }));
    expect(shown).toMatchObject({ ScheduleExpression: 'rate(1 hour)', State: 'ENABLED' });
    expect(shown.Description).toBeUndefined();
    const tags = await events.send(new ListTagsForResourceCommand({ ResourceARN: `${ARN}a` }));
    expect(tags.Tags).toEqual([{ Key: 'owner', Value: 'me' }]);
    expect(await failure(events.send(new DeleteRuleCommand({ Name: 'a' })))).toBe('ValidationException');
  });

  const refused: Array<[string, Partial<PutRuleCommandInput>, string]> = [
    ['neither schedule nor pattern', { ScheduleExpression: undefined }, 'ValidationException'],
    ['a schedule that is none', { ScheduleExpression: 'cron(0 10 * * * *)' }, 'ValidationException'],
    [
      'a schedule over 256 characters',
      { ScheduleExpression: `cron(${' '.repeat(256)})` },
      'ValidationException',
    ],
    ['a pattern that is none', { EventPattern: '{}' }, 'InvalidEventPatternException'],
    ['an unknown state', { State: 'ON' as 'ENABLED' }, 'ValidationException'],
    ['a description over 512 characters', { Description: 'd'.repeat(513) }, 'ValidationException'],
    ['an unknown bus', { EventBusName: 'nowhere' }, 'ResourceNotFoundException'],
    ['a reserved tag', { Tags: [{ Key: 'aws:x', Value: 'v' }] }, 'ValidationException'],
    ['a pattern over 2048 characters', { EventPattern: longPattern(2049) }, 'LimitExceededException'],
    ['a pattern over 4096 characters', { EventPattern: longPattern(4097) }, 'ValidationException'],
  ];
  it.each(refused)('refuses %s', async (_what, input, code) => {
    expect(await failure(put(openEvents(), 'a', input))).toBe(code);
  });

  it.each(['', 'a b', 'a/b', 'ü', 'x'.repeat(65)])('row 7: refuses the name "%s"', async (name) => {
    expect(await failure(put(openEvents(), name))).toBe('ValidationException');
  });

  it('row 7: takes a name of 64 characters, dots, dashes and underscores', async () => {
    expect(await failure(put(openEvents(), `.-_A${'9'.repeat(60)}`))).toBe('no error');
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
  it('row 1: a bus holds 300 rules, and an update is no new rule', async () => {
    const bench = openEvents();
    fill(bench, 299);
    await put(bench, 'last');
    expect(await failure(put(bench, 'too-many'))).toBe('LimitExceededException');
    expect(await failure(put(bench, 'last'))).toBe('no error');
    await bench.events.send(new CreateEventBusCommand({ Name: 'other' }));
    const elsewhere = {
      EventBusName: 'other',
      ScheduleExpression: undefined,
      EventPattern: '{"source":["a"]}',
    };
    expect(await failure(put(bench, 'x', elsewhere))).toBe('no error');
  });

  it('row 1: schedules live on the default bus only', async () => {
    const bench = openEvents();
    await bench.events.send(new CreateEventBusCommand({ Name: 'other' }));
    expect(await failure(put(bench, 'a', { EventBusName: 'other' }))).toBe('ValidationException');
  });

  it('takes at most 30 rules with wildcards on a bus', async () => {
    const bench = openEvents();
    const wild = { EventPattern: '{"source":[{"wildcard":"a*"}]}' };
    for (let index = 0; index < 30; index += 1) await put(bench, `w${index}`, wild);
    expect(await failure(put(bench, 'w30', wild))).toBe('LimitExceededException');
    expect(await failure(put(bench, 'w29', wild))).toBe('no error');
  });

  it('row 18: needs iam:PassRole for the role of a rule, and events:TagResource for its tags', async () => {
    const bench = openEvents();
    bench.simulator.switches.denials.push({ action: 'iam:PassRole', resource: '*:role/secret' });
    bench.simulator.switches.denials.push({ action: 'events:TagResource', resource: '*rule/tagged' });
    const role = { RoleArn: 'arn:aws:iam::123456789012:role/secret' };
    expect(await failure(put(bench, 'a', role))).toBe('AccessDeniedException');
    const tagged = put(bench, 'tagged', { Tags: [{ Key: 'k', Value: 'v' }] });
    expect(await failure(tagged)).toBe('AccessDeniedException');
    expect(await failure(put(bench, 'a'))).toBe('no error');
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
  it('row 16: the control plane shares 50 calls a second', async () => {
    const bench = openEvents({ limits: true });
    const calls = [() => put(bench, 'a'), () => bench.events.send(new ListRulesCommand({}))];
    for (let call = 0; call < 50; call += 1) await calls[call % 2]?.();
    expect(await failure(put(bench, 'a'))).toBe('ThrottlingException');
    await bench.clock.advance(20);
    expect(await failure(put(bench, 'a'))).toBe('no error');
  });
});

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html
describe('DeleteRule', () => {
  it('row 6: fails while there are targets, and succeeds for a rule that is not there', async () => {
    const bench = openEvents();
    const { events } = bench;
    await put(bench, 'a');
    await events.send(new PutTargetsCommand({ Rule: 'a', Targets: [{ Id: 'q', Arn: QUEUE }] }));
    await expect(events.send(new DeleteRuleCommand({ Name: 'a' }))).rejects.toThrow(/has targets/);
    await events.send(new RemoveTargetsCommand({ Rule: 'a', Ids: ['q'] }));
    await events.send(new DeleteRuleCommand({ Name: 'a' }));
    await events.send(new DeleteRuleCommand({ Name: 'a' }));
    expect((await events.send(new ListRulesCommand({}))).Rules).toEqual([]);
    const elsewhere = events.send(new DeleteRuleCommand({ Name: 'a', EventBusName: 'nowhere' }));
    expect(await failure(elsewhere)).toBe('ResourceNotFoundException');
  });

  it('row 6: leaves rules of AWS services alone unless forced', async () => {
    const bench = openEvents();
    const { events, service } = bench;
    service.load({
      rules: [
        {
          name: 'managed',
          scheduleExpression: DAILY,
          managedBy: 'autoscaling.amazonaws.com',
          targets: [{ Id: 'q', Arn: QUEUE }],
        },
      ],
    });
    const Name = 'managed';
    expect((await events.send(new DescribeRuleCommand({ Name }))).ManagedBy).toBe(
      'autoscaling.amazonaws.com',
    );
    const ResourceARN = `${ARN}managed`;
    const refusals = [
      put(bench, Name),
      events.send(new DisableRuleCommand({ Name })),
      events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: 'x', Arn: QUEUE }] })),
      events.send(new RemoveTargetsCommand({ Rule: Name, Ids: ['q'] })),
      events.send(new DeleteRuleCommand({ Name })),
      events.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'k', Value: 'v' }] })),
    ];
    for (const refusal of refusals) expect(await failure(refusal)).toBe('ManagedRuleException');
    await events.send(new RemoveTargetsCommand({ Rule: Name, Ids: ['q'], Force: true }));
    await events.send(new DeleteRuleCommand({ Name, Force: true }));
    expect(await failure(events.send(new DescribeRuleCommand({ Name })))).toBe('ResourceNotFoundException');
  });
});

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html
describe('ListRules', () => {
  it('row 17: pages by 100, filters by prefix, shows descriptions and no tags', async () => {
    const bench = openEvents();
    fill(bench, 250, 'shop');
    await put(bench, 'other', { Description: 'mine abc', Tags: [{ Key: 'k', Value: 'v' }] });
    const sizes: number[] = [];
    let NextToken: string | undefined;
    do {
      const page = await bench.events.send(new ListRulesCommand({ ...(NextToken ? { NextToken } : {}) }));
      sizes.push(page.Rules?.length ?? 0);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(sizes).toEqual([100, 100, 51]);
    const found = await bench.events.send(new ListRulesCommand({ NamePrefix: 'oth' }));
    expect(found.Rules).toEqual([
      {
        Name: 'other',
        Arn: `${ARN}other`,
        State: 'ENABLED',
        Description: 'mine abc',
        ScheduleExpression: DAILY,
        EventBusName: 'default',
      },
    ]);
  });

  it('refuses pages over 100 and tokens it did not give', async () => {
    const { events } = openEvents();
    expect(await failure(events.send(new ListRulesCommand({ Limit: 101 })))).toBe('ValidationException');
    expect(await failure(events.send(new ListRulesCommand({ NextToken: 'x' })))).toBe('InvalidToken');
  });

  it('is denied to callers who may not', async () => {
    const { events, simulator } = openEvents();
    simulator.switches.denials.push({ action: 'events:ListRules', resource: '*' });
    expect(await failure(events.send(new ListRulesCommand({})))).toBe('AccessDeniedException');
  });
});

describe('EnableRule and DisableRule', () => {
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EnableRule.html
  it('switch a rule and know no rule that is not there', async () => {
    const bench = openEvents();
    await put(bench, 'a');
    const state = async () => (await bench.events.send(new DescribeRuleCommand({ Name: 'a' }))).State;
    await bench.events.send(new DisableRuleCommand({ Name: 'a' }));
    expect(await state()).toBe('DISABLED');
    await bench.events.send(new EnableRuleCommand({ Name: 'a' }));
    expect(await state()).toBe('ENABLED');
    const missing = bench.events.send(new EnableRuleCommand({ Name: 'b' }));
    expect(await failure(missing)).toBe('ResourceNotFoundException');
  });
});

describe('tags and buses', () => {
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TagResource.html
  it('tags of rules and buses are added, replaced, listed and removed', async () => {
    const bench = openEvents();
    const { events } = bench;
    await put(bench, 'a', { Tags: [{ Key: 'one', Value: '1' }] });
    for (const ResourceARN of [`${ARN}a`, 'arn:aws:events:us-east-1:123456789012:event-bus/default']) {
      const Tags = [
        { Key: 'one', Value: 'I' },
        { Key: 'two', Value: '2' },
      ];
      await events.send(new TagResourceCommand({ ResourceARN, Tags }));
      expect((await events.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags).toEqual(Tags);
      await events.send(new UntagResourceCommand({ ResourceARN, TagKeys: ['one'] }));
      expect((await events.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags).toEqual([Tags[1]]);
    }
    const missing = (ResourceARN: string) =>
      failure(events.send(new ListTagsForResourceCommand({ ResourceARN })));
    expect(await missing(`${ARN}b`)).toBe('ResourceNotFoundException');
    expect(await missing('arn:aws:sqs:us-east-1:123456789012:q')).toBe('ValidationException');
  });

  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html
  it('buses are made, described, listed and deleted; default always exists', async () => {
    const { events } = openEvents();
    const made = await events.send(new CreateEventBusCommand({ Name: 'other', Description: 'o' }));
    expect(made.EventBusArn).toBe('arn:aws:events:us-east-1:123456789012:event-bus/other');
    expect(await failure(events.send(new CreateEventBusCommand({ Name: 'other' })))).toBe(
      'ResourceAlreadyExistsException',
    );
    const { EventBuses } = await events.send(new ListEventBusesCommand({}));
    expect(EventBuses?.map(({ Name }) => Name)).toEqual(['default', 'other']);
    const { Name } = await events.send(new DescribeEventBusCommand({ Name: made.EventBusArn }));
    expect(Name).toBe('other');
    await events.send(
      new PutRuleCommand({ Name: 'a', EventBusName: 'other', EventPattern: '{"source":["a"]}' }),
    );
    const rule = await events.send(new DescribeRuleCommand({ Name: 'a', EventBusName: made.EventBusArn }));
    expect(rule.Arn).toBe(`${ARN}other/a`);
    expect(await failure(events.send(new DeleteEventBusCommand({ Name: 'other' })))).toBe(
      'ValidationException',
    );
    await events.send(new DeleteRuleCommand({ Name: 'a', EventBusName: 'other' }));
    await events.send(new DeleteEventBusCommand({ Name: 'other' }));
    expect(await failure(events.send(new DescribeEventBusCommand({ Name: 'other' })))).toBe(
      'ResourceNotFoundException',
    );
    expect(await failure(events.send(new DeleteEventBusCommand({ Name: 'default' })))).toBe(
      'ValidationException',
    );
  });
});

function longPattern(length: number): string {
  const empty = '{"source":[""]}';
  return `{"source":["${'s'.repeat(length - empty.length)}"]}`;
}
