import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { RegisterTaskDefinitionCommand, RunTaskCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { ChangeMessageVisibilityCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { DescribeParametersCommand, GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClients } from '../../src/aws/clients.ts';
import { createLimits } from '../../src/aws/limits.ts';
import { createPassScope } from '../../src/aws/scope.ts';
import { LeaseLostError } from '../../src/reconcile/errors.ts';
import type { WireRequest } from '../../src/simulator/transport.ts';
import {
  type AwsBench,
  appKey,
  canned,
  connectionReset,
  DEFAULT_REGION,
  openAws,
  openLease,
  refusal,
} from './kit.ts';

const put = (value = '1') =>
  new PutParameterCommand({
    Name: '/apppack/apps/shop/scaling',
    Type: 'String',
    Overwrite: true,
    Value: value,
  });
const get = () => new GetParameterCommand({ Name: '/apppack/apps/shop/scaling' });
const list = () => new DescribeParametersCommand({});

const scope = createPassScope();

/** Runs `work` as a pass that holds `lease`, while a minute of virtual time goes by. */
function inPass<T>(aws: AwsBench, lease: ReturnType<typeof openLease>, work: () => Promise<T>): Promise<T> {
  return aws.during(scope.run({ id: 'p1', key: appKey(), lease: lease.lease }, work));
}

function outcome(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'done',
    (error: unknown) => error,
  );
}

describe('the lease', () => {
  it('lets nothing that may change something out after it ended, and says so as it is', async () => {
    const aws = openAws();
    const lease = openLease();
    lease.end();
    const { clients } = aws;
    const errors = await inPass(aws, lease, () =>
      Promise.all([
        outcome(clients.ssm.send(put())),
        outcome(clients.ecs.send(new UpdateServiceCommand({ service: 'web' }))),
        outcome(clients.events.send(new PutRuleCommand({ Name: 'rule' }))),
        outcome(clients.dynamodb.send(new PutItemCommand({ TableName: 't', Item: {} }))),
        outcome(clients.sqs.send(new SendMessageCommand({ QueueUrl: 'https://q', MessageBody: '{}' }))),
      ]),
    );
    for (const error of errors) expect(error).toBeInstanceOf(LeaseLostError);
    expect(aws.simulator.calls).toEqual([]);
    expect(aws.records).toEqual([]);
  });

  it('is asked after the wait for the limits, as the very last thing', async () => {
    const aws = openAws();
    const lease = openLease();
    const writes = inPass(aws, lease, () => {
      aws.clock.setTimer(2_000, () => lease.end({ abort: false }));
      return Promise.all(
        Array.from({ length: 20 }, (_, value) => outcome(aws.clients.ssm.send(put(`${value}`)))),
      );
    });
    const outcomes = await writes;
    // Two at once and 2.4 a second until the lease ended; the others had waited and were asked too late.
    const sent = outcomes.filter((one) => one === 'done').length;
    expect(sent).toBe(6);
    expect(outcomes.filter((one) => one instanceof LeaseLostError)).toHaveLength(20 - sent);
    expect(aws.simulator.calls).toHaveLength(sent);
    expect(lease.checked).toHaveLength(20);
    expect(new Set(lease.checked)).toEqual(new Set(['ssm.PutParameter']));
  });

  it('ends the waits of reads and writes when its signal is aborted', async () => {
    const aws = openAws();
    const lease = openLease();
    const started = aws.clock.now();
    const endedAt: number[] = [];
    const outcomes = await inPass(aws, lease, () => {
      aws.clock.setTimer(2_000, () => lease.end());
      const calls = Array.from({ length: 12 }, () => outcome(aws.clients.ssm.send(list())));
      return Promise.all(calls.map((call) => call.finally(() => endedAt.push(aws.clock.now() - started))));
    });
    expect(outcomes.filter((one) => one instanceof LeaseLostError)).toHaveLength(6);
    expect(Math.max(...endedAt)).toBe(2_000);
    expect(aws.limits.numbers()).toMatchObject([{ waiting: 0, underWay: 0 }]);
  });

  it('is not asked for reads, nor for what keeps it, nor outside of passes', async () => {
    const aws = openAws();
    const lease = openLease();
    lease.end({ abort: false });
    const keep = new ChangeMessageVisibilityCommand({
      QueueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/none',
      ReceiptHandle: 'r',
      VisibilityTimeout: 60,
    });
    const [read, kept] = await inPass(aws, lease, () =>
      Promise.all([outcome(aws.clients.ssm.send(get())), outcome(aws.clients.sqs.send(keep))]),
    );
    expect(read).toMatchObject({ name: 'ParameterNotFound' });
    expect(kept).toMatchObject({ name: 'QueueDoesNotExist' });
    expect(await aws.during(outcome(aws.clients.ssm.send(put())))).toBe('done');
    expect(lease.checked).toEqual([]);
  });

  it('is asked again before each further attempt', async () => {
    const lease = openLease();
    const handler = canned(connectionReset());
    const aws = openAws({
      requestHandler: {
        ...handler,
        async handle(request: WireRequest) {
          lease.end({ abort: false });
          return handler.handle(request);
        },
      },
    });
    const error = await inPass(aws, lease, () => outcome(aws.clients.ssm.send(put())));
    expect(error).toBeInstanceOf(LeaseLostError);
    expect(handler.requests).toHaveLength(1);
  });

  it('may be waited for by hundreds of calls without a warning of a leak', async () => {
    const warnings: unknown[] = [];
    const listen = (warning: unknown) => warnings.push(warning);
    process.on('warning', listen);
    const aws = openAws();
    await inPass(aws, openLease(), () =>
      Promise.all(Array.from({ length: 300 }, () => outcome(aws.clients.ssm.send(get())))),
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });
});

describe('counting', () => {
  it('counts what went out, attempt by attempt, for the pass it went out for', async () => {
    const aws = openAws({ switches: { faults: [{ kind: 'reset', operation: 'PutParameter', times: 2 }] } });
    const run = (id: string, reads: number) =>
      scope.run({ id, key: appKey(id), lease: openLease().lease }, async () => {
        const { ssm } = aws.clients;
        await Promise.all(Array.from({ length: reads }, () => outcome(ssm.send(get()))));
        if (id === 'a') await ssm.send(put());
        return scope.calls();
      });
    // Far more than may go out at once, so that the calls of one pass are let out by the ends of others'.
    const [a, b] = await aws.during(Promise.all([run('a', 50), run('b', 70)]));
    expect(a).toEqual({ 'ssm.GetParameter': 50, 'ssm.PutParameter': 3 });
    expect(b).toEqual({ 'ssm.GetParameter': 70 });
    expect(aws.records.filter((record) => record.pass?.id === 'b')).toHaveLength(70);
  });

  it('does not count a call that the lease held back', async () => {
    const aws = openAws();
    const lease = openLease();
    lease.end({ abort: false });
    const calls = await inPass(aws, lease, async () => {
      await outcome(aws.clients.ssm.send(put()));
      return scope.calls();
    });
    expect(calls).toEqual({});
  });
});

describe('the observer', () => {
  it('is told of every attempt with its code, status and pass', async () => {
    const aws = openAws({
      switches: {
        faults: [
          { kind: 'throttle', operation: 'PutParameter', times: 1 },
          { kind: 'slow', operation: 'PutParameter', times: 1, delayMs: 750 },
          { kind: 'reset', operation: 'GetParameter', times: 1 },
        ],
      },
    });
    await inPass(aws, openLease(), async () => {
      await aws.clients.ssm.send(put());
      await aws.clients.ssm.send(get());
    });
    await aws.during(outcome(aws.clients.ssm.send(new GetParameterCommand({ Name: '/none' }))));
    const pass = { id: 'p1', key: appKey() };
    const write = { service: 'ssm', operation: 'PutParameter', pass };
    const read = { service: 'ssm', operation: 'GetParameter', pass };
    expect(aws.records).toEqual([
      { ...write, code: 'ThrottlingException', status: 400, durationMs: 0, throttled: true },
      { ...write, code: 'OK', status: 200, durationMs: 750, throttled: false },
      { ...read, code: 'ECONNRESET', status: undefined, durationMs: 0, throttled: false },
      { ...read, code: 'OK', status: 200, durationMs: 0, throttled: false },
      {
        service: 'ssm',
        operation: 'GetParameter',
        code: 'ParameterNotFound',
        status: 400,
        durationMs: 0,
        throttled: false,
      },
    ]);
  });
});

describe('the limits', () => {
  it('keep a burst of real calls below what the account allows', async () => {
    const aws = openAws({ switches: { limits: true } });
    const calls = Array.from({ length: 200 }, () => outcome(aws.clients.ssm.send(get())));
    await aws.during(Promise.all(calls));
    expect(aws.simulator.calls).toHaveLength(200);
    expect(new Set(aws.simulator.calls.map((call) => call.code))).toEqual(new Set(['ParameterNotFound']));
  });

  it('slow down when somebody else uses the account up, and get everything through', async () => {
    const aws = openAws({ switches: { limits: true } });
    const { clock } = aws;
    const limits = createLimits({ clock, share: 1 });
    const { requestHandler } = aws.clients.ssm.config;
    const stranger = createClients({ region: DEFAULT_REGION, clock, limits, requestHandler });
    const theirs = Array.from({ length: 120 }, () => outcome(stranger.ssm.send(get())));
    const mine = Array.from({ length: 120 }, () => outcome(aws.clients.ssm.send(get())));
    const names = (await aws.during(Promise.all([...mine, ...theirs]))).map((error) => String(error));
    const [numbers] = aws.limits.numbers();
    expect(numbers?.throttles).toBeGreaterThan(0);
    expect(names.filter((name) => name.includes('ParameterNotFound')).length).toBeGreaterThan(200);
  });
});

describe('calls that must not be repeated', () => {
  it('are refused by a client that repeats, before anything is sent', async () => {
    const aws = openAws();
    const { ecs } = aws.clients;
    const register = new RegisterTaskDefinitionCommand({ family: 'shop-web', containerDefinitions: [] });
    const restart = new UpdateServiceCommand({ service: 'web', forceNewDeployment: true });
    const run = new RunTaskCommand({ taskDefinition: 'shop-web' });
    for (const call of [ecs.send(register), ecs.send(restart), ecs.send(run)]) {
      await expect(call).rejects.toThrow('this is a bug in trimtab');
    }
    expect(aws.simulator.calls).toEqual([]);
  });

  it('go out once when the answer is lost', async () => {
    const handler = canned(connectionReset());
    const aws = openAws({ requestHandler: handler });
    const restart = new UpdateServiceCommand({ service: 'web', forceNewDeployment: true });
    expect(await aws.during(outcome(aws.clients.ecsOnce.send(restart)))).toMatchObject({
      code: 'ECONNRESET',
    });
    expect(handler.requests).toHaveLength(1);
  });
});

describe('repeating', () => {
  beforeEach(() => {
    // A wait on the real clock would hang here: virtual time is all that moves.
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tries three times, and waits on the given clock only', async () => {
    const handler = canned(
      refusal('ThrottlingException'),
      connectionReset(),
      refusal('InternalServerError', 500),
    );
    const aws = openAws({ requestHandler: handler });
    expect(await aws.during(outcome(aws.clients.ssm.send(get())))).toMatchObject({
      name: 'InternalServerError',
    });
    expect(handler.requests).toHaveLength(3);
  });

  it.each(['LimitExceededException', 'ValidationException', 'AccessDeniedException'])(
    'does not repeat after %s',
    async (code) => {
      const handler = canned(refusal(code));
      const aws = openAws({ requestHandler: handler });
      await aws.during(outcome(aws.clients.events.send(new PutRuleCommand({ Name: 'rule' }))));
      expect(handler.requests).toHaveLength(1);
    },
  );
});
