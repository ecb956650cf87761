import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../../src/simulator/errors.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../kit.ts';
import { GROUP, openStream, STREAM } from './kit.ts';

/** Members the operations read, so that junk gets past the first check. */
const MEMBERS = [
  ...['logGroupName', 'logStreamName', 'logGroupIdentifier', 'logGroupIdentifiers', 'logGroupNamePrefix'],
  ...['logGroupNamePattern', 'logStreamNamePrefix', 'logStreamNames', 'logGroupClass', 'kmsKeyId', 'tags'],
  ...['tagKeys', 'resourceArn', 'retentionInDays', 'orderBy', 'descending', 'limit', 'nextToken'],
  ...['logEvents', 'startTime', 'endTime', 'startFromHead', 'filterPattern', 'interleaved'],
];

const JUNK = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(GROUP, STREAM, 'ERROR -x "y', '__proto__', '', '?"') },
  { weight: 2, arbitrary: fc.array(fc.constantFrom(GROUP, STREAM, '__proto__', 7, null, {})) },
  {
    weight: 2,
    arbitrary: fc.array(fc.dictionary(fc.constantFrom('timestamp', 'message'), fc.anything()), {
      maxLength: 3,
    }),
  },
  { weight: 2, arbitrary: fc.jsonValue() },
);

describe('hostile input', () => {
  it('is answered with an AWS error, never with a failure of its own', async () => {
    const bench = openStream();
    const service = bench.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get('logs');
    const operations = Object.keys(service?.operations ?? {});
    const input = fc.dictionary(fc.constantFrom(...MEMBERS), JUNK);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...operations),
        fc.boolean(),
        input,
        async (operation, scoped, junk) => {
          const scope = { logGroupName: GROUP, logStreamName: STREAM };
          const call = {
            account: DEFAULT_ACCOUNT,
            region: DEFAULT_REGION,
            service: 'logs',
            operation,
            // What comes off the wire is JSON.
            input: JSON.parse(JSON.stringify(scoped ? { ...junk, ...scope } : junk)) as Record<
              string,
              unknown
            >,
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
