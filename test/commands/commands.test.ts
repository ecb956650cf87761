import { readFileSync } from 'node:fs';
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/commands/program.ts';
import { connect, systemClock } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { createHealth } from '../../src/server/health.ts';
import { openSimulation, type Simulation } from '../../src/simulation.ts';
import { parseWorld } from '../../src/simulator/world.ts';
import { joinListeners } from '../../src/telemetry/listener.ts';
import { startTrimtab, type Trimtab } from '../../src/trimtab.ts';

const WORLD = new URL('../../examples/worlds/shop.json', import.meta.url);
const AWS = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'any',
  AWS_SECRET_ACCESS_KEY: 'any',
  AWS_EC2_METADATA_DISABLED: 'true',
};

let simulation: Simulation;
let trimtab: Trimtab | undefined;
const before = { ...process.env };

beforeAll(async () => {
  // Without the build that has just begun there: these tests would wait for its release.
  const { codebuild: _builds, ...account } = JSON.parse(readFileSync(WORLD, 'utf8')).accounts[0];
  const world = parseWorld(JSON.stringify({ version: 1, accounts: [account] }));
  simulation = await openSimulation(readConfig({}), systemClock, { world, port: 0 });
  // The commands reach the account as any AWS client does: through the SDK's own environment.
  Object.assign(process.env, AWS, { AWS_ENDPOINT_URL: simulation.url });
});

afterAll(async () => {
  await trimtab?.stop();
  await simulation.close();
  process.env = before;
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function type(line: string): Promise<Ended> {
  let out = '';
  let err = '';
  const code = await runProgram(['node', 'trimtab', ...line.split(' ').filter((word) => word !== '')], {
    environment: {},
    clock: systemClock,
    random: Math.random,
    stop: new AbortController().signal,
    isTerminal: false,
    write: (text) => {
      out += text;
    },
    complain: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

async function person() {
  const connection = await connect(
    readConfig({}),
    { clock: systemClock, random: Math.random },
    { simulation: simulation.edge },
  );
  return connection.clients;
}

async function startController(settings: Record<string, string> = {}): Promise<void> {
  const config = readConfig({ TRIMTAB_SWEEP_SECONDS: '5', ...settings });
  const connection = await connect(
    config,
    { clock: systemClock, random: Math.random },
    { simulation: simulation.edge },
  );
  trimtab = await startTrimtab(connection, { listener: joinListeners(), health: createHealth(systemClock) });
}

describe('help', () => {
  it.each([
    '--help',
    'run --help',
    'plan --help',
    'status --help',
    'reconcile --help',
    'approve --help',
    'simulate --help',
  ])('%s exits 0 and says what the exit codes mean or where to begin', async (line) => {
    const { code, out } = await type(line);
    expect(code).toBe(0);
    expect(out).toMatch(/Exit code|First steps/);
  });

  it('tells a wrong word with the nearest right one', async () => {
    expect(await type('stats')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/unknown command 'stats'.*Did you mean status/s),
    });
  });

  it('tells a wrong setting with what is allowed', async () => {
    const { code, err } = await type('plan --cpu-target 400');
    expect(code).toBe(1);
    expect(err).toMatch(/--cpu-target \(TRIMTAB_CPU_TARGET\) is "400"/);
  });
});

describe('plan', () => {
  it('shows differences and what would be written, writes nothing, and exits 2', async () => {
    const calls = simulation.simulator.calls.length;
    const { code, out } = await type('plan');
    expect(code).toBe(2);
    expect(out).toMatch(/^shop\n/m);
    expect(out).toContain('services/web/desiredCount: is 1, should be 2');
    expect(out).toMatch(/would {2}registerTarget {2}scalable target of shop-web/);
    expect(out).toMatch(/NoScaling {2}\/apppack\/apps\/blog\/scaling/);
    const made = simulation.simulator.calls.slice(calls).map((call) => call.operation);
    expect(made.filter((operation) => !/^(Get|Describe|List|Batch|Query)/.test(operation))).toEqual([]);
  });

  it('says the same as JSON, with a digest that does not change by looking', async () => {
    const [first, second] = [await type('plan shop -o json'), await type('plan shop -o json')];
    expect(first).toEqual(second);
    const { keys } = JSON.parse(first.out) as { keys: Array<Record<string, unknown>> };
    expect(keys).toMatchObject([
      { key: '123456789012/us-east-1/app/shop', digest: expect.stringMatching(/^[0-9a-f]{16}$/) },
    ]);
    expect(keys[0]?.differences).toContainEqual({
      path: 'services/web/desiredCount',
      desired: 2,
      observed: 1,
    });
  });

  it('suggests a name for an app it does not know', async () => {
    expect(await type('plan shpo')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no app "shpo".*Did you mean shop\?/s),
    });
  });

  it('refuses an output form there is not', async () => {
    expect(await type('plan -o yaml')).toMatchObject({
      code: 1,
      err: expect.stringContaining('it can be text or json'),
    });
  });
});

describe('observing', () => {
  it('reports and writes nothing to what people own', async () => {
    await startController({ TRIMTAB_MODE: 'observe' });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await trimtab?.stop();
    trimtab = undefined;
    const written = simulation.simulator.calls.filter(
      (call) =>
        ['ecs', 'ssm', 'autoscaling'].includes(call.service) &&
        /^(Update|Register|Put|Create|Delete|Tag)/.test(call.operation),
    );
    expect(written).toEqual([]);
    expect((await type('status shop')).code).toBe(2);
  });
});

describe('a running controller', () => {
  it('is asked to look now, and says how it ended', async () => {
    await startController();
    const asked = await type('reconcile shop --wait --timeout 20');
    expect(asked.out).toMatch(/^shop: (synced|not synced)/);
    const blog = await type('reconcile blog --wait --timeout 20');
    expect(blog).toMatchObject({ code: 2, out: expect.stringContaining('NoScaling') });
  });

  it('brings the good app in line, and says of the others what is wrong and what to type', async () => {
    const deadline = Date.now() + 15_000;
    while ((await type('status shop')).code !== 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 300));
    const { code, out } = await type('status');
    expect(code).toBe(2);
    expect(out).toMatch(/^shop +yes/m);
    expect(out).toMatch(/^blog +no .*NoScaling/m);
    expect(out).toMatch(/^legacy +no .*InvalidSize .*web\.cpu/m);
    expect(out).toContain('aws ssm put-parameter --name /apppack/apps/legacy/scaling');
    expect((await type('plan shop')).code).toBe(0);
  });

  it('has a JSON status with a problem as a condition that is "False"', async () => {
    const { keys } = JSON.parse((await type('status legacy -o json')).out) as {
      keys: Array<{ conditions: unknown[] }>;
    };
    expect(keys[0]).toMatchObject({ kind: 'app', name: 'legacy', synced: false });
    expect(keys[0]?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Valid',
        status: 'False',
        parameter: '/apppack/apps/legacy/scaling',
        path: 'web.cpu',
        version: 1,
        since: expect.stringMatching(/^\d{4}-.*Z$/),
      }),
    );
  });

  it('leaves a paused app alone and shows why', async () => {
    const clients = await person();
    await clients.ssm.send(
      new PutParameterCommand({
        Name: '/apppack/apps/shop/paused',
        Value: 'moving to another cluster',
        Type: 'String',
      }),
    );
    await clients.ecs.send(
      new UpdateServiceCommand({ cluster: 'main', service: 'shop-worker', desiredCount: 4 }),
    );
    await type('reconcile shop --wait --timeout 20');
    const { code, out } = await type('status shop');
    expect(code).toBe(0);
    expect(out).toMatch(/^shop +paused .*moving to another cluster/m);
    expect((await type('plan shop')).out).toContain('services/worker/desiredCount: is 4, should be 1');
  });

  it('has nothing to approve where nothing is held', async () => {
    expect(await type('approve shop')).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing of shop is held'),
    });
  });
});
