import { type CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { LogPlace } from './build-shapes.ts';
import { errorCode } from './errors.ts';

/** Pages of 1 MB or 10,000 lines; what is beyond is left in the log group. */
const PAGES_MAX = 10;

/**
 * The lines of a stream from its beginning, in order; empty when nothing was ever logged. Throws what AWS throws. A
 * stream ends where the token that comes back is the one that was given.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
 */
export async function readLog(
  logs: CloudWatchLogsClient,
  { group, stream }: LogPlace,
): Promise<{ readonly lines: readonly string[]; readonly complete: boolean }> {
  const lines: string[] = [];
  let token: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const output = await readPage(logs, { group, stream }, token);
    if (output === undefined) return { lines, complete: true };
    for (const event of output.events ?? []) lines.push((event.message ?? '').replace(/\n$/, ''));
    if (output.nextForwardToken === undefined || output.nextForwardToken === token)
      return { lines, complete: true };
    token = output.nextForwardToken;
  }
  return { lines, complete: false };
}

async function readPage(logs: CloudWatchLogsClient, { group, stream }: LogPlace, nextToken?: string) {
  try {
    return await logs.send(
      new GetLogEventsCommand({
        logGroupName: group,
        logStreamName: stream,
        startFromHead: true,
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    );
  } catch (error) {
    // A task whose image could not be pulled never opened its stream.
    if (errorCode(error) === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}
