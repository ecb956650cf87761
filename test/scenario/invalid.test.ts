import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { DeleteParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';
import { scaled, worldOf } from './worlds.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

const NAME = '/apppack/apps/shop/scaling';
const two = { min_processes: 2, max_processes: 2 };
const three = { min_processes: 3, max_processes: 3 };

type Mistake = readonly [
  what: string,
  value: string,
  options?: { whole?: boolean; type?: 'StringList' | 'SecureString' },
];

/** What a person may put, wrong only for `web`; `worker` is always wished two of, unless nothing can be read. */
const WRONG: readonly Mistake[] = [
  ['more at least than at most', entry({ min_processes: 5, max_processes: 2 })],
  ['a negative count', entry({ min_processes: -1, max_processes: 2 })],
  ['half a process', entry({ min_processes: 1.5, max_processes: 2 })],
  ['a huge count', entry({ min_processes: 1e12, max_processes: 1e12 })],
  ['a size Fargate does not have', entry({ cpu: 512, memory: 700 })],
  ['a number in quotes', entry({ cpu: '512' as unknown as number })],
  ['a list where an entry belongs', JSON.stringify({ web: [1, 2], worker: scaled(two) })],
  ['nothing where an entry belongs', JSON.stringify({ web: null, worker: scaled(two) })],
  [
    'a name no service can have',
    `{"__proto__": ${JSON.stringify(scaled())}, "worker": ${JSON.stringify(scaled(two))}}`,
  ],
  ['JSON cut in half', entry({}).slice(0, 40), { whole: true }],
  ['a list instead of an object', '[1, 2]', { whole: true }],
  ['a bare word', 'three', { whole: true }],
  ['a StringList', entry({}), { whole: true, type: 'StringList' }],
  ['a SecureString', entry({}), { whole: true, type: 'SecureString' }],
];

function entry(web: Parameters<typeof scaled>[0]): string {
  return JSON.stringify({ web: scaled(web), worker: scaled(two) });
}

async function put(
  on: Stage,
  value: string,
  type: 'String' | 'StringList' | 'SecureString' = 'String',
): Promise<void> {
  // A type cannot be changed by overwriting.
  await on.person.ssm.send(new DeleteParameterCommand({ Name: NAME })).catch(() => {});
  await on.person.ssm.send(new PutParameterCommand({ Name: NAME, Value: value, Type: type }));
}

async function counts(on: Stage): Promise<Record<string, number>> {
  await on.clock.advance(4000);
  const { services } = await on.person.ecs.send(
    new DescribeServicesCommand({ cluster: 'main', services: ['shop-web', 'shop-worker', 'blog-web'] }),
  );
  return Object.fromEntries(
    (services ?? []).map((service) => [service.serviceName, service.desiredCount ?? -1]),
  );
}

describe('a scaling parameter with a mistake', () => {
  it.each(WRONG.map(([what, value, options = {}]) => ({ what, value, options })))(
    '$what: says so, changes nothing it governs, hinders nobody, and heals',
    async ({ value, options }) => {
      const on = await openStage({
        sections: worldOf({
          shop: { services: { web: {}, worker: {} }, scaling: { web: scaled(), worker: scaled() } },
          blog: {},
        }),
      });
      stage = on;
      const actor = await on.start();
      await on.clock.advance(90_000);
      const since = on.clock.now();
      await put(on, value, options.type);
      await on.person.ssm.send(
        new PutParameterCommand({
          Name: '/apppack/apps/blog/scaling',
          Value: JSON.stringify({ web: scaled(three) }),
          Type: 'String',
          Overwrite: true,
        }),
      );
      await on.clock.advance(60_000);
      expect(await counts(on)).toEqual({
        'shop-web': 1,
        'shop-worker': options.whole ? 1 : 2,
        'blog-web': 3,
      });
      const touched = on
        .writes(since)
        .map((call) => `${call.operation} ${String(call.input.service ?? call.input.family ?? '')}`);
      expect(touched.filter((call) => /Delete|Deregister|shop-web/.test(call))).toEqual([]);
      const key = { account: '123456789012', region: 'us-east-1', kind: 'app', name: 'shop' } as const;
      const status = await on.drive(actor.connection.statuses.read(key));
      const problem = status.conditions.find(
        (condition) => condition.status === 'False' && condition.parameter === NAME,
      );
      expect(problem).toMatchObject({ type: 'Valid' });
      expect(problem?.message).toMatch(/aws ssm (put|delete)-parameter/);
      await put(on, entry(three));
      await on.clock.advance(60_000);
      expect(await counts(on)).toEqual({ 'shop-web': 3, 'shop-worker': 2, 'blog-web': 3 });
      await on.clock.advance(400_000);
      const healed = await on.drive(actor.connection.statuses.read(key));
      expect(healed).toMatchObject({ synced: true, conditions: [] });
      expect(actor.failures).toEqual([]);
    },
  );
});
