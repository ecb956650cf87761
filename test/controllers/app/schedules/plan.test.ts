import { describe, expect, it } from 'vitest';
import type { Tags } from '../../../../src/controllers/app/services/observed.ts';
import { ABSENT, found, type Reading, unreadable } from '../../../../src/reconcile/reading.ts';
import { DENIED, NOW, revisionArn, someDesired, THROTTLED } from '../builders.ts';
import {
  DAILY,
  DIGEST,
  HOURLY,
  NEWEST,
  nameOf,
  newest,
  type Options,
  PINNED,
  plan,
  planFresh,
  REVISION,
  ROLE,
  rulesOf,
  seen,
  someSource,
  someSourceFacts,
  type Task,
  targetsOf,
} from './kit.ts';

const many = (count: number, at = 0): Task[] =>
  Array.from({ length: count }, (_, index) => ({ schedule: `${index + at} 3 * * ? *`, command: './daily' }));

/** Everything is as wanted and known to be. */
const steady = (tasks: readonly Task[], options: Options = {}): Options => ({
  tasks,
  ...options,
  facts: { rules: found(rulesOf(tasks)), ...options.facts },
  memory: { rules: seen(tasks), ...options.memory },
});
const kinds = (planned: ReturnType<typeof plan>) => planned.actions.map(({ type }) => type);

describe('planning rules', () => {
  it('makes a rule with its schedule and targets in two calls, the targets under an intent', () => {
    const { actions, differences, conditions } = plan({ tasks: [DAILY] });
    const name = nameOf(DAILY);
    expect(actions).toMatchObject([
      { id: `schedules/${name}/rule`, type: 'putRule', rule: name, expression: 'cron(0 3 * * ? *)' },
      {
        id: `schedules/${name}/targets`,
        type: 'putTargets',
        after: [`schedules/${name}/rule`],
        content: { revision: { arn: PINNED }, place: { roleArn: ROLE } },
      },
    ]);
    expect(actions[0]).not.toHaveProperty('intent');
    expect(actions[1]?.intent).toMatch(/^[0-9a-f]{16}$/);
    expect(differences).toEqual([
      { path: `schedules/${name}`, desired: 'cron(0 3 * * ? *), 1 task', observed: 'absent' },
    ]);
    expect(conditions).toEqual([]);
  });

  it('writes nothing for what is as wanted, and remembers the same', () => {
    const first = plan(steady([DAILY, HOURLY]));
    expect(first).toMatchObject({ actions: [], differences: [], conditions: [], marked: 2 });
    const later = plan(steady([DAILY, HOURLY], { now: NOW + 3_600_000 }));
    expect(later.memory).toEqual(first.memory);
  });

  it('does not believe a description before its targets were read', () => {
    const rules = found(rulesOf([DAILY]));
    const unseen = plan({ tasks: [DAILY], facts: { rules } });
    expect(unseen).toMatchObject({ actions: [], memory: { rules: [] } });
    const targets = Object.fromEntries(
      Object.entries(targetsOf([DAILY])).map(([name, list]) => [name, found(list)]),
    );
    expect(plan({ tasks: [DAILY], facts: { rules, targets } })).toMatchObject({
      actions: [],
      memory: { rules: seen([DAILY]) },
    });
  });

  it('puts targets again that a crash or EventBridge kept from being there', () => {
    const name = nameOf(DAILY);
    const facts = { rules: found(rulesOf([DAILY])), targets: { [name]: found([]) } };
    expect(plan({ tasks: [DAILY], facts }).actions).toMatchObject([{ id: `schedules/${name}/targets` }]);
  });

  it('forgets what it saw of a rule while a write to its targets is open', () => {
    const intents = [{ action: `schedules/${nameOf(DAILY)}/targets`, digest: 'x', at: NOW - 60_000 }];
    expect(plan(steady([DAILY], { status: { intents } })).memory).toMatchObject({ rules: [] });
  });

  it('closes an intent whose effect was seen', () => {
    const name = nameOf(DAILY);
    const intents = [{ action: `schedules/${name}/targets`, digest: 'x', at: NOW }];
    const targets = { [name]: found(targetsOf([DAILY])[name] ?? []) };
    const planned = plan(steady([DAILY], { status: { intents }, facts: { targets } }));
    expect(planned.closedIntents).toContain(`schedules/${name}/targets`);
    expect(planned.memory).toMatchObject({ rules: seen([DAILY]) });
  });

  it('adds targets before it takes others off, and writes the description last', () => {
    const before = [DAILY, { ...DAILY, command: './old' }];
    const after = [DAILY, { ...DAILY, command: './new' }];
    const facts = { rules: found(rulesOf(before)) };
    const { actions } = plan({ tasks: after, facts, memory: { rules: seen(before) } });
    const start = `schedules/${nameOf(DAILY)}`;
    expect(actions).toMatchObject([
      { id: `${start}/targets` },
      { id: `${start}/trim`, after: [`${start}/targets`], ids: [seen(before)[0]?.targets[1]] },
      { id: `${start}/rule`, after: [`${start}/targets`, `${start}/trim`] },
    ]);
    expect(actions[0]).toMatchObject({ after: [] });
  });

  it('takes targets off first where six would be too many', () => {
    const five = (last: string) => ['a', 'b', 'c', 'd', last].map((command) => ({ ...DAILY, command }));
    const facts = { rules: found(rulesOf(five('e'))) };
    const { actions } = plan({ tasks: five('f'), facts, memory: { rules: seen(five('e')) } });
    expect(kinds(plan({ tasks: five('f'), facts, memory: { rules: seen(five('e')) } }))).toEqual([
      'removeTargets',
      'putTargets',
      'putRule',
    ]);
    expect(actions[1]?.after).toEqual([actions[0]?.id]);
  });

  it('does not mind the order of tasks in a rule', () => {
    const other = { ...DAILY, command: './other' };
    const facts = { rules: found(rulesOf([DAILY, other])) };
    expect(plan({ tasks: [other, DAILY], facts, memory: { rules: seen([DAILY, other]) } }).actions).toEqual(
      [],
    );
  });

  it.each([
    ['disabled', { enabled: false }],
    ['given another schedule', { expression: 'rate(1 minute)' }],
    ['given a pattern', { altered: true }],
    ['described otherwise behind its mark', { description: '/apppack/apps/shop nightly' }],
  ])('puts a rule back that was %s', (_what, changes) => {
    const rules = found(rulesOf([DAILY]).map((rule) => ({ ...rule, ...changes })));
    const targets = { [nameOf(DAILY)]: found(targetsOf([DAILY])[nameOf(DAILY)] ?? []) };
    expect(kinds(plan({ tasks: [DAILY], facts: { rules, targets } }))).toEqual(['putRule']);
  });

  it('repairs targets that somebody changed by hand, without touching the rule', () => {
    const name = nameOf(DAILY);
    const [own] = targetsOf([DAILY])[name] ?? [];
    const facts = {
      rules: found(rulesOf([DAILY])),
      targets: {
        [name]: found([
          { ...own, Input: '{}' },
          { Id: 'mine', Arn: 'x' },
        ]),
      },
    };
    const { actions } = plan({ tasks: [DAILY], facts, memory: { rules: seen([DAILY]) } });
    expect(actions).toMatchObject([{ type: 'putTargets' }, { type: 'removeTargets', ids: ['mine'] }]);
    expect(actions).toHaveLength(2);
  });

  it('leaves a rule alone whose targets cannot be read, and says so', () => {
    const name = nameOf(DAILY);
    const facts: Options['facts'] = {
      rules: found(rulesOf([DAILY])),
      targets: { [name]: unreadable(THROTTLED) },
    };
    expect(plan({ tasks: [DAILY], facts })).toMatchObject({
      actions: [],
      conditions: [{ type: 'Readable', reason: 'ThrottlingException', resource: `rule ${name}` }],
      memory: { rules: [] },
    });
  });
});

describe('rules of others', () => {
  it.each([
    ['without our mark', { description: 'nightly' }],
    ['with the mark of another app', { description: '/apppack/apps/shop-api 0123456789abcdef' }],
    ['of an AWS service', { managedBy: 'scheduler.amazonaws.com' }],
  ])('are left alone and contested when they have a name of ours: %s', (_what, changes) => {
    const rules = found(rulesOf([DAILY]).map((rule) => ({ ...rule, ...changes })));
    const planned = plan({ tasks: [DAILY, HOURLY], facts: { rules } });
    expect(planned.actions.map((action) => 'rule' in action && action.rule)).toEqual([
      nameOf(HOURLY),
      nameOf(HOURLY),
    ]);
    expect(planned).toMatchObject({
      conditions: [
        { type: 'Owned', status: 'False', reason: 'Contested', resource: `rule ${nameOf(DAILY)}` },
      ],
      marked: 0,
    });
  });

  it('are not deleted though their names begin as ours do', () => {
    const foreign = rulesOf([HOURLY]).map((rule) => ({ ...rule, description: '' }));
    expect(plan({ tasks: [], facts: { rules: found(foreign) } }).actions).toEqual([]);
  });
});

describe('rules that are not wanted any more', () => {
  it('go, each in one action, whatever else is planned', () => {
    const planned = plan(steady([DAILY, HOURLY], { tasks: [DAILY] }));
    expect(planned.actions).toMatchObject([
      { id: `schedules/${nameOf(HOURLY)}/delete`, type: 'deleteRule', deletes: true },
    ]);
    expect(planned.differences).toEqual([
      { path: `schedules/${nameOf(HOURLY)}`, desired: 'absent', observed: 'cron(0 * * * ? *)' },
    ]);
  });

  it('go without a role, a service or a cluster', () => {
    const facts = { rules: found(rulesOf([DAILY])), sources: [] };
    expect(kinds(plan({ facts, role: null, source: null }))).toEqual(['deleteRule']);
  });

  it.each([
    ['is absent', { state: 'absent' as const, tasks: [], conditions: [] }, 1, false],
    ['is an empty list', { state: 'found' as const, tasks: [], conditions: [] }, 1, true],
    ['cannot be used', { state: 'broken' as const, tasks: [], conditions: [] }, 0, false],
  ])('when the parameter %s', (_what, desired, deletions, asked) => {
    const planned = plan(steady([DAILY], { input: { desired } }));
    expect(planned.actions).toHaveLength(deletions);
    expect(planned).toMatchObject({ deletionsAsked: asked, marked: 1 });
    if (deletions === 0) expect(planned.memory).toMatchObject({ rules: seen([DAILY]) });
  });

  it('stay while the list of rules cannot be read, and the app is not gone', () => {
    const planned = plan({ tasks: [], facts: { rules: unreadable(DENIED) } });
    expect(planned).toMatchObject({
      actions: [],
      marked: 1,
      conditions: [{ type: 'Readable', reason: 'AccessDeniedException', resource: 'rules of shop' }],
    });
  });

  it('come before new ones where so many go that a person must say so', () => {
    const planned = plan(steady(many(8), { tasks: many(8, 20) }));
    const deletions = planned.actions.filter(({ type }) => type === 'deleteRule').map(({ id }) => id);
    expect(deletions).toHaveLength(8);
    for (const action of planned.actions.filter(({ type }) => type === 'putRule'))
      expect(action.after).toEqual(expect.arrayContaining(deletions));
    const few = plan(steady(many(5), { tasks: many(5, 20) }));
    expect(few.actions.find(({ type }) => type === 'putRule')).toMatchObject({ after: [] });
  });
});

describe('what rules need', () => {
  it('is a role, and the condition says what to type', () => {
    const planned = plan({ tasks: [DAILY], role: null });
    expect(planned).toMatchObject({
      actions: [],
      conditions: [{ type: 'Supported', reason: 'NoEventsRole', parameter: '/apppack/apps/shop/settings' }],
    });
    expect(planned.conditions[0]?.message).toContain(
      `aws ssm put-parameter --name /apppack/apps/shop/settings --type String --overwrite --value '{"events_role_arn":"ROLE-ARN"}'`,
    );
  });

  it('is a role of the app’s own before the default one', () => {
    const { settings } = someDesired({ documents: { settings: { events_role_arn: `${ROLE}-of-shop` } } });
    const [rule] = plan({ tasks: [DAILY], input: { settings } }).actions;
    expect(rule).toMatchObject({ content: { place: { roleArn: `${ROLE}-of-shop` } } });
  });

  it('is not guessed while the settings that may say it cannot be read', () => {
    const { settings } = someDesired({ documents: { settings: unreadable(THROTTLED) } });
    expect(plan(steady([DAILY], { tasks: [DAILY, HOURLY], input: { settings } }))).toMatchObject({
      actions: [],
      memory: { rules: seen([DAILY]) },
    });
  });

  it('is a service whose image they run: until there is one they wait, and that is no problem', () => {
    const planned = plan({ tasks: [DAILY], source: null });
    expect(planned).toMatchObject({ actions: [], conditions: [{ status: 'True', reason: 'NothingToRun' }] });
  });

  it('is a network on Fargate', () => {
    const sources = [someSourceFacts({ launch: { launchType: 'FARGATE' } })];
    expect(plan({ tasks: [DAILY], facts: { sources } })).toMatchObject({
      actions: [],
      conditions: [{ reason: 'NoNetwork' }],
    });
  });
});

describe('the revision that rules pin', () => {
  const moved = { ...someSource(), edits: { size: { cpu: 512, memory: 1024 } } };

  it('is registered under an intent, and everything that needs it comes after', () => {
    const facts = { newest: ABSENT, shell: ABSENT };
    const planned = planFresh({ tasks: [DAILY], facts });
    expect(planned.actions[0]).toMatchObject({
      id: 'schedules/scheduler/register',
      type: 'registerScheduler',
      family: 'shop-scheduler',
      base: revisionArn('shop-web', 5),
      owner: '/apppack/apps/shop',
      intent: DIGEST,
      digest: DIGEST,
    });
    for (const action of planned.actions.slice(1))
      expect(action.after).toContain('schedules/scheduler/register');
  });

  it('follows the revision that its service is to run in the same pass', () => {
    const facts = { rules: found(rulesOf([DAILY])), newest: NEWEST };
    const planned = plan({ tasks: [DAILY], facts, memory: { rules: seen([DAILY]) }, source: moved });
    expect(planned.actions).toMatchObject([
      { type: 'registerScheduler', edits: { source: { size: { cpu: 512, memory: 1024 } } } },
      { type: 'putTargets', after: ['schedules/scheduler/register'] },
      { type: 'putRule' },
    ]);
    expect(planned.differences[0]).toMatchObject({ path: 'schedules/scheduler/revision', observed: PINNED });
  });

  it('is found by its digest, by what the registration gave, or by what was remembered', () => {
    expect(kinds(planFresh({ tasks: [DAILY], facts: { newest: NEWEST } }))).toEqual([
      'putRule',
      'putTargets',
    ]);
    const write = { digest: DIGEST, at: NOW, sent: 1, seen: false, corrections: [], result: { arn: PINNED } };
    const status = { writes: { 'schedules/scheduler/register': write } };
    expect(kinds(planFresh({ tasks: [DAILY], status }))).toEqual(['putRule', 'putTargets']);
    expect(kinds(plan({ tasks: [DAILY] }))).toEqual(['putRule', 'putTargets']);
  });

  it('is looked for before another one is registered', () => {
    const planned = plan({ tasks: [DAILY], source: moved });
    expect(planned).toMatchObject({ actions: [], wakeAt: NOW });
    expect(planned.memory).not.toHaveProperty('revision');
  });

  it('is not made while reads may still show what was so before the last one', () => {
    const write = { digest: 'another', at: NOW - 4_999, sent: 1, seen: true, corrections: [] };
    const resting = (at: number) => {
      const status = { writes: { 'schedules/scheduler/register': { ...write, at } } };
      const facts = { rules: found(rulesOf([DAILY])), newest: NEWEST };
      return plan({ tasks: [DAILY], facts, memory: { rules: seen([DAILY]) }, source: moved, status });
    };
    expect(resting(NOW - 4_999)).toMatchObject({
      actions: [],
      differences: [{ path: 'schedules/scheduler/revision', observed: PINNED }],
      memory: { revision: { arn: PINNED } },
      wakeAt: NOW + 1,
    });
    expect(kinds(resting(NOW - 5_000))).toEqual(['registerScheduler', 'putTargets', 'putRule']);
  });

  it('is registered again when somebody deregistered it', () => {
    const older = found(newest({ revision: 3, tags: {} }));
    const memory = { revision: { ...REVISION, at: NOW - 3_600_000 } };
    expect(kinds(plan({ tasks: [DAILY], facts: { newest: older }, memory }))).toEqual([
      'registerScheduler',
      'putRule',
      'putTargets',
    ]);
  });

  it('is not made while its family cannot be read; rules go on with what they have', () => {
    const facts: Options['facts'] = { rules: found(rulesOf([DAILY])), newest: unreadable(THROTTLED) };
    const planned = plan({ tasks: [DAILY], facts, memory: { rules: seen([DAILY]) }, source: moved });
    expect(planned).toMatchObject({
      actions: [],
      conditions: [{ type: 'Readable', resource: 'task definition shop-scheduler' }],
      memory: { revision: REVISION, rules: seen([DAILY]) },
    });
  });

  it('has the size that the scheduler’s entry of scaling says', () => {
    const { scaling } = someDesired({ documents: { scaling: { scheduler: { cpu: 1024, memory: 2048 } } } });
    const planned = plan({ tasks: [DAILY], facts: { newest: NEWEST }, input: { scaling } });
    expect(planned.actions[0]).toMatchObject({ edits: { size: { cpu: 1024, memory: 2048 } } });
  });

  it('keeps its size while that entry goes with nothing', () => {
    const { scaling } = someDesired({ documents: { scaling: { scheduler: { memory: 700 } } } });
    const planned = plan(steady([DAILY], { facts: { newest: NEWEST }, input: { scaling } }));
    expect(planned).toMatchObject({
      actions: [],
      conditions: [{ reason: 'InvalidSize', path: 'scheduler.memory' }],
      memory: { revision: REVISION },
    });
  });

  it('runs commands through the launcher where AppPack’s shell says that buildpacks made the image', () => {
    const { launcher: _unknown, ...source } = someSourceFacts();
    const sources = [source];
    const shell = found({ 'apppack:appName': 'shop', 'apppack:buildSystem': 'buildpacks' });
    const asked = (tags: Reading<Tags>) =>
      planFresh({ tasks: [DAILY], facts: { sources, newest: ABSENT, shell: tags } });
    expect(asked(shell).actions[0]).toMatchObject({ edits: { launcher: true } });
    expect(asked(shell).actions[1]).toMatchObject({ content: { place: { form: { wrap: 'single' } } } });
    expect(asked(found({ team: 'shop' })).actions[0]).toMatchObject({ edits: { launcher: false } });
  });
});

describe('an account that is full', () => {
  const refused = {
    type: 'Applied' as const,
    status: 'False' as const,
    reason: 'LimitExceededException',
    message: '',
    resource: `rule ${nameOf(HOURLY)}`,
    since: NOW,
  };
  const facts = { rules: found(rulesOf([DAILY])) };
  const memory = { rules: seen([DAILY]) };
  const full = plan({ tasks: [DAILY, HOURLY], facts, memory, status: { conditions: [refused] } });

  it('is left in peace for an hour, and the rule that is there goes on', () => {
    expect(full).toMatchObject({
      actions: [],
      conditions: [{ type: 'Supported', status: 'False', reason: 'QuotaReached' }],
      wakeAt: NOW + 3_600_000,
    });
    expect(full.memory).toMatchObject({ rules: seen([DAILY]) });
    const next = { tasks: [DAILY, HOURLY], facts };
    const remembered = full.memory as Options['memory'];
    expect(plan({ ...next, memory: remembered ?? {}, now: NOW + 3_599_000 }).actions).toEqual([]);
    expect(kinds(plan({ ...next, memory: remembered ?? {}, now: NOW + 3_600_000 }))).toEqual([
      'putRule',
      'putTargets',
    ]);
  });

  it('is asked again when something else is wanted or a rule of the app goes', () => {
    const remembered = full.memory as Options['memory'];
    const other = plan({ tasks: [DAILY, ...many(1, 30)], facts, memory: remembered ?? {} });
    expect(kinds(other)).toEqual(['putRule', 'putTargets']);
    const less = plan({ tasks: [HOURLY], facts, memory: remembered ?? {} });
    expect(kinds(less)).toEqual(['deleteRule', 'putRule', 'putTargets']);
  });
});

describe('looking at targets all the same', () => {
  const hours = (count: number) => count * 3_600_000;

  it('takes the rule that was looked at longest ago, one at a time', () => {
    const rules = [...seen([DAILY], NOW - hours(7)), ...seen([HOURLY], NOW - hours(8))];
    const planned = plan(steady([DAILY, HOURLY], { facts: { checkEveryMs: hours(6) }, memory: { rules } }));
    expect(planned).toMatchObject({
      actions: [],
      memory: { checking: nameOf(HOURLY) },
      wakeAt: NOW + 60_000,
    });
  });

  it('remembers when it looked, and goes on to the next', () => {
    const rules = [...seen([DAILY], NOW - hours(7)), ...seen([HOURLY], NOW - hours(8))];
    const targets = { [nameOf(HOURLY)]: found(targetsOf([HOURLY])[nameOf(HOURLY)] ?? []) };
    const facts = { checkEveryMs: hours(6), targets, newest: NEWEST };
    const planned = plan(steady([DAILY, HOURLY], { facts, memory: { rules, checking: nameOf(HOURLY) } }));
    expect(planned.memory).toMatchObject({ checking: nameOf(DAILY) });
    expect(planned.memory).toMatchObject({ rules: [{ at: NOW - hours(7) }, { at: NOW }] });
  });

  it('is off when it is switched off', () => {
    const rules = seen([DAILY], NOW - hours(1000));
    expect(plan(steady([DAILY], { memory: { rules } })).memory).not.toHaveProperty('checking');
  });
});
