import { RunTaskCommand } from '@aws-sdk/client-ecs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { connect, inspectApps, KINDS_AT_WORK } from '../../src/compose.ts';
import { createHealth } from '../../src/server/health.ts';
import { seededRandom } from '../../src/simulator/random.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION, SimulatedTransport } from '../../src/simulator/transport.ts';
import { dumpWorld } from '../../src/simulator/world.ts';
import { joinListeners } from '../../src/telemetry/listener.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { startTrimtab } from '../../src/trimtab.ts';
import { ecsOf, scale, setConfig, unsetConfig } from './people.ts';
import { openStage, type Stage } from './stage.ts';
import { serviceOf, worldOf } from './worlds.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

const BREAKER = { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } };

/** An account with a canary wherever a secret may be: config of both types, environment, commands, logs. */
function sections(): Record<string, unknown> {
  const config = '/apppack/apps/shop/config';
  const world = worldOf({
    shop: {
      services: { web: BREAKER },
      parameters: {
        [`${config}/SECURE`]: { type: 'SecureString', value: 'canary-secure' },
        [`${config}/PLAIN`]: { type: 'String', value: 'canary-plain' },
        [`${config}/deep/NAME`]: { type: 'String', value: 'canary-deep' },
        '/apppack/apps/shop/release': { type: 'SecureString', value: 'canary-release' },
        '/apppack/apps/broken/scaling': { type: 'String', value: '{"web": "canary-json' },
        '/apppack/apps/blog/scaling': { type: 'String', json: { web: { cpu: 'canary-value' } } },
      },
      definition: {
        executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
        containerDefinitions: [
          {
            name: 'web',
            image: 'example.com/app:1',
            command: ['serve', '--key', 'canary-command'],
            environment: [{ name: 'KEY', value: 'canary-environment' }],
          },
        ],
      },
    },
  });
  return world;
}

/** A controller with log, metrics and every report kept, as `trimtab run` wires them. */
async function startTold(on: Stage) {
  const lines: string[] = [];
  const reports: unknown[] = [];
  const ports = {
    clock: on.clock,
    environment: {},
    isTerminal: false,
    write: (line: string) => void lines.push(line),
  };
  const settings = { ...on.config, logLevel: 'debug' as const, logFormat: 'json' as const };
  const telemetry = createTelemetry(settings, ports, [...KINDS_AT_WORK]);
  const requestHandler = new SimulatedTransport(on.simulator, { client: 'told' });
  const connection = await on.drive(
    connect(
      on.config,
      { clock: on.clock, random: seededRandom(7) },
      {
        simulation: { account: DEFAULT_ACCOUNT, region: DEFAULT_REGION, requestHandler },
        onCall: (call) => telemetry.awsCall(call),
      },
    ),
  );
  const listener = joinListeners(telemetry, {
    report: (report) => void reports.push(report),
    failure: (failure) => void reports.push(String(failure.error)),
  });
  const trimtab = await on.drive(startTrimtab(connection, { listener, health: createHealth(on.clock) }));
  return { lines, reports, telemetry, connection, trimtab };
}

/** What lies outside the account's own services: queues and table, and what the controller sent but for revisions. */
function outside(on: Stage): string {
  const sections = dumpWorld(on.simulator).accounts.map(({ sqs, dynamodb }) => ({ sqs, dynamodb }));
  const sent = on.simulator.calls.filter(
    ({ client, operation }) => client === 'told' && operation !== 'RegisterTaskDefinition',
  );
  return JSON.stringify({ sections, sent: sent.map(({ input }) => input) });
}

const canariesIn = (text: string) => [...new Set(text.match(/canary-[a-z]+/g))];

describe('canary values', () => {
  it('appear nowhere outside the simulated account: no report, log, metric, status, message or call', async () => {
    const on = await openStage({ sections: sections() });
    stage = on;
    const told = await startTold(on);
    const seen = () => canariesIn(outside(on) + JSON.stringify(told.reports) + told.lines.join('\n'));
    await on.clock.advance(60_000);
    expect(seen()).toEqual([]);

    await setConfig(on, 'SECURE', 'canary-changed');
    await on.clock.advance(30_000);
    await setConfig(on, 'NEW', 'canary-new');
    await on.clock.advance(30_000);
    await unsetConfig(on, 'PLAIN');
    await on.clock.advance(60_000);
    expect(seen()).toEqual([]);

    const environment = [{ name: 'KEY', value: 'canary-override' }];
    const overrides = { containerOverrides: [{ name: 'web', environment, command: ['canary-shell'] }] };
    const { networkConfiguration } = serviceOf('shop-web');
    await on.person.ecsOnce.send(
      new RunTaskCommand({
        cluster: 'main',
        taskDefinition: 'shop-web',
        launchType: 'FARGATE',
        group: 'service:shop-web',
        // A service as worlds write it has what RunTask takes.
        networkConfiguration: networkConfiguration as never,
        overrides,
      }),
    );
    const outcome = { family: 'shop-web', exitCode: 3, logLines: ['canary-log'] };
    ecsOf(on).setOutcomes([outcome]);
    await scale(on, { cpu: 1024, memory: 2048 });
    await on.clock.advance(600_000);
    expect(seen()).toEqual([]);

    const inspections = await on.drive(inspectApps(told.connection, []));
    expect(canariesIn(JSON.stringify(inspections))).toEqual([]);
    expect(canariesIn(await told.telemetry.metrics.render())).toEqual([]);
    expect(told.lines.join('\n')).toContain('RolledBack');
    expect(JSON.stringify(told.reports)).toContain('Container web exited with code 3.');
    await on.drive(told.trimtab.stop());

    // Nobody takes messages away now: what events leave in the intake queue stays there to be looked at.
    await on.person.ssm.send(
      new PutParameterCommand({
        Name: '/apppack/apps/shop/config/SECURE',
        Value: 'canary-last',
        Type: 'SecureString',
        Overwrite: true,
      }),
    );
    await on.clock.advance(60_000);
    expect(outside(on)).toContain('/apppack/apps/shop/config/SECURE');
    expect(seen()).toEqual([]);
    // The canaries are alive: inside the account they sing.
    const alive = canariesIn(JSON.stringify(dumpWorld(on.simulator)));
    expect(alive).toEqual(expect.arrayContaining(['canary-secure', 'canary-environment', 'canary-override']));
  });
});
