import { instantAt } from '../kit.ts';
import {
  byHand,
  call,
  condition,
  deletionOf,
  SETTINGS,
  SHOP_ARN,
  type Tampering,
  withCalls,
  withChanges,
  withPass,
} from './kit.ts';

/** Deletions that nobody asked for. */
export const DELETING: readonly Tampering[] = [
  [
    'I10',
    'a deletion follows from a failed read',
    (e) =>
      withPass(e, {
        actions: [
          {
            type: 'applied',
            result: undefined,
            action: { id: 'x', type: 'deleteRule', resource: 'rule x', deletes: true },
          },
        ],
        conditions: [
          {
            ...condition(1),
            type: 'Readable',
            reason: 'ThrottlingException',
            parameter: '/apppack/apps/shop/scheduled-tasks',
          },
        ],
      }),
    /deleted rule x at 800 s although it could not read all: ThrottlingException/,
  ],
  [
    'I10',
    'many deletions pass without a person',
    (e) =>
      withPass(e, {
        actions: Array.from({ length: 6 }, (_, index) => ({
          type: 'applied' as const,
          result: undefined,
          action: { id: `x${index}`, type: 'deleteRule', resource: `rule x${index}`, deletes: true },
        })),
      }),
    /shop deleted 6 of 0 rules at 800 s that nobody let pass/,
  ],
  [
    'I10',
    'a rule is deleted for a list that makes no sense',
    (e) =>
      withPass(e, {
        actions: [deletionOf('rule x')],
        conditions: [{ ...condition(1), parameter: '/apppack/apps/shop/scheduled-tasks' }],
      }),
    /shop deleted rule x at 800 s although it could not read all: InvalidSize/,
  ],
  [
    'I10',
    'a service is deleted that could not be read',
    (e) =>
      withPass(e, {
        actions: [deletionOf('service shop-web')],
        conditions: [
          { ...condition(1), type: 'Readable', reason: 'ServerException', resource: 'service shop-web' },
        ],
      }),
    /shop deleted service shop-web at 800 s although it could not read all: ServerException/,
  ],
  [
    'I10',
    'an empty list lets rules go, but no services',
    (e) =>
      withChanges(
        withPass(e, {
          actions: Array.from({ length: 6 }, (_, index) => deletionOf(`service shop-${index}`)),
        }),
        { at: instantAt(700), type: 'put', name: '/apppack/apps/shop/scheduled-tasks', json: [] },
      ),
    /shop deleted 6 of 1 services at 800 s that nobody let pass/,
  ],
  [
    'I10',
    'an empty list of long ago lets nothing go',
    (e) =>
      withChanges(
        withPass(e, { actions: Array.from({ length: 6 }, (_, index) => deletionOf(`rule x${index}`)) }),
        { at: instantAt(700), type: 'put', name: '/apppack/apps/shop/scheduled-tasks', json: [] },
        { at: instantAt(710), type: 'delete', name: '/apppack/apps/shop/scheduled-tasks' },
      ),
    /shop deleted 6 of 0 rules at 800 s that nobody let pass/,
  ],
  [
    'I11',
    'a service is deleted by settings that say otherwise by now',
    (e) =>
      withCalls(
        withChanges(
          e,
          { at: instantAt(650), type: 'put', name: SETTINGS, json: { deletion_policy: 'delete' } },
          { at: instantAt(660), type: 'put', name: SETTINGS, json: { deletion_policy: 'retain' } },
        ),
        call({ operation: 'DeleteService' }),
      ),
    /shop-web was deleted at 700 s though no settings said so/,
  ],
  [
    'I11',
    'a service is deleted that lost our mark',
    (e) =>
      withCalls(
        withChanges(
          e,
          byHand(650, 'ecs', 'UntagResource', { resourceArn: SHOP_ARN, tagKeys: ['trimtab:owner'] }),
        ),
        call({ operation: 'DeleteService' }),
      ),
    /shop-web was deleted at 700 s without our mark/,
  ],
  [
    'I11',
    'a service is deleted though no settings said so',
    (e) => withCalls(e, call({ operation: 'DeleteService' })),
    /shop-web was deleted at 700 s though no settings said so/,
  ],
];
