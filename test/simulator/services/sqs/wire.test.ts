import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../../src/simulator/errors.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION, readCall, respond } from '../../../../src/simulator/transport.ts';
import { openSqs } from './kit.ts';

const url = 'https://sqs.us-east-1.amazonaws.com/123456789012/q';

/** One call as any client sends it: status, headers and document of the reply. */
async function post(operation: string, document: unknown, bench = openSqs()) {
  const request = {
    method: 'POST',
    path: '/',
    headers: { 'x-amz-target': `AmazonSQS.${operation}` },
    body: JSON.stringify(document),
  };
  const reply = await respond(bench.simulator, readCall(request, 'test'), request);
  const body = JSON.parse(new TextDecoder().decode(reply.body)) as Record<string, unknown>;
  return { status: reply.statusCode, headers: reply.headers, body };
}

describe('errors on the wire', () => {
  // The old name in x-amzn-query-error is the code that botocore and older SDKs show.
  // https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#awsquerycompatible
  it.each([
    [
      'GetQueueUrl',
      { QueueName: 'none' },
      400,
      'QueueDoesNotExist',
      'AWS.SimpleQueueService.NonExistentQueue',
    ],
    ['GetQueueUrl', {}, 400, 'MissingRequiredParameterException', 'MissingParameter'],
    ['CreateQueue', { QueueName: 'a b' }, 400, 'InvalidParameterValueException', 'InvalidParameterValue'],
    [
      'ListMessageMoveTasks',
      { SourceArn: 'arn:aws:sqs:us-east-1:123456789012:none' },
      404,
      'ResourceNotFoundException',
      'ResourceNotFoundException',
    ],
  ])('%s %j: the new name and the old one', async (operation, document, status, name, oldName) => {
    const reply = await post(operation, document);
    expect(reply.status).toBe(status);
    expect(reply.body.__type).toBe(name);
    expect(reply.headers['x-amzn-query-error']).toBe(`${oldName};Sender`);
  });
});

describe('hostile input', () => {
  const operations = openSqs().service.operations;
  const members = [
    'QueueUrl',
    'QueueName',
    'Attributes',
    'AttributeNames',
    'Entries',
    'MessageBody',
    'MessageAttributes',
    'MessageSystemAttributes',
    'ReceiptHandle',
    'VisibilityTimeout',
    'MaxNumberOfMessages',
    'DelaySeconds',
    'Tags',
    'tags',
    'TagKeys',
    'SourceArn',
    'TaskHandle',
    'NextToken',
    'MaxResults',
    'ReceiveRequestAttemptId',
    'MessageSystemAttributeNames',
  ];

  it.each(Object.keys(operations))('%s answers or refuses, and never breaks', async (operation) => {
    const document = fc.dictionary(fc.constantFrom(...members), fc.jsonValue({ maxDepth: 3 }));
    await fc.assert(
      fc.asyncProperty(document, fc.boolean(), async (input, named) => {
        const bench = openSqs();
        await bench.queue('q');
        const call = named ? { ...input, QueueUrl: url } : input;
        const service = bench.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get('sqs');
        const perform = async () =>
          service?.operations[operation]?.(call, { client: 'test', accessKey: 'AKIA' });
        const error = await perform().catch((thrown: unknown) => thrown);
        if (error instanceof Error) expect(error).toBeInstanceOf(AwsError);
      }),
      { numRuns: 60 },
    );
  });
});
