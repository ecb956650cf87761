import { instantAt, START } from '../kit.ts';
import { call, PLACE, type Tampering, withCalls, withChanges, withPass } from './kit.ts';

/** Writes that should not have gone out. */
export const WRITING: readonly Tampering[] = [
  [
    'I2',
    'a write is sent twice',
    (e) => withCalls(e, call({}), call({ at: START + 705_000 })),
    /UpdateService of service main\/shop-web at 705 s asks for what 700 s did/,
  ],
  [
    'I6',
    'a pass writes by an old version',
    (e) => withPass(e, { parameters: { '/apppack/apps/shop/scaling': 1 } }),
    /shop wrote at 800 s by version 1 of \/apppack\/apps\/shop\/scaling/,
  ],
  [
    'I2',
    'a write is sent twice though only a pass over another app failed',
    (e) => ({
      ...withCalls(e, call({}), call({ at: START + 705_000 })),
      failures: [{ step: 1, client: 'controller', at: START + 702_000, key: `${PLACE}/app/blog`, what: 'x' }],
    }),
    /UpdateService of service main\/shop-web at 705 s asks for what 700 s did/,
  ],
  [
    'I6',
    'a pass writes by an old version though the parameter was deleted long before',
    (e) =>
      withChanges(withPass(e, { parameters: { '/apppack/apps/shop/scaling': 1 } }), {
        at: instantAt(1),
        type: 'delete',
        name: '/apppack/apps/shop/scaling',
      }),
    /shop wrote at 800 s by version 1/,
  ],
  [
    'I6',
    'a service is deleted without a look',
    (e) => withCalls(e, call({ operation: 'DeleteService' })),
    /deleted at 700 s without a look/,
  ],
  [
    'I7',
    'two controllers write a key at the same time',
    (e) => {
      const twice = withPass(e, { startedAt: START + 799_000 });
      const last = twice.reports.at(-1);
      if (last === undefined) throw new Error('no pass');
      return { ...twice, reports: [...twice.reports, { ...last, client: 'controller-2' }] };
    },
    /controller and controller-2 wrote shop at the same time/,
  ],
  [
    'I7',
    'an intent takes effect twice',
    (e) => {
      const first = e.calls.find(({ operation }) => operation === 'RegisterTaskDefinition');
      return withCalls(
        e,
        call({ operation: 'RegisterTaskDefinition', input: first?.input ?? {}, fault: 'lostResponse' }),
      );
    },
    /family shop-web got two revisions for one intent/,
  ],
  [
    'I7',
    'a pass without a report writes on while another controller writes',
    (e) =>
      withCalls(
        e,
        call({}),
        call({ client: 'controller-2', at: START + 702_000, endedAt: START + 702_000 }),
        call({ at: START + 704_000 }),
      ),
    /controller and controller-2 wrote service main\/shop-web at the same time, at 704 s/,
  ],
  [
    'I7',
    'a service restarts twice for one change',
    (e) => {
      const restart = { cluster: 'main', service: 'shop-web', forceNewDeployment: true };
      return withCalls(e, call({ input: restart }), call({ input: restart, at: START + 720_000 }));
    },
    /shop-web was restarted twice for one change, at 700 s and 720 s/,
  ],
  [
    'I7',
    'two revisions go back and forth though nobody asks for anything',
    (e) => {
      const register = (at: number, digest: string) =>
        call({
          at: START + at,
          operation: 'RegisterTaskDefinition',
          input: { family: 'shop-web', tags: [{ key: 'trimtab:digest', value: digest }] },
        });
      return withCalls(e, register(700_000, 'a'), register(710_000, 'b'), register(720_000, 'a'));
    },
    /family shop-web got two revisions for one intent, at 700 s and 720 s/,
  ],
];
