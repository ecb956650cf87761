import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Simulator } from '../../../src/simulator/account.ts';
import { VirtualClock } from '../../../src/simulator/clock.ts';
import { AwsError } from '../../../src/simulator/errors.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../kit.ts';

/** Members the operations read, so that junk gets past the first check. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  ssm: [
    ...['Name', 'Names', 'Value', 'Type', 'Path', 'Labels', 'Tags', 'TagKeys', 'ResourceType', 'ResourceId'],
    ...['ParameterFilters', 'Filters', 'MaxResults', 'NextToken', 'Policies', 'AllowedPattern', 'Tier'],
    ...['Overwrite', 'WithDecryption', 'Recursive', 'ParameterVersion', 'KeyId', 'DataType'],
  ],
  codebuild: [
    ...['projectName', 'name', 'names', 'ids', 'id', 'source', 'artifacts', 'environment', 'serviceRole'],
    ...[
      'environmentVariablesOverride',
      'sourceVersion',
      'idempotencyToken',
      'nextToken',
      'sortOrder',
      'sortBy',
    ],
    ...['timeoutInMinutesOverride', 'logsConfigOverride', 'artifactsOverride', 'tags', 'cache'],
  ],
  elbv2: ['TargetGroupArn', 'Names.member.1', 'TargetGroupArns.member.1'],
  s3: ['Bucket', 'Key', 'Query', 'Headers', 'Body'],
  sts: ['RoleArn', 'RoleSessionName', 'DurationSeconds', 'ExternalId'],
  events: [
    ...['Name', 'Rule', 'Targets', 'Ids', 'EventPattern', 'Event', 'ScheduleExpression', 'EventBusName'],
    ...[
      'Entries',
      'ResourceARN',
      'Tags',
      'TagKeys',
      'Limit',
      'NextToken',
      'TargetArn',
      'NamePrefix',
      'State',
    ],
  ],
};

const JUNK = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('/a', 'r', 'String', 'Parameter', 'cron(0 0 * * ? *)', '{"a":[1]}'),
  },
  { weight: 1, arbitrary: fc.constantFrom('{"a":[{"numeric":[]}]}', '{"$or":{}}', '(', '__proto__', '') },
  {
    weight: 2,
    arbitrary: fc.array(
      fc.dictionary(fc.constantFrom('Id', 'Arn', 'Key', 'Values', 'Source'), fc.anything()),
    ),
  },
  { weight: 2, arbitrary: fc.jsonValue() },
);

describe('hostile input', () => {
  it.each(Object.keys(MEMBERS))(
    'is answered by %s with an AWS error, never with a failure of its own',
    async (name) => {
      const simulator = new Simulator({ clock: new VirtualClock() });
      const operations = Object.keys(
        simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get(name)?.operations ?? {},
      );
      const input = fc.dictionary(fc.constantFrom(...(MEMBERS[name] ?? [])), JUNK);
      const caller = { client: 'test', accessKey: 'AKIA' };
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...operations), input, async (operation, document) => {
          // What comes off the wire is JSON.
          const wire = JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
          const call = {
            account: DEFAULT_ACCOUNT,
            region: DEFAULT_REGION,
            service: name,
            operation,
            input: wire,
            caller,
          };
          const answer = await simulator.answer(call).catch((error: unknown) => error);
          if (answer instanceof Error) expect(answer).toBeInstanceOf(AwsError);
        }),
        { numRuns: 250, seed: 4217 },
      );
    },
  );
});
