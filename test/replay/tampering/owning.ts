import { instantAt } from '../kit.ts';
import {
  byHand,
  call,
  foreign,
  SHOP_ARN,
  SHOP_TARGET,
  type Tampering,
  withCalls,
  withChanges,
  withPass,
} from './kit.ts';

/** Writes of what is not to be touched. */
export const OWNING: readonly Tampering[] = [
  ['I9', "a service bears somebody else's mark", foreign, /bears the mark of \/other\/apps\/shop/],
  [
    'I9',
    'a service is nobody’s',
    (e) => withCalls(e, call({ input: { cluster: 'main', service: 'stranger-web', desiredCount: 0 } })),
    /stranger-web at 700 s, which no mark and no record claims/,
  ],
  [
    'I9',
    'a service is written that somebody marked meanwhile',
    (e) => {
      const tags = [{ key: 'trimtab:owner', value: '/elsewhere/apps/shop' }];
      return withCalls(
        withChanges(e, byHand(650, 'ecs', 'TagResource', { resourceArn: SHOP_ARN, tags })),
        call({}),
      );
    },
    /UpdateService of service main\/shop-web at 700 s, which bears the mark of \/elsewhere\/apps\/shop/,
  ],
  [
    'I9',
    'a service is written that has the mark of another app',
    (e) => {
      const tags = [{ key: 'trimtab:owner', value: '/apppack/apps/other' }];
      return withCalls(
        withChanges(e, byHand(650, 'ecs', 'TagResource', { resourceArn: SHOP_ARN, tags })),
        call({}),
      );
    },
    /which bears the mark of \/apppack\/apps\/other/,
  ],
  [
    'I9',
    'a rule is written that somebody made his own',
    (e) =>
      withCalls(
        withChanges(e, byHand(650, 'events', 'PutRule', { Name: 'shop-nightly', Description: 'by hand' })),
        call({ service: 'events', operation: 'DeleteRule', input: { Name: 'shop-nightly' } }),
      ),
    /DeleteRule of rule shop-nightly at 700 s, which is somebody else's/,
  ],
  [
    'I9',
    'a revision of a family is registered that is nobody’s',
    (e) => withCalls(e, call({ operation: 'RegisterTaskDefinition', input: { family: 'billing' } })),
    /RegisterTaskDefinition of family billing at 700 s, which no mark and no record claims/,
  ],
  [
    'I9',
    "a scalable target goes with somebody else's policy",
    (e) =>
      withCalls(
        withChanges(
          e,
          byHand(650, 'autoscaling', 'PutScalingPolicy', { ResourceId: SHOP_TARGET, PolicyName: 'by-hand' }),
        ),
        call({
          service: 'autoscaling',
          operation: 'DeregisterScalableTarget',
          input: { ResourceId: SHOP_TARGET },
        }),
      ),
    /DeregisterScalableTarget of service main\/shop-web at 700 s, which has somebody else's policies/,
  ],
  [
    'I9',
    'a parameter of an app is put',
    (e) =>
      withCalls(
        e,
        call({ service: 'ssm', operation: 'PutParameter', input: { Name: '/apppack/apps/shop/scaling' } }),
      ),
    /PutParameter of .* at 700 s, which is no parameter of a review app/,
  ],
  [
    'I12',
    'something is written in observe mode',
    (e) => ({ ...e, snapshot: { ...e.snapshot, settings: { mode: 'observe' } } }),
    /in observe mode/,
  ],
  [
    'I12',
    'a paused app is written',
    (e) => withPass(e, { paused: 'moving' }),
    /shop was written at 800 s although it is paused/,
  ],
  [
    'I12',
    'an app is written that a parameter pauses, whatever its report says',
    (e) =>
      withChanges(withPass(e, {}), {
        at: instantAt(700),
        type: 'put',
        name: '/apppack/apps/shop/paused',
        value: 'moving',
      }),
    /shop was written at 800 s although it is paused/,
  ],
];
