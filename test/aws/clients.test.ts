import { createHook } from 'node:async_hooks';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeScalableTargetsCommand } from '@aws-sdk/client-application-auto-scaling';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListClustersCommand } from '@aws-sdk/client-ecs';
import { ListRulesCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { GetParametersCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ClientOptions, type Clients, createClients, findRegion } from '../../src/aws/clients.ts';
import { createLimits } from '../../src/aws/limits.ts';
import { Simulator } from '../../src/simulator/account.ts';
import { VirtualClock } from '../../src/simulator/clock.ts';
import { type SimulatorServer, serveSimulator } from '../../src/simulator/server.ts';
import { canned, openAws } from './kit.ts';

const CREDENTIALS = { accessKeyId: '222222222222', secretAccessKey: 'secret' };

/** One call of each client; what it is answered does not matter. */
function callAll(clients: Clients): Promise<unknown> {
  return Promise.allSettled([
    clients.ssm.send(new GetParametersCommand({ Names: ['/a'] })),
    clients.ecs.send(new ListClustersCommand({})),
    clients.ecsOnce.send(new ListClustersCommand({})),
    clients.sqs.send(new ListQueuesCommand({})),
    clients.events.send(new ListRulesCommand({})),
    clients.autoscaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs' })),
    clients.dynamodb.send(new ListTablesCommand({})),
    clients.sts.send(new GetCallerIdentityCommand({})),
  ]);
}

/** How many requests for files Node makes while `work` runs. */
async function fileRequestsDuring(work: () => Promise<unknown>): Promise<number> {
  let requests = 0;
  const hook = createHook({
    init(_id, type) {
      if (type.startsWith('FSREQ')) requests += 1;
    },
  });
  hook.enable();
  await work();
  hook.disable();
  return requests;
}

/** Clients that go over the network, as in production. */
function realClients(options: Partial<ClientOptions> = {}): Clients {
  // Their own calls are too few to meet a limit, so a clock that stands still will do.
  const clock = new VirtualClock();
  return createClients({
    region: 'eu-west-1',
    credentials: CREDENTIALS,
    clock,
    limits: createLimits({ clock }),
    ...options,
  });
}

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

describe('clients of a simulated account', () => {
  it('reach the account of their key and the region they were made for, with every service', async () => {
    const aws = openAws({ region: 'eu-west-1', credentials: CREDENTIALS });
    await aws.during(callAll(aws.clients));
    const reached = aws.simulator.calls.map(({ account, region, service }) => [account, region, service]);
    const services = ['autoscaling', 'dynamodb', 'ecs', 'ecs', 'events', 'sqs', 'ssm', 'sts'];
    expect(reached.sort()).toEqual(services.map((service) => ['222222222222', 'eu-west-1', service]));
  });

  it('say in the scope of the signature which service they mean, and in the user agent who they are', async () => {
    const handler = canned({ status: 200, body: {} });
    const aws = openAws({ requestHandler: handler });
    await aws.during(callAll(aws.clients));
    const scopes = handler.requests.map(({ headers }) =>
      headers.authorization?.split('/').slice(2, 4).join('/'),
    );
    const names = ['application-autoscaling', 'dynamodb', 'ecs', 'ecs', 'events', 'sqs', 'ssm', 'sts'];
    expect(scopes.sort()).toEqual(names.map((name) => `us-east-1/${name}`));
    for (const { headers } of handler.requests) expect(headers['user-agent']).toContain('app/trimtab');
  });

  it('take keys from a function too', async () => {
    const aws = openAws({ credentials: async () => CREDENTIALS });
    const identity = await aws.during(aws.clients.sts.send(new GetCallerIdentityCommand({})));
    expect(identity.Account).toBe('222222222222');
  });

  it('look neither into the environment nor into the files of ~/.aws', async () => {
    // Whoever reads one of these fails, and so would the call.
    const file = join(mkdtempSync(join(tmpdir(), 'trimtab-')), 'config');
    const settings = ['use_fips_endpoint', 'use_dualstack_endpoint', 'ignore_configured_endpoint_urls'];
    writeFileSync(
      file,
      ['[default]', ...settings.map((name) => `${name} = perhaps`), 'max_attempts = x'].join('\n'),
    );
    const poison = {
      AWS_CONFIG_FILE: file,
      AWS_SHARED_CREDENTIALS_FILE: file,
      AWS_ENDPOINT_URL: 'not an address',
      AWS_USE_FIPS_ENDPOINT: 'perhaps',
      AWS_USE_DUALSTACK_ENDPOINT: 'perhaps',
      AWS_DISABLE_CLOCK_SKEW_CORRECTION: 'perhaps',
      AWS_ACCOUNT_ID_ENDPOINT_MODE: 'perhaps',
      AWS_MAX_ATTEMPTS: 'x',
      AWS_REGION: '',
      AWS_ACCESS_KEY_ID: '333333333333',
      AWS_SECRET_ACCESS_KEY: 'other',
    };
    for (const [name, value] of Object.entries(poison)) vi.stubEnv(name, value);
    const aws = openAws({ credentials: CREDENTIALS });
    const opened = await fileRequestsDuring(() => aws.during(callAll(aws.clients)));
    expect(opened).toBe(0);
    expect(new Set(aws.simulator.calls.map((call) => call.account))).toEqual(new Set(['222222222222']));
    expect(aws.simulator.calls).toHaveLength(8);
  });

  it('still check what SQS says of bodies it got and gave', async () => {
    const aws = openAws();
    const { sqs } = aws.clients;
    const { QueueUrl } = await aws.during(sqs.send(new CreateQueueCommand({ QueueName: 'intake' })));
    await aws.during(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one' })));
    const Entries = [{ Id: 'a', MessageBody: 'two' }];
    await aws.during(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })));
    const received = await aws.during(
      sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 })),
    );
    expect(received.Messages?.length).toBeGreaterThan(0);

    const forged = canned({
      status: 200,
      body: { Messages: [{ MessageId: 'm', ReceiptHandle: 'r', Body: 'one', MD5OfBody: 'f'.repeat(32) }] },
    });
    const other = openAws({ requestHandler: forged });
    const receive = other.clients.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    await expect(other.during(receive)).rejects.toThrow('MD5');
  });
});

describe('clients of a real account', () => {
  let server: SimulatorServer | undefined;
  afterEach(() => server?.close());

  async function serve(): Promise<Simulator> {
    const simulator = new Simulator({ clock: new VirtualClock() });
    server = await serveSimulator(simulator, { port: 0 });
    return simulator;
  }

  it('go where AWS_ENDPOINT_URL says, SQS with the URL of a queue elsewhere included', async () => {
    const simulator = await serve();
    vi.stubEnv('AWS_ENDPOINT_URL', server?.url ?? '');
    const clients = realClients();
    await callAll(clients);
    const QueueUrl = 'https://sqs.eu-west-1.amazonaws.com/222222222222/intake';
    await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl })).catch(() => {});
    const reached = simulator.calls.map(({ account, region, service }) => `${account} ${region} ${service}`);
    expect(reached).toHaveLength(9);
    expect(new Set(reached)).toHaveLength(7);
    for (const one of reached) expect(one).toMatch(/^222222222222 eu-west-1 /);
  });

  it('go where their endpoint says, and sign', async () => {
    const simulator = await serve();
    const clients = realClients({ ...(server === undefined ? {} : { endpoint: server.url }) });
    await clients.ssm.send(new PutParameterCommand({ Name: '/a', Type: 'String', Value: '1' }));
    const { Parameters } = await clients.ssm.send(new GetParametersCommand({ Names: ['/a'] }));
    expect(Parameters?.[0]?.Version).toBe(1);
    expect(simulator.calls.map((call) => call.code)).toEqual(['OK', 'OK']);
  });

  it('give up on an answer after ten seconds, on a long poll after thirty, three times each', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', () => resolve()));
    // `listen` on a port gives an address with a port.
    const { port } = silent.address() as AddressInfo;
    const clients = realClients({ endpoint: `http://127.0.0.1:${port}` });
    const read = await secondsUntilFailure(clients.ssm.send(new GetParametersCommand({ Names: ['/a'] })));
    const poll = await secondsUntilFailure(
      clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: 'https://q' })),
    );
    // What is over ten and thirty is the wait between attempts.
    expect(Math.floor(read / 3)).toBe(10);
    expect(Math.floor(poll / 3)).toBe(30);
    silent.closeAllConnections();
    silent.close();
  });
});

/** Moves the faked timers until `call` fails. */
async function secondsUntilFailure(call: Promise<unknown>): Promise<number> {
  let failure: unknown;
  call.catch((error: unknown) => {
    failure = error;
  });
  for (let seconds = 0; seconds < 120; seconds += 0.25) {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    if (failure !== undefined) {
      expect(failure).toMatchObject({ name: 'TimeoutError' });
      return seconds;
    }
    await vi.advanceTimersByTimeAsync(250);
  }
  throw new Error('it never gave up');
}

describe('the region', () => {
  it.each([undefined, ''])('must be known: %j is an error that says what to set', (region) => {
    expect(() => openAws({ region })).toThrow(/no AWS region is configured: set AWS_REGION/);
  });

  it('comes from AWS_REGION or the profile', async () => {
    vi.stubEnv('AWS_REGION', 'eu-north-1');
    expect(await findRegion()).toBe('eu-north-1');
    const file = join(mkdtempSync(join(tmpdir(), 'trimtab-')), 'config');
    writeFileSync(file, '[profile work]\nregion = eu-south-2\n');
    vi.stubEnv('AWS_REGION', undefined);
    vi.stubEnv('AWS_CONFIG_FILE', file);
    vi.stubEnv('AWS_PROFILE', 'work');
    expect(await findRegion()).toBe('eu-south-2');
  });

  it('is an error when nobody names one', async () => {
    vi.stubEnv('AWS_REGION', undefined);
    vi.stubEnv('AWS_CONFIG_FILE', join(tmpdir(), 'trimtab-no-such-file'));
    await expect(findRegion()).rejects.toMatchObject({ name: 'NoRegionError' });
  });
});
