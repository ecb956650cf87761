import { describe, expect, it } from 'vitest';
import {
  CPU_METRIC,
  normalPolicy,
  type ObservedPolicy,
  type ScalingFacts,
} from '../../../../src/controllers/app/autoscaling/observed.ts';
import { autoscaledProcesses, planAutoscaling } from '../../../../src/controllers/app/autoscaling/plan.ts';
import { ABSENT, found, unreadable, valueIn } from '../../../../src/reconcile/reading.ts';
import { DENIED, someDesired, someNames, someService, THROTTLED } from '../builders.ts';

const OURS = 'trimtab:/apppack/apps/shop';
const RESOURCE = 'service/production/shop-web';
const ours: ObservedPolicy = { name: OURS, metric: CPU_METRIC, targetValue: 50, scalesIn: true };
const theirs: ObservedPolicy = {
  name: 'memory',
  metric: 'ECSServiceAverageMemoryUtilization',
  targetValue: 70,
  scalesIn: true,
};

interface Options {
  readonly app?: string;
  readonly min?: number;
  readonly max?: number;
  readonly count?: number;
  /** `null` when there is no target. */
  readonly target?: { readonly min: number; readonly max: number } | null;
  readonly policies?: readonly ObservedPolicy[];
  readonly actions?: readonly string[];
  readonly facts?: Partial<ScalingFacts>;
  readonly settings?: unknown;
}

function inputOf(options: Options) {
  const { min, max, target = { min: 2, max: 6 }, policies = [ours], actions = [], count = 2 } = options;
  const entry = {
    ...(min === undefined ? {} : { min_processes: min }),
    ...(max === undefined ? {} : { max_processes: max }),
  };
  const documents = { scaling: { web: entry }, settings: options.settings };
  const { scaling, settings } = someDesired({
    ...(options.app === undefined ? {} : { app: options.app }),
    documents,
  });
  const service = valueIn(someService('web', { service: { desiredCount: count } }).reading);
  const [wish] = scaling.wishes;
  if (service === undefined || wish === undefined) throw new Error('the builders give both');
  const known = target === null ? {} : { policies: found(policies), scheduledActions: found(actions) };
  const facts: ScalingFacts = {
    resourceId: RESOURCE,
    target: target === null ? ABSENT : found(target),
    ...known,
    ...options.facts,
  };
  return {
    facts: { services: { web: facts }, cpuTarget: 50 },
    services: [{ process: 'web', service, wish }],
    settings,
    names: someNames(options.app),
  };
}

const plan = (options: Options) => planAutoscaling(inputOf(options));
const isAutoscaled = (options: Options) => {
  const { facts, services, names } = inputOf(options);
  return autoscaledProcesses(
    facts,
    services.map(({ wish }) => wish),
    names,
  ).has('web');
};
const range = { min: 2, max: 6 };

describe('a range', () => {
  it('is registered with both bounds, and then gets a policy that follows the CPU', () => {
    expect(plan({ ...range, target: null })).toMatchObject({
      actions: [
        { id: 'autoscaling/web/target', type: 'registerTarget', resourceId: RESOURCE, min: 2, max: 6 },
        {
          id: 'autoscaling/web/policy',
          type: 'putPolicy',
          policy: OURS,
          targetValue: 50,
          after: ['autoscaling/web/target'],
        },
      ],
      differences: [
        { path: 'autoscaling/web', desired: '2-6', observed: 'absent' },
        { path: 'autoscaling/web/policy', observed: 'absent' },
      ],
      conditions: [],
    });
  });

  it.each([2, 3, 6])('leaves a count of %i to the autoscaler', (count) => {
    expect(plan({ ...range, count })).toMatchObject({ actions: [], differences: [], conditions: [] });
    expect(isAutoscaled({ ...range, count })).toBe(true);
  });

  it.each([
    [1, 2],
    [9, 6],
  ])('brings a count of %i inside by registering the same bounds again', (count, nearest) => {
    expect(plan({ ...range, count })).toMatchObject({
      actions: [{ type: 'registerTarget', min: 2, max: 6 }],
      differences: [{ path: 'services/web/desiredCount', desired: nearest, observed: count }],
    });
  });

  it('changes both bounds at once, and nothing else', () => {
    const planned = plan({ min: 3, max: 9, count: 4 });
    expect(planned.actions).toMatchObject([{ type: 'registerTarget', min: 3, max: 9 }]);
    expect(JSON.stringify(planned.actions)).not.toContain('uspended');
    expect(planned.differences).toEqual([
      { path: 'autoscaling/web/min', desired: 3, observed: 2 },
      { path: 'autoscaling/web/max', desired: 9, observed: 6 },
    ]);
  });

  it.each([
    ['is missing', []],
    ['follows something else', [{ ...ours, metric: 'ECSServiceAverageMemoryUtilization' }]],
    ['aims at something else', [{ ...ours, targetValue: 80 }]],
    ['was kept from scaling in', [{ ...ours, scalesIn: false }]],
    ['follows a metric of one’s own', [{ name: OURS, scalesIn: true }]],
  ])('puts our policy where it %s', (_what, policies) => {
    expect(plan({ ...range, policies }).actions).toMatchObject([{ type: 'putPolicy', targetValue: 50 }]);
  });

  it('aims at what the settings say', () => {
    expect(plan({ ...range, settings: { cpu_target: 70 } }).actions).toMatchObject([{ targetValue: 70 }]);
    expect(
      plan({ ...range, policies: [{ ...ours, targetValue: 70 }], settings: { cpu_target: 70 } }).actions,
    ).toEqual([]);
  });

  it('leaves the policy as it is while the settings that may say it cannot be read', () => {
    const settings = unreadable(THROTTLED);
    expect(plan({ ...range, policies: [{ ...ours, targetValue: 70 }], settings }).actions).toEqual([]);
    expect(plan({ ...range, target: null, settings }).actions).toMatchObject([{ type: 'registerTarget' }]);
  });

  it('is warned of when it begins at zero, and that is no problem', () => {
    const planned = plan({ min: 0, max: 6, target: { min: 0, max: 6 }, count: 0 });
    expect(planned).toMatchObject({
      actions: [],
      conditions: [{ type: 'Valid', status: 'True', reason: 'ScalesFromZero', path: 'web.min_processes' }],
    });
  });

  it('does not scale review apps', () => {
    expect(plan({ app: 'shop:7', ...range, facts: { target: ABSENT } })).toMatchObject({
      actions: [],
      conditions: [{ status: 'True', reason: 'NotAutoscaled' }],
    });
    expect(isAutoscaled({ app: 'shop:7', ...range })).toBe(false);
  });

  it.each([{ min: 2 }, { max: 6 }])('says nothing when it is open: %j', (open) => {
    expect(plan(open)).toMatchObject({ actions: [], conditions: [] });
    expect(isAutoscaled(open)).toBe(false);
  });
});

describe('a target of somebody else’s', () => {
  it('gets the bounds and no second policy, which is no problem', () => {
    expect(plan({ min: 3, max: 9, count: 4, policies: [theirs] })).toMatchObject({
      actions: [{ type: 'registerTarget', min: 3, max: 9 }],
      conditions: [{ type: 'Owned', status: 'True', reason: 'ForeignPolicy' }],
    });
  });

  it('keeps our policy beside a later one', () => {
    const policies = [theirs, { ...ours, targetValue: 80 }];
    expect(plan({ ...range, policies })).toMatchObject({ actions: [{ type: 'putPolicy' }], conditions: [] });
  });

  it('keeps bounds that scheduled actions move', () => {
    expect(plan({ min: 3, max: 9, actions: ['night'] })).toMatchObject({
      actions: [],
      differences: [],
      conditions: [{ type: 'Owned', status: 'False', reason: 'Contested' }],
    });
    expect(plan({ ...range, actions: ['night'] }).conditions).toEqual([]);
  });

  it.each([
    ['a policy', { policies: [theirs] }],
    ['a policy beside ours', { policies: [ours, theirs] }],
    ['our policy of another installation', { policies: [{ ...ours, name: 'trimtab:/other/apps/shop' }] }],
    ['a scheduled action', { actions: ['night'] }],
  ])('is never deregistered: %s', (_what, options) => {
    const planned = plan({ min: 4, max: 4, ...options });
    expect(planned).toMatchObject({
      actions: [],
      conditions: [{ type: 'Owned', status: 'False', reason: 'Contested' }],
    });
    expect(planned.conditions[0]?.message).toContain(`deregister-scalable-target --service-namespace ecs`);
    expect(isAutoscaled({ min: 4, max: 4, ...options })).toBe(true);
  });
});

describe('a fixed count', () => {
  it('takes our target away', () => {
    expect(plan({ min: 4, max: 4 })).toMatchObject({
      actions: [
        { id: 'autoscaling/web/remove', type: 'deregisterTarget', resourceId: RESOURCE, deletes: true },
      ],
      differences: [{ path: 'autoscaling/web', desired: 'absent', observed: '2-6' }],
      deletionsAsked: true,
    });
    expect(isAutoscaled({ min: 4, max: 4 })).toBe(false);
  });

  it('takes a target away that has no policy yet: a crash may have come between', () => {
    expect(plan({ min: 4, max: 4, policies: [] }).actions).toMatchObject([{ type: 'deregisterTarget' }]);
  });

  it('needs nothing where there is none', () => {
    expect(plan({ min: 4, max: 4, target: null })).toMatchObject({
      actions: [],
      differences: [],
      conditions: [],
    });
  });
});

describe('what cannot be read', () => {
  it.each<[string, Partial<ScalingFacts>]>([
    ['the target', { target: unreadable(DENIED) }],
    ['its policies', { policies: unreadable(DENIED) }],
    ['its scheduled actions', { scheduledActions: unreadable(DENIED) }],
  ])('takes nothing away, and is told: %s', (_what, facts) => {
    const planned = plan({ min: 4, max: 4, facts });
    expect(planned).toMatchObject({
      actions: [],
      conditions: [{ type: 'Readable', status: 'False', reason: 'AccessDeniedException' }],
    });
    expect(isAutoscaled({ min: 4, max: 4, facts })).toBe(false);
  });

  it.each<[string, Partial<ScalingFacts>]>([
    ['the target', { target: unreadable(THROTTLED) }],
    ['its scheduled actions', { scheduledActions: unreadable(THROTTLED) }],
  ])('changes no bounds: %s', (_what, facts) => {
    expect(plan({ min: 3, max: 9, facts }).actions).toEqual([]);
  });

  it('puts no policy that may be there', () => {
    expect(plan({ ...range, facts: { policies: unreadable(THROTTLED) } }).actions).toEqual([]);
  });
});

it('takes AWS’s answer for what it says', () => {
  expect(
    normalPolicy({
      PolicyName: OURS,
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 50,
        PredefinedMetricSpecification: { PredefinedMetricType: CPU_METRIC },
      },
    }),
  ).toEqual(ours);
  expect(normalPolicy({ PolicyName: 'step' })).toEqual({ name: 'step', scalesIn: true });
});
