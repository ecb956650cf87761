import { describe, expect, it } from 'vitest';
import type { AppAction } from '../../../src/controllers/app/actions.ts';
import { guardDeletions } from '../../../src/controllers/app/guard.ts';
import { planApp } from '../../../src/controllers/app/plan.ts';
import type { ServiceFacts } from '../../../src/controllers/app/services/observed.ts';
import { inOrder } from '../../../src/controllers/app/subplan.ts';
import { type Action, planDigest } from '../../../src/reconcile/plan.ts';
import { ABSENT, found, unreadable } from '../../../src/reconcile/reading.ts';
import {
  DENIED,
  type FactsOptions,
  NOW,
  someContext,
  someFacts,
  someService,
  THROTTLED,
  unmarkedService,
} from './builders.ts';
import { someSourceFacts } from './schedules/kit.ts';

type Status = Parameters<typeof someContext>[0];

const plan = (options: FactsOptions, status: Status = {}, now = NOW) =>
  planApp(someFacts(options), someContext(status, { now }));
const writes = (actions: readonly AppAction[]) => actions.filter(({ type }) => type !== 'indexService');
const two = { web: { min_processes: 2, max_processes: 2 } };

describe('planning an app', () => {
  it('is the same for the same facts, and data through and through', () => {
    const options = {
      documents: { scaling: { web: { cpu: 512, memory: 1024 } } },
      services: [someService()],
    };
    const facts = someFacts(options);
    const copy = JSON.parse(JSON.stringify(facts));
    expect(planApp(copy, someContext())).toEqual(planApp(facts, someContext()));
    expect(JSON.parse(JSON.stringify(planApp(facts, someContext())))).toEqual(planApp(facts, someContext()));
  });

  it('remembers the same when nothing changed, so that nothing is stored', () => {
    const options = {
      documents: { scaling: two, settings: { cluster: 'production', deletion_policy: 'delete' } },
      services: [someService('web', { service: { desiredCount: 2 } })],
    };
    const first = plan(options);
    const second = plan(options, { memory: first.memory }, NOW + 60_000);
    expect(second.memory).toEqual(first.memory);
  });

  it('asks and writes nothing for a name that can be no app', () => {
    const facts = { state: 'misnamed' as const, app: 'a'.repeat(300), problem: 'it has 300 characters' };
    const result = planApp(facts, someContext());
    expect(result).toMatchObject({
      actions: [],
      differences: [],
      conditions: [{ type: 'Valid', status: 'False', reason: 'InvalidName' }],
    });
    expect(result.conditions[0]?.message.length).toBeLessThan(400);
  });

  it('reads, plans and reports a paused app, and says why it is not written', () => {
    const result = plan({ documents: { scaling: two, paused: 'incident 12' }, services: [someService()] });
    expect(result.paused).toBe('incident 12');
    expect(result.differences).toHaveLength(1);
  });

  it('writes nothing while it cannot be read whether the app is paused', () => {
    const result = plan({
      documents: { scaling: two, paused: unreadable(DENIED) },
      services: [someService()],
    });
    expect(result).toMatchObject({
      actions: [],
      conditions: [{ type: 'Readable', parameter: '/apppack/apps/shop/paused' }],
    });
    expect(result).not.toHaveProperty('paused');
  });

  it('comes back no sooner than what cannot be read is tried again, whatever goes on meanwhile', () => {
    const services = [someService('web', { service: { status: 'DRAINING' } })];
    expect(plan({ documents: { scaling: two }, services })).toHaveProperty('wakeAt');
    const documents = { scaling: two, paused: unreadable(DENIED) };
    expect(plan({ documents, services })).not.toHaveProperty('wakeAt');
  });

  it('takes no other service for web, whose image scheduled tasks run, while web cannot be read', () => {
    const [web, worker] = [someService('web'), someService('worker')];
    const planned = (services: readonly ServiceFacts[]) => {
      const sources = services.flatMap(({ process, reading }) =>
        reading.state === 'found' ? [someSourceFacts({ process })] : [],
      );
      return plan({
        documents: {
          scaling: { web: {}, worker: {} },
          scheduledTasks: [{ schedule: '0 3 * * ? *', command: 'clean up' }],
          settings: { cluster: 'production', events_role_arn: 'arn:aws:iam::123456789012:role/events' },
        },
        services,
        schedules: { sources, newest: ABSENT, shell: ABSENT },
      });
    };
    const types = (services: readonly ServiceFacts[]) =>
      writes(planned(services).actions).map(({ type }) => type);
    expect(types([worker])).toEqual(['registerScheduler', 'putRule', 'putTargets']);
    const unread: readonly ServiceFacts[] = [{ ...web, reading: unreadable(DENIED) }, worker];
    expect(types(unread)).toEqual([]);
    expect(planned(unread).conditions).toMatchObject([{ type: 'Readable', resource: 'service shop-web' }]);
  });

  it('keeps sizes and counts while scaling is denied, whatever else is there', () => {
    const documents = { scaling: unreadable(DENIED), settings: { cluster: 'production' } };
    const result = plan({ documents, services: [someService()], config: ['A'] });
    const asked = writes(result.actions);
    expect(asked.map(({ type }) => type)).toEqual(['registerTaskDefinition', 'updateService']);
    expect(asked[0]).toMatchObject({ edits: { secrets: { put: [{ name: 'A' }] } } });
    expect(asked[0]).not.toHaveProperty('edits.size');
    expect(asked[1]).not.toHaveProperty('desiredCount');
    expect(result.conditions).toMatchObject([{ type: 'Readable', reason: 'AccessDeniedException' }]);
  });
});

describe('parameters that concern no service', () => {
  it.each([
    ['settings alone', { documents: { settings: { cluster: 'production' } } }],
    ['config alone', { config: ['DATABASE_URL'] }],
    ['schedules alone', { documents: { scheduledTasks: [] } }],
    ['an empty scaling', { documents: { scaling: {} } }],
  ])('get the scaling to put: %s', (_name, options) => {
    const result = plan(options);
    expect(result).toMatchObject({ actions: [], differences: [] });
    expect(result.conditions).toMatchObject([
      { type: 'Owned', status: 'False', reason: 'NoScaling', parameter: '/apppack/apps/shop/scaling' },
    ]);
    expect(result.conditions[0]?.message).toContain(
      `aws ssm put-parameter --name /apppack/apps/shop/scaling --type String --overwrite --value '{"web":{"cpu":256,"memory":512,"min_processes":1,"max_processes":1}}'`,
    );
  });

  it('get the numbers that the service has, so that typing them changes nothing', () => {
    const web = unmarkedService('web', {
      service: { tags: {}, desiredCount: 4 },
      revision: { cpu: 1024, memory: 4096 },
    });
    const { conditions } = plan({ config: ['A'], services: [web] });
    const command = /--value '(.*)'/.exec(conditions[0]?.message ?? '')?.[1] ?? '';
    expect(command).toBe('{"web":{"cpu":1024,"memory":4096,"min_processes":4,"max_processes":4}}');
    expect(plan({ documents: { scaling: command }, services: [web] })).toMatchObject({
      differences: [],
      conditions: [],
    });
  });

  it('are no problem once a service is claimed by its mark', () => {
    expect(plan({ config: ['A'], services: [someService()] }).conditions).toEqual([]);
  });

  it('are told where to say the cluster when nobody knows it', () => {
    const { conditions } = plan({ documents: { scaling: two }, cluster: null });
    expect(conditions).toMatchObject([
      { type: 'Valid', reason: 'NoCluster', parameter: '/apppack/apps/shop/settings' },
    ]);
    expect(conditions[0]?.message).toContain('--name /apppack/apps/shop/settings');
  });
});

describe('an app that is gone', () => {
  const settings = { cluster: 'production', deletion_policy: 'delete' };
  const services = [someService('web'), unmarkedService('worker')];
  const remembering = (document: unknown) =>
    plan({ documents: { scaling: {}, settings: document }, services }).memory;

  it('keeps its services, for nobody said they should go', () => {
    const result = plan({ services });
    expect(writes(result.actions)).toEqual([]);
    expect(result).not.toHaveProperty('gone');
    expect(result.conditions).toMatchObject([
      { type: 'Active', status: 'True', reason: 'Retained', resource: 'service shop-web' },
    ]);
    expect(writes(plan({ services }, { memory: remembering({ cluster: 'production' }) }).actions)).toEqual(
      [],
    );
  });

  it('loses those that carry its mark when its settings said so', () => {
    const result = plan({ services }, { memory: remembering(settings) });
    expect(writes(result.actions)).toMatchObject([
      { id: 'services/web/delete', type: 'deleteService', deletes: true },
    ]);
    expect(result.differences).toEqual([{ path: 'services/web', desired: 'absent', observed: 'ACTIVE' }]);
  });

  it('still loses them when its settings went first and the rest a minute later', () => {
    const lost = plan({ documents: { scaling: {} }, services }, { memory: remembering(settings) });
    const gone = plan({ services }, { memory: lost.memory }, NOW + 60_000);
    expect(writes(gone.actions)).toHaveLength(1);
    const later = plan({ services }, { memory: gone.memory }, NOW + 86_400_000);
    expect(writes(later.actions)).toHaveLength(1);
  });

  it('keeps them when the settings were taken back long before', () => {
    const lost = plan({ documents: { scaling: {} }, services }, { memory: remembering(settings) });
    expect(writes(plan({ services }, { memory: lost.memory }, NOW + 3_600_000).actions)).toEqual([]);
  });

  it('keeps them when settings were put last that nobody came to read', () => {
    const memory = remembering(settings);
    const told = (at: number) => writes(plan({ services, settingsToldAt: at }, { memory }).actions);
    expect(told(NOW - 30_000)).toEqual([]);
    // The event of the very settings that said so, once more.
    expect(told(Math.floor((NOW - 60_000) / 1000) * 1000)).toHaveLength(1);
  });

  it('keeps them when it was told of later settings while reads still showed the earlier ones', () => {
    const stale = { documents: { settings }, services, settingsToldAt: NOW - 1_000 };
    const { memory } = plan(stale, { memory: remembering(settings) });
    expect(writes(plan({ services }, { memory }, NOW + 2_000).actions)).toEqual([]);
    const { memory: shown } = plan(
      { ...stale, settingsToldAt: NOW - 60_000 },
      { memory: remembering(settings) },
    );
    expect(writes(plan({ services }, { memory: shown }, NOW + 2_000).actions)).toHaveLength(1);
  });

  it('keeps them when a later event took the place of the one that told, and reads still show the earlier', () => {
    const stale = { documents: { settings }, services };
    const told = plan({ ...stale, settingsToldAt: NOW - 1_000 }, { memory: remembering(settings) });
    const { memory } = plan(stale, { memory: told.memory }, NOW + 1_000);
    expect(writes(plan({ services }, { memory }, NOW + 2_000).actions)).toEqual([]);
  });

  it('forgets that it was told of settings as soon as it reads those, or later ones', () => {
    const { memory } = plan({ services, settingsToldAt: NOW - 90_000 }, { memory: remembering(settings) });
    expect(memory).toMatchObject({ settingsToldAt: NOW - 90_000 });
    const read = plan({ documents: { settings }, services }, { memory });
    expect(read.memory).not.toHaveProperty('settingsToldAt');
    expect(writes(plan({ services }, { memory: read.memory }, NOW + 2_000).actions)).toHaveLength(1);
  });

  it.each<[string, FactsOptions]>([
    ['scaling is denied', { documents: { scaling: unreadable(DENIED) } }],
    ['config is only partly listed', { config: THROTTLED }],
    ['the deployment record is throttled', { deployStatus: unreadable(THROTTLED) }],
    ['settings are throttled', { documents: { settings: unreadable(THROTTLED) } }],
  ])('is not gone while %s', (_name, options) => {
    const result = plan({ ...options, services }, { memory: remembering(settings) });
    expect(writes(result.actions)).toEqual([]);
    expect(result).not.toHaveProperty('gone');
  });

  it('is forgotten once nothing of it is left', () => {
    expect(plan({})).toMatchObject({ gone: true, actions: [], conditions: [] });
    const missing = { process: 'web', service: 'shop-web', reading: ABSENT };
    expect(plan({ services: [missing] })).toMatchObject({ gone: true });
    const hidden = { process: 'web', service: 'shop-web', reading: unreadable<never>(THROTTLED) };
    expect(plan({ services: [hidden] })).not.toHaveProperty('gone');
    const draining = someService('web', { service: { status: 'DRAINING' } });
    expect(plan({ services: [draining] })).not.toHaveProperty('gone');
  });
});

describe('the deletion guard', () => {
  const fleet = (count: number) => Array.from({ length: count }, (_, index) => someService(`p${index}`));
  const memory = plan({ documents: { settings: { deletion_policy: 'delete' }, scaling: {} } }).memory;

  it('lets five services go and holds six', () => {
    expect(writes(plan({ services: fleet(5) }, { memory }).actions)).toHaveLength(5);
    const held = plan({ services: fleet(6) }, { memory });
    expect(writes(held.actions)).toEqual([]);
    expect(held.held?.actions).toHaveLength(6);
    expect(held.held?.reason).toContain('trimtab approve shop');
    expect(held).not.toHaveProperty('gone');
  });

  it('lets exactly the approved plan pass', () => {
    const held = plan({ services: fleet(6) }, { memory });
    const approved = planDigest([...held.actions, ...(held.held?.actions ?? [])]);
    const passed = plan({ services: fleet(6) }, { memory, approved });
    expect(passed).not.toHaveProperty('held');
    expect(writes(passed.actions)).toHaveLength(6);
    expect(plan({ services: fleet(7) }, { memory, approved }).held?.actions).toHaveLength(7);
  });

  const deletion = (index: number): Action => ({
    id: `rules/${index}/delete`,
    type: 'deleteRule',
    resource: 'rule',
    deletes: true,
  });
  const rules = Array.from({ length: 6 }, (_, index) => deletion(index));

  it('minds only what is more than half, and not what was asked for in so many words', () => {
    const part = { actions: rules, differences: [], conditions: [] };
    expect(guardDeletions({ rules: { ...part, marked: 12 } }, rules, undefined, 'shop')).toEqual({
      actions: rules,
    });
    expect(
      guardDeletions({ rules: { ...part, marked: 11 } }, rules, undefined, 'shop').held?.actions,
    ).toEqual(rules);
    const asked = { rules: { ...part, marked: 6, deletionsAsked: true } };
    expect(guardDeletions(asked, rules, undefined, 'shop')).toEqual({ actions: rules });
  });

  it('holds what comes after a held deletion, and lets the rest go', () => {
    const [first] = rules;
    const dependent: Action = { id: 'later', type: 'x', resource: 'x', after: [first?.id ?? ''] };
    const further: Action = { id: 'further', type: 'x', resource: 'x', after: ['later'] };
    const other: Action = { id: 'other', type: 'x', resource: 'x' };
    const all = [...rules, dependent, further, other];
    const parts = { rules: { actions: rules, differences: [], conditions: [], marked: 6 } };
    expect(guardDeletions(parts, all, undefined, 'shop')).toMatchObject({
      actions: [other],
      held: { actions: [...rules, dependent, further] },
    });
  });
});

describe('the order of actions', () => {
  const action = (id: string, ...after: string[]): Action => ({ id, type: 'x', resource: 'x', after });

  it('puts each after what it names, across resources, and drops what is not planned', () => {
    const ordered = inOrder([action('update', 'remove', 'tag'), action('tag'), action('remove', 'nobody')]);
    expect(ordered.map(({ id }) => id)).toEqual(['remove', 'tag', 'update']);
    expect(ordered.find(({ id }) => id === 'remove')).not.toHaveProperty('after');
    expect(ordered.find(({ id }) => id === 'update')?.after).toEqual(['remove', 'tag']);
  });

  it('keeps the given order otherwise', () => {
    expect(inOrder([action('b'), action('a'), action('c')]).map(({ id }) => id)).toEqual(['b', 'a', 'c']);
  });
});

it('tells a deployment record that names services from nothing named', () => {
  const deployStatus = found({ value: { processes: [{ name: 'web' }] } });
  expect(plan({ config: ['A'], deployStatus }).conditions).toEqual([]);
});
