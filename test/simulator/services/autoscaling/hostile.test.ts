import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../../src/simulator/errors.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../kit.ts';
import { openScaling, SCOPE, WEB } from './kit.ts';

/** Members the operations read, so that junk gets past the first check. */
const MEMBERS = [
  ...['ServiceNamespace', 'ResourceId', 'ScalableDimension', 'ResourceIds', 'MaxResults', 'NextToken'],
  ...['MinCapacity', 'MaxCapacity', 'RoleARN', 'SuspendedState', 'Tags', 'TagKeys', 'ResourceARN'],
  ...['PolicyName', 'PolicyNames', 'PolicyType', 'TargetTrackingScalingPolicyConfiguration'],
  ...['StepScalingPolicyConfiguration', 'ScheduledActionName', 'ScheduledActionNames', 'Schedule'],
  ...['Timezone', 'StartTime', 'EndTime', 'ScalableTargetAction', 'IncludeNotScaledActivities'],
];

const JUNK = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('ecs', WEB, 'cpu', 'StepScaling', 'rate(1 hour)', '__proto__', ''),
  },
  { weight: 2, arbitrary: fc.array(fc.constantFrom(WEB, 'cpu', '__proto__', 7, null, {})) },
  {
    weight: 2,
    arbitrary: fc.dictionary(
      fc.constantFrom('TargetValue', 'PredefinedMetricSpecification', 'StepAdjustments', 'MinCapacity'),
      fc.anything(),
    ),
  },
  { weight: 2, arbitrary: fc.jsonValue() },
);

describe('hostile input', () => {
  it('is answered with an AWS error, never with a failure of its own', async () => {
    const bench = openScaling();
    await bench.register();
    const operations = Object.keys(bench.service.operations);
    const input = fc.dictionary(fc.constantFrom(...MEMBERS), JUNK);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...operations),
        fc.boolean(),
        input,
        async (operation, scoped, junk) => {
          const document = scoped ? { ...junk, ...SCOPE } : junk;
          const call = {
            account: DEFAULT_ACCOUNT,
            region: DEFAULT_REGION,
            service: 'autoscaling',
            operation,
            // What comes off the wire is JSON.
            input: JSON.parse(JSON.stringify(document)) as Record<string, unknown>,
            caller: { client: 'test', accessKey: 'AKIA' },
          };
          const answer = await bench.simulator.answer(call).catch((error: unknown) => error);
          if (answer instanceof Error) expect(answer).toBeInstanceOf(AwsError);
        },
      ),
      { numRuns: 400, seed: 4217 },
    );
  });
});
