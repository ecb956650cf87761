import { RunTaskCommand } from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, it } from 'vitest';
import { connect, KINDS_AT_WORK } from '../../src/compose.ts';
import { createHealth } from '../../src/server/health.ts';
import { seededRandom } from '../../src/simulator/random.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION, SimulatedTransport } from '../../src/simulator/transport.ts';
import { joinListeners } from '../../src/telemetry/listener.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { startTrimtab } from '../../src/trimtab.ts';
import { CANARY, closed, sectionOf, startBuild, states, worldOfBuilds } from './builders.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

const PLACE = { account: DEFAULT_ACCOUNT, region: DEFAULT_REGION };
const NETWORK = { awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'ENABLED' as const } };
/** What a person, or an app's stack, may put over a task; its event tells of it in clear. */
const OVERRIDES = {
  containerOverrides: [{ name: 'release', environment: [{ name: 'KEY', value: `${CANARY}-override` }] }],
};

/** The account of `builders.ts`, whose stack puts something over every task. */
function sections(): Record<string, unknown> {
  const run_task_args = { launchType: 'FARGATE', networkConfiguration: NETWORK, overrides: OVERRIDES };
  const task_definition_args = {
    cpu: '256',
    memory: '512',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    executionRoleArn: `arn:aws:iam::${DEFAULT_ACCOUNT}:role/execution`,
  };
  const value = { run_task_args, task_definition_args };
  return worldOfBuilds({
    items: [{ primary_id: 'APP#shop', secondary_id: 'CONFIG#ecs', value }],
    builds: [{ times: 1 }, { fails: 'BUILD' }],
    tasks: [{ family: 'shop-release', runSeconds: 25, exitCode: 0 }],
  });
}

/** Every message that rules put into a queue, before anybody can take it. */
function deliveries(on: Stage): string[] {
  const bodies: string[] = [];
  const offers = on.simulator.offers(DEFAULT_ACCOUNT, DEFAULT_REGION);
  const { deliverToQueue } = offers;
  offers.deliverToQueue = (queue, body, ...rest) => {
    bodies.push(body);
    return deliverToQueue?.(queue, body, ...rest) ?? false;
  };
  return bodies;
}

/** A controller that tells everything it can, as `trimtab run --log-level debug` does. */
async function startTold(on: Stage) {
  const lines: string[] = [];
  const reports: unknown[] = [];
  const write = (line: string) => void lines.push(line);
  const settings = { ...on.config, logLevel: 'debug' as const, logFormat: 'json' as const };
  const ports = { clock: on.clock, environment: {}, isTerminal: false, write };
  const telemetry = createTelemetry(settings, ports, [...KINDS_AT_WORK]);
  const requestHandler = new SimulatedTransport(on.simulator);
  const edges = { clock: on.clock, random: seededRandom(3) };
  const simulation = { ...PLACE, requestHandler };
  const onCall = telemetry.awsCall.bind(telemetry);
  const connection = await on.drive(connect(on.config, edges, { simulation, onCall }));
  const listener = joinListeners(telemetry, {
    report: (report) => void reports.push(report),
    failure: (failure) => void reports.push(String(failure.error)),
  });
  const health = createHealth(on.clock);
  const trimtab = await on.drive(startTrimtab(connection, { listener, health }));
  const metrics = () => telemetry.metrics.render();
  return { lines, reports, metrics, stop: () => on.drive(trimtab.stop()) };
}

describe('what builds and tasks have in their environment', () => {
  it('reaches neither queue, table, bucket, log nor report', async () => {
    const on = await openStage({ sections: sections() });
    stage = on;
    const bodies = deliveries(on);
    const told = await startTold(on);
    await on.clock.advance(60_000);
    const first = await startBuild(on);
    await on.clock.advance(40_000);
    // Somebody runs the release task by hand, with secrets of theirs.
    await on.person.ecsOnce.send(
      new RunTaskCommand({
        cluster: 'main',
        taskDefinition: 'shop-release',
        launchType: 'FARGATE',
        networkConfiguration: NETWORK,
        overrides: OVERRIDES,
      }),
    );
    const record = await closed(on, first.number);
    expect(states(record)).toMatchObject({ release: 'succeeded', deploy: 'succeeded' });
    await closed(on, (await startBuild(on)).number);
    await on.clock.advance(30_000);
    const outside = [
      ...bodies,
      ...told.lines,
      await told.metrics(),
      ...['sqs', 's3', 'logs'].map((service) => JSON.stringify(sectionOf(on, service))),
      JSON.stringify(told.reports),
      ...on.simulator.calls
        .filter(({ client, operation }) => client === 'controller' && operation !== 'RegisterTaskDefinition')
        .map(({ input }) => JSON.stringify(input)),
    ];
    expect(outside.filter((text) => text.includes(CANARY))).toEqual([]);
    const types = bodies.map((body) => JSON.parse(body).type);
    expect(types).toEqual(expect.arrayContaining(['CodeBuild Build State Change', 'ECS Task State Change']));
    // The stack's own item has it, and no other of the table.
    expect(JSON.stringify(sectionOf(on, 'dynamodb')).split(CANARY)).toHaveLength(2);
    // The canaries are alive: inside the account they sing.
    expect(JSON.stringify(sectionOf(on, 'codebuild'))).toContain(CANARY);
    expect(JSON.stringify(sectionOf(on, 'ecs'))).toContain(`${CANARY}-override`);
    await told.stop();
  });
});
