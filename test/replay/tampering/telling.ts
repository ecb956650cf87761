import type { ScalableTarget } from '../../../src/aws/shapes.ts';
import { LEFT_OUT, LEFT_OUT_SECRET } from '../../../src/replay/redact.ts';
import { START } from '../kit.ts';
import {
  call,
  condition,
  type Tampering,
  withApps,
  withCalls,
  withPass,
  withServices,
  wokenKey,
} from './kit.ts';

/** What is said, and when. */
export const TELLING: readonly Tampering[] = [
  ['I1', 'something still moves at the end', (e) => ({ ...e, unsettled: ['it moved'] }), /it moved/],
  [
    'I1',
    'a service differs, and the only problem is about another',
    (e) =>
      withApps(e, (one) => {
        const { inspection } = one;
        const differences = [{ path: 'services/web/cpu', desired: 1024, observed: 512 }];
        const problem = { ...condition(1), parameter: '/apppack/apps/shop/scaling', path: 'worker.cpu' };
        const plan = { ...inspection.plan, differences };
        return { ...one, inspection: { ...inspection, plan, synced: false, conditions: [problem] } };
      }),
    /shop differs in services\/web\/cpu, and no problem that is told is about it/,
  ],
  [
    'I8',
    'the last change was not looked at',
    (e) => ({
      ...e,
      end: {
        ...e.end,
        statuses: new Map([...e.end.statuses].map(([app, status]) => [app, { ...status, parameters: {} }])),
      },
    }),
    /scaling has version 2, but shop was last looked at with none/,
  ],
  [
    'I13',
    'a failing key comes back again and again',
    (e) =>
      withPass(
        e,
        { attempts: 2, work: { key: wokenKey, causes: [{ id: 'wake:x' }], beganAt: 0 } },
        60,
        5_000,
      ),
    /shop tried again \d+ times in 295 s/,
  ],
  [
    'I14',
    'a change waits for ever',
    (e) => ({ ...e, reports: e.reports.filter(({ report }) => report.work.key.name !== 'blog') }),
    /nobody looked at \/apppack\/apps\/blog\/scaling, changed at 600 s, within 660 s/,
  ],
  [
    'I15',
    'AWS throttles it',
    (e) => withCalls(e, call({ code: 'ThrottlingException' })),
    /ecs.UpdateService was throttled at 700 s/,
  ],
  [
    'I16',
    'a key goes round in circles',
    (e) => withPass(e, {}, 150, 1_000),
    /shop had more than 120 passes in ten minutes/,
  ],
  [
    'I17',
    'a condition becomes younger',
    (e) => {
      const older = withPass(e, { conditions: [condition(1_000)] });
      const younger = withPass(e, { conditions: [condition(9_000)] }).reports.at(-1);
      return { ...older, reports: [...older.reports, ...(younger === undefined ? [] : [younger])] };
    },
    /"Valid InvalidSize" became 8000 ms younger/,
  ],
  [
    'I17',
    'a status says synced though it differs',
    (e) => ({
      ...e,
      end: {
        ...e.end,
        observation: {
          ...e.end.observation,
          apps: e.end.observation.apps.map((app) => ({
            ...app,
            inspection: { ...app.inspection, synced: false },
          })),
        },
      },
    }),
    /shop is said to be synced, but differs/,
  ],
  [
    'I17',
    'a status says synced though a count is none that is wanted',
    (e) => withServices(e, (one) => ({ ...one, service: { ...one.service, desiredCount: 7 } })),
    /shop is said to be synced, but shop-web has 7 tasks, not 2 to 2/,
  ],
  [
    'I17',
    'a status says synced though somebody scales what is to be fixed',
    (e) =>
      withServices(e, (one) => ({ ...one, target: { MinCapacity: 1, MaxCapacity: 9 } as ScalableTarget })),
    /shop is said to be synced, but shop-web is scaled 1-9, not fixed/,
  ],
  [
    'I17',
    'a status says synced though a task has another size',
    (e) =>
      withServices(e, (one) => {
        const { revision } = one;
        if (revision === undefined) return one;
        return { ...one, revision: { ...revision, definition: { ...revision.definition, cpu: '4096' } } };
      }),
    /shop is said to be synced, but shop-web has 4096 cpu, not 1024/,
  ],
  [
    'I17',
    'a status says synced though a variable is not there',
    (e) =>
      withApps(e, (one) => ({
        ...one,
        config: [{ name: '/apppack/apps/shop/config/NEW', type: 'SecureString', version: 1, modifiedAt: 1 }],
      })),
    /shop is said to be synced, but shop-web lacks NEW/,
  ],
  [
    'I17',
    'a status says synced though a task is not scheduled',
    (e) =>
      withApps(e, (one) => ({
        ...one,
        parameters: [
          ...one.parameters,
          {
            name: `/apppack/apps/${one.key.name}/scheduled-tasks`,
            type: 'String',
            value: '[{"schedule":"0 3 * * ? *","command":"clean up"}]',
            version: 1,
            modifiedAt: 1,
          },
        ],
      })),
    /shop is said to be synced, but it runs \[\], not \["0 3 \* \* \? \* clean up"\]/,
  ],
  [
    'I18',
    'a value gets into a report',
    (e) => withPass(e, { conditions: [{ ...condition(1), message: `found ${LEFT_OUT_SECRET}` }] }),
    /the report of shop holds a value/,
  ],
  [
    'I18',
    'a value gets into a queue',
    (e) => withCalls(e, call({ service: 'sqs', operation: 'SendMessage', input: { MessageBody: LEFT_OUT } })),
    /sqs.SendMessage was sent a value/,
  ],
  [
    'I20',
    'a stopped controller calls on',
    (e) => ({
      ...withCalls(e, call({ client: 'old', operation: 'ReceiveMessage', service: 'sqs', input: {} })),
      lives: [{ client: 'old', startedAt: START, stoppedAt: START + 600_000 }],
    }),
    /old called ReceiveMessage after it stopped, at 700 s/,
  ],
  [
    'I22',
    'an intent stays open',
    (e) => ({
      ...e,
      end: {
        ...e.end,
        statuses: new Map(
          [...e.end.statuses].map(([app, status]) => [
            app,
            { ...status, intents: [{ action: 'services/web/register', digest: 'x', at: START }] },
          ]),
        ),
      },
    }),
    /shop: the intent services\/web\/register is still open/,
  ],
];
