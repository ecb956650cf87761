import {
  CloudWatchLogsClient,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { CodeBuildClient, StartBuildCommand } from '@aws-sdk/client-codebuild';
import { describe, expect, it } from 'vitest';
import { ORDINARY_WEATHER } from '../../../../src/simulator/faults.ts';
import type { SimulatorSwitches } from '../../../../src/simulator/region.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION, openBench } from '../../kit.ts';

const PLACE = { logGroupName: '/aws/codebuild/shop', logStreamName: 'one' };
const LINES = Array.from({ length: 40 }, (_, index) => `line ${index}`);

function openLines(switches: Partial<SimulatorSwitches> = {}) {
  const bench = openBench({ switches });
  const services = bench.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION);
  const groups = { [PLACE.logGroupName]: { streams: { [PLACE.logStreamName]: { events: LINES } } } };
  services.get('logs')?.load({ groups });
  services.get('codebuild')?.load({ projects: { shop: {} } });
  return { ...bench, logs: new CloudWatchLogsClient(bench.client()) };
}

type Bench = ReturnType<typeof openLines>;

/** Reads a stream as AWS says: until a token comes back as it was sent. */
async function readAll(bench: Bench, place: GetLogEventsCommandInput): Promise<string[]> {
  const read: string[] = [];
  let nextToken: string | undefined;
  for (;;) {
    const given: GetLogEventsCommandInput = nextToken === undefined ? place : { ...place, nextToken };
    const { events = [], nextForwardToken } = await bench.logs.send(
      new GetLogEventsCommand({ ...given, startFromHead: true }),
    );
    read.push(...events.map(({ message = '' }) => message));
    if (nextForwardToken === nextToken) return read;
    nextToken = nextForwardToken;
  }
}

async function filterAll(bench: Bench): Promise<string[]> {
  const read: string[] = [];
  const { logGroupName } = PLACE;
  for await (const { events = [] } of paginateFilterLogEvents({ client: bench.logs }, { logGroupName })) {
    read.push(...events.map(({ message = '' }) => message));
  }
  return read;
}

describe("AWS's own client", () => {
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
  it.each([
    ['a fair', {}],
    ['an ordinary', { weather: ORDINARY_WEATHER }],
  ])('reads every line once on %s day, though pages may be short or empty', async (_day, switches) => {
    const bench = openLines(switches);
    for (let round = 0; round < 10; round += 1) {
      expect(await readAll(bench, PLACE)).toEqual(LINES);
      expect(await filterAll(bench)).toEqual(LINES);
    }
  });

  it('follows a build while it prints', async () => {
    const bench = openLines();
    const codebuild = new CodeBuildClient(bench.client());
    const { build } = await codebuild.send(new StartBuildCommand({ projectName: 'shop' }));
    const place = { ...PLACE, logStreamName: build?.id?.slice('shop:'.length) };
    await expect(readAll(bench, place)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await bench.clock.advance(12_000);
    const first = await bench.logs.send(new GetLogEventsCommand({ ...place, startFromHead: true }));
    expect(first.events?.at(-1)?.message).toBe('Pushing image\n');
    await bench.clock.advance(30_000);
    const rest = await bench.logs.send(
      new GetLogEventsCommand({ ...place, startFromHead: true, nextToken: first.nextForwardToken }),
    );
    expect(rest.events?.[0]?.message).toBe('#*#*#*#*#*# apppack-build-end #*#*#*#*#*#\n');
    expect(rest.events?.map(({ message }) => message)).toContain(
      'no tests defined in app.json or apppack.toml\n',
    );
  });
});
