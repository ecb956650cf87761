import { PutScalingPolicyCommand } from '@aws-sdk/client-application-auto-scaling';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import {
  classify,
  errorCode,
  isDenied,
  isNotFound,
  isQuota,
  isThrottled,
  statusOf,
} from '../../src/aws/errors.ts';
import { LeaseLostError, wrapError } from '../../src/reconcile/errors.ts';
import type { FaultKind } from '../../src/simulator/faults.ts';
import { type CannedAnswer, canned, connectionReset, openAws, refusal } from './kit.ts';

/** One write of each service, with the clients' own exceptions on the way back. */
async function errorOf(service: string, ...answers: CannedAnswer[]): Promise<unknown> {
  const aws = openAws({ requestHandler: canned(...answers) });
  const { clients } = aws;
  const calls: Record<string, () => Promise<unknown>> = {
    ssm: () => clients.ssm.send(new GetParametersByPathCommand({ Path: '/apppack' })),
    ecs: () => clients.ecs.send(new UpdateServiceCommand({ service: 'web', desiredCount: 2 })),
    ecsOnce: () =>
      clients.ecsOnce.send(new UpdateServiceCommand({ service: 'web', forceNewDeployment: true })),
    events: () => clients.events.send(new PutRuleCommand({ Name: 'rule' })),
    dynamodb: () => clients.dynamodb.send(new PutItemCommand({ TableName: 't', Item: {} })),
    sqs: () => clients.sqs.send(new GetQueueUrlCommand({ QueueName: 'q' })),
    autoscaling: () =>
      clients.autoscaling.send(
        new PutScalingPolicyCommand({
          PolicyName: 'p',
          ServiceNamespace: 'ecs',
          ResourceId: 'service/c/s',
          ScalableDimension: 'ecs:service:DesiredCount',
        }),
      ),
  };
  const call = calls[service];
  // A throttled attempt waits for the limits, which slowed down.
  return call === undefined ? undefined : aws.during(call()).catch((error: unknown) => error);
}

describe('classify', () => {
  it.each([
    ['ssm', 'ThrottlingException', 400, 'throttled'],
    ['ssm', 'ParameterNotFound', 400, 'refused'],
    ['ssm', 'ValidationException', 400, 'refused'],
    ['ssm', 'AccessDeniedException', 400, 'denied'],
    ['ssm', 'ExpiredTokenException', 400, 'denied'],
    ['ssm', 'UnrecognizedClientException', 400, 'denied'],
    ['ssm', 'InternalServerError', 500, 'unknown'],
    ['ecs', 'ThrottlingException', 400, 'throttled'],
    ['ecs', 'ClientException', 400, 'refused'],
    ['ecs', 'InvalidParameterException', 400, 'refused'],
    ['ecs', 'ServiceNotActiveException', 400, 'refused'],
    ['ecs', 'ClusterNotFoundException', 400, 'refused'],
    ['ecs', 'LimitExceededException', 400, 'refused'],
    ['ecs', 'AccessDeniedException', 400, 'denied'],
    ['ecs', 'ServerException', 500, 'unknown'],
    ['events', 'ThrottlingException', 400, 'throttled'],
    ['events', 'LimitExceededException', 400, 'refused'],
    ['events', 'ManagedRuleException', 400, 'refused'],
    ['events', 'ConcurrentModificationException', 400, 'refused'],
    ['events', 'InternalException', 500, 'unknown'],
    ['autoscaling', 'ConcurrentUpdateException', 500, 'refused'],
    ['autoscaling', 'ObjectNotFoundException', 400, 'refused'],
    ['autoscaling', 'FailedResourceAccessException', 400, 'denied'],
    ['autoscaling', 'InternalServiceException', 500, 'unknown'],
    ['dynamodb', 'ConditionalCheckFailedException', 400, 'refused'],
    ['dynamodb', 'TransactionCanceledException', 400, 'refused'],
    ['dynamodb', 'ProvisionedThroughputExceededException', 400, 'throttled'],
    ['dynamodb', 'RequestLimitExceeded', 400, 'throttled'],
    ['dynamodb', 'InternalServerError', 500, 'unknown'],
    ['sqs', 'RequestThrottled', 400, 'throttled'],
    ['sqs', 'KmsThrottled', 400, 'throttled'],
    ['sqs', 'KmsAccessDenied', 400, 'denied'],
    ['sqs', 'QueueDoesNotExist', 400, 'refused'],
    ['ssm', 'SomethingNew', 400, 'refused'],
    ['ssm', 'SomethingNew', 429, 'throttled'],
    ['ssm', 'ServiceUnavailable', 503, 'unknown'],
    ['ssm', 'RequestTimeoutException', 400, 'unknown'],
  ])('%s %s with HTTP %i is %s', async (service, code, status, kind) => {
    const error = await errorOf(service, refusal(code, status, `${code} it is.`));
    expect(classify(error)).toEqual({ kind, code, message: `${code} it is.` });
    expect(statusOf(error)).toBe(status);
  });

  it.each<[FaultKind, string, string]>([
    ['throttle', 'throttled', 'ThrottlingException'],
    ['denied', 'denied', 'AccessDeniedException'],
    ['error', 'unknown', 'InternalServerError'],
    ['reset', 'unknown', 'ECONNRESET'],
    ['lostResponse', 'unknown', 'ECONNRESET'],
  ])('takes the fault "%s" of a simulated account for %s', async (kind, expected, code) => {
    const aws = openAws({ switches: { faults: [{ kind }] } });
    const call = aws.clients.ssm.send(new GetParametersByPathCommand({ Path: '/apppack' }));
    const error = await aws.during(call).catch((caught: unknown) => caught);
    expect(classify(error)).toMatchObject({ kind: expected, code });
  });

  it('says nothing is known of calls that found no network', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(classify(await errorOf('ecs', refused))).toMatchObject({ kind: 'unknown', code: 'ECONNREFUSED' });
    const slow = Object.assign(new Error('a request has exceeded 10000 ms'), { name: 'TimeoutError' });
    expect(classify(await errorOf('ecs', slow))).toMatchObject({ kind: 'unknown', code: 'TimeoutError' });
  });

  it('takes missing credentials for a denial: a person must act', () => {
    const error = Object.assign(new Error('Could not load credentials from any providers'), {
      name: 'CredentialsProviderError',
    });
    expect(classify(error).kind).toBe('denied');
  });

  it('finds the AWS error under phrases that were put around it', async () => {
    const error = await errorOf('ecs', refusal('ThrottlingException', 400, 'Rate exceeded'));
    const wrapped = wrapError('applying services/web', wrapError('updating service web', error));
    expect(classify(wrapped)).toEqual({
      kind: 'throttled',
      code: 'ThrottlingException',
      message: 'Rate exceeded',
    });
  });

  it('counts a lost lease as refused, because nothing was sent', () => {
    expect(classify(new LeaseLostError('ecs.UpdateService'))).toMatchObject({
      kind: 'refused',
      code: 'LeaseLostError',
    });
  });

  it.each([
    ['a bug', new TypeError('x is not a function'), 'TypeError', 'x is not a function'],
    ['a thrown text', 'no', 'UnknownError', 'no'],
    ['nothing', undefined, 'UnknownError', 'undefined'],
    ['an odd name', Object.assign(new Error('m'), { name: 'a b/c' }), 'UnknownError', 'm'],
  ])('knows nothing of %s', (_what, error, code, message) => {
    expect(classify(error)).toEqual({ kind: 'unknown', code, message });
  });
});

describe('calls of several attempts', () => {
  it('stays unknown when an earlier attempt of a write got no answer', async () => {
    const lostThenRefused = await errorOf(
      'dynamodb',
      connectionReset(),
      refusal('ConditionalCheckFailedException'),
    );
    expect(classify(lostThenRefused)).toMatchObject({
      kind: 'unknown',
      code: 'ConditionalCheckFailedException',
    });
    const lostThenThrottled = await errorOf('ecs', connectionReset(), refusal('ThrottlingException'));
    expect(classify(lostThenThrottled).kind).toBe('unknown');
    expect(isThrottled(lostThenThrottled)).toBe(true);
  });

  it('is as the last one said when the earlier ones were refused too', async () => {
    const error = await errorOf('ecs', refusal('ThrottlingException'), refusal('InvalidParameterException'));
    expect(classify(error).kind).toBe('refused');
  });

  it('does not mix up one call with the next', async () => {
    const { clients } = openAws({
      requestHandler: canned(
        connectionReset(),
        { status: 200, body: {} },
        refusal('InvalidParameterException'),
      ),
    });
    const update = () => clients.ecs.send(new UpdateServiceCommand({ service: 'web' }));
    await update();
    const error = await update().catch((caught: unknown) => caught);
    expect(classify(error).kind).toBe('refused');
  });

  it('is not unknown when a read got no answer first: a read changes nothing', async () => {
    const error = await errorOf('ssm', connectionReset(), refusal('AccessDeniedException'));
    expect(classify(error).kind).toBe('denied');
  });
});

describe('messages', () => {
  it('never quote an answer that could not be read', async () => {
    const secret = 'postgres://shop:hunter2@db';
    const halves: CannedAnswer[] = [
      { status: 200, body: `{"Parameters":[{"Name":"/a","Value":"${secret}"` },
      { status: 200, body: `{"Parameters":[{"Value":${secret}}]}` },
      { status: 502, body: `<html>${secret}</html>` },
      { status: 200, body: `{"Parameters":[{"LastModifiedDate":"${secret}"}]}` },
    ];
    for (const half of halves) {
      const failure = classify(await errorOf('ssm', half));
      expect(failure.kind).toBe('unknown');
      expect(failure.message).toMatch(/^The answer could not be read \(HTTP (200|502)\)\.$/);
      expect(JSON.stringify(failure)).not.toContain('hunter2');
    }
  });

  it('never quote a document of our own that could not be parsed', () => {
    let error: unknown;
    try {
      JSON.parse('{"password": hunter2}');
    } catch (caught) {
      error = caught;
    }
    expect(classify(error)).toEqual({
      kind: 'unknown',
      code: 'SyntaxError',
      message: 'The answer could not be read.',
    });
  });

  it('are one line of at most 500 characters', async () => {
    const failure = classify(
      await errorOf('ecs', refusal('ClientException', 400, `a\n  b ${'x'.repeat(2_000)}`)),
    );
    expect(failure.message).toHaveLength(500);
    expect(failure.message).toMatch(/^a b x+…$/);
  });

  it('are the same each time for the same refusal: request ids are left out', async () => {
    const text = (id: string) =>
      `Role may not be assumed (Service: AmazonECS; Status Code: 400; Request ID: ${id}; Proxy: null)`;
    const [first, second] = await Promise.all(
      ['5ed90669-e454', '0c02-11ab'].map((id) => errorOf('ecs', refusal('ClientException', 400, text(id)))),
    );
    expect(classify(first).message).toBe('Role may not be assumed');
    expect(classify(second)).toEqual(classify(first));
  });

  it('name the error when AWS sent no text', async () => {
    expect(
      classify(await errorOf('ssm', { status: 400, body: { __type: 'ParameterNotFound' } })).message,
    ).toBe('ParameterNotFound.');
  });
});

describe('predicates', () => {
  it.each([
    ['ssm', 'ParameterNotFound'],
    ['ecs', 'ClusterNotFoundException'],
    ['ecs', 'ServiceNotFoundException'],
    ['events', 'ResourceNotFoundException'],
    ['autoscaling', 'ObjectNotFoundException'],
    ['dynamodb', 'ResourceNotFoundException'],
    ['sqs', 'QueueDoesNotExist'],
  ])('%s %s says that the thing is not there', async (service, code) => {
    const error = await errorOf(service, refusal(code));
    expect([isNotFound(error), isDenied(error), isThrottled(error), isQuota(error)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('knows the older name that SQS sends beside the new one', async () => {
    const error = await errorOf('sqs', refusal('AWS.SimpleQueueService.NonExistentQueue'));
    expect(isNotFound(error)).toBe(true);
    expect(errorCode(error)).toMatch(/^[\w.]+$/);
  });

  it('never takes a denial, a throttle or a broken connection for absence', async () => {
    for (const answer of [
      refusal('AccessDeniedException'),
      refusal('ThrottlingException'),
      refusal('InternalServerError', 500),
      connectionReset(),
    ]) {
      expect(isNotFound(await errorOf('ssm', answer))).toBe(false);
    }
  });
});
