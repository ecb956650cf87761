import {
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  conditionsOf,
  deploymentsOf,
  ecsOf,
  revisionsOf,
  scale,
  serviceOf,
  setConfig,
  variablesOf,
} from './people.ts';
import { type Actor, openStage, type Stage, type StageOptions } from './stage.ts';
import { type AppOptions, definitionOf, worldOf } from './worlds.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

const HOUR_MS = 3_600_000;
const BREAKER = { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } };
const LARGER = { cpu: 1024, memory: 2048 };

/** An app with one service that has one config variable, and a controller that knows it. */
async function shop(
  service: Record<string, unknown> = BREAKER,
  options: StageOptions & { app?: AppOptions } = {},
): Promise<{ on: Stage; actor: Actor }> {
  const app = { services: { web: service }, config: ['SECRET_KEY'], ...options.app };
  const on = await openStage({ sections: worldOf({ shop: app }), ...options });
  stage = on;
  const actor = await on.start();
  await on.clock.advance(60_000);
  return { on, actor };
}

/** `ps restart` of the AppPack CLI. */
async function restartByHand(on: Stage): Promise<void> {
  const force = { cluster: 'main', service: 'shop-web', forceNewDeployment: true };
  await on.person.ecsOnce.send(new UpdateServiceCommand(force));
}

/** Lets time pass until the controller has written `count` updates. */
async function untilUpdated(on: Stage, count: number): Promise<void> {
  const updates = () => on.writes().filter((call) => call.operation === 'UpdateService').length;
  for (let turn = 0; turn < 1_200 && updates() < count; turn += 1) await on.clock.advance(50);
  expect(updates()).toBe(count);
}

const statuses = async (on: Stage) => (await deploymentsOf(on)).map(({ status }) => status);

describe('a rollout', () => {
  it('that works is told while it is under way, and then not any more', async () => {
    const { on, actor } = await shop();
    // So that it takes as long as deployments do.
    ecsOf(on).setOutcomes([{ family: 'shop-web', exitCode: 1, times: 2 }]);
    await setConfig(on, 'SECRET_KEY', 'another value');
    await on.clock.advance(15_000);
    expect(await conditionsOf(on, actor)).toMatchObject([
      { type: 'RolledOut', status: 'True', reason: 'Progressing', resource: 'service shop-web' },
    ]);
    await on.clock.advance(120_000);
    expect(await conditionsOf(on, actor)).toEqual([]);
    expect(await statuses(on)).toEqual(['SUCCESSFUL', 'SUCCESSFUL']);
    const key = { account: '123456789012', region: 'us-east-1', kind: 'app', name: 'shop' } as const;
    const status = await on.drive(actor.connection.statuses.read(key));
    expect(status).toMatchObject({ synced: true, intents: [] });
    expect(status.wake).toBeUndefined();
  });

  it('of a revision that ECS rolls back is reported with why, and tried again only when desired state changes', async () => {
    const { on, actor } = await shop();
    ecsOf(on).setOutcomes([{ family: 'shop-web', cannotPull: true }]);
    await scale(on, LARGER);
    await on.clock.advance(HOUR_MS);
    expect(await statuses(on)).toEqual(['ROLLBACK_SUCCESSFUL', 'SUCCESSFUL']);
    expect(await revisionsOf(on)).toHaveLength(2);
    expect((await serviceOf(on)).taskDefinition).toMatch(/shop-web:1$/);
    const [condition, ...others] = await conditionsOf(on, actor);
    expect(others).toEqual([]);
    expect(condition).toMatchObject({
      type: 'RolledOut',
      status: 'False',
      reason: 'RolledBack',
      resource: 'service shop-web',
    });
    expect(condition?.message).toContain('CannotPullContainerError');
    expect(condition?.message).toContain('check its name and tag');
    expect(condition?.message).toMatch(
      /update-service --cluster main --service shop-web --task-definition shop-web:2$/,
    );

    ecsOf(on).setOutcomes([]);
    await scale(on, { cpu: 1024, memory: 3072 });
    await on.clock.advance(180_000);
    expect((await statuses(on))[0]).toBe('SUCCESSFUL');
    expect(await deploymentsOf(on)).toHaveLength(3);
    expect((await serviceOf(on)).taskDefinition).toMatch(/shop-web:3$/);
    expect(await conditionsOf(on, actor)).toEqual([]);
    expect(actor.failures).toEqual([]);
  });

  it('of a restart that ECS rolls back is reported with why, and tried again when the value changes', async () => {
    const { on, actor } = await shop();
    ecsOf(on).setOutcomes([{ family: 'shop-web', exitCode: 3 }]);
    await setConfig(on, 'SECRET_KEY', 'a bad value');
    await on.clock.advance(HOUR_MS);
    expect(await statuses(on)).toEqual(['ROLLBACK_SUCCESSFUL', 'SUCCESSFUL']);
    expect(await revisionsOf(on)).toHaveLength(1);
    const [condition] = await conditionsOf(on, actor);
    expect(condition).toMatchObject({ type: 'RolledOut', status: 'False', reason: 'RolledBack' });
    expect(condition?.message).toContain('Container web exited with code 3.');
    expect(condition?.message).toMatch(/--service shop-web --force-new-deployment$/);

    ecsOf(on).setOutcomes([]);
    await setConfig(on, 'SECRET_KEY', 'a good value');
    await on.clock.advance(180_000);
    expect(await statuses(on)).toEqual(['SUCCESSFUL', 'ROLLBACK_SUCCESSFUL', 'SUCCESSFUL']);
    expect(await conditionsOf(on, actor)).toEqual([]);
  });

  it('of a new variable that ECS rolls back is tried again when only the value of that variable changes', async () => {
    const { on, actor } = await shop();
    ecsOf(on).setOutcomes([{ family: 'shop-web', unhealthyAfterSeconds: 0.5 }]);
    await setConfig(on, 'NEW', 'a bad value');
    await on.clock.advance(HOUR_MS);
    expect((await conditionsOf(on, actor))[0]).toMatchObject({ reason: 'RolledBack' });
    expect(await deploymentsOf(on)).toHaveLength(2);
    ecsOf(on).setOutcomes([]);
    await setConfig(on, 'NEW', 'a good value');
    await on.clock.advance(180_000);
    expect((await variablesOf(on)).secrets).toEqual(['NEW', 'SECRET_KEY']);
    expect(await revisionsOf(on)).toHaveLength(2);
    expect(await deploymentsOf(on)).toHaveLength(3);
    expect(await conditionsOf(on, actor)).toEqual([]);
  });

  it('keeps a count as desired after it was rolled back, and does not try again for it', async () => {
    const { on, actor } = await shop();
    ecsOf(on).setOutcomes([{ family: 'shop-web', cannotPull: true }]);
    await scale(on, LARGER);
    await on.clock.advance(HOUR_MS);
    ecsOf(on).setOutcomes([]);
    await scale(on, { ...LARGER, min_processes: 2, max_processes: 2 });
    await on.clock.advance(HOUR_MS);
    expect((await serviceOf(on)).desiredCount).toBe(2);
    expect(await deploymentsOf(on)).toHaveLength(2);
    expect((await conditionsOf(on, actor))[0]).toMatchObject({ reason: 'RolledBack' });
  });

  it('is forgotten when desired state goes back to what runs', async () => {
    const { on, actor } = await shop();
    ecsOf(on).setOutcomes([{ family: 'shop-web', cannotPull: true }]);
    await scale(on, LARGER);
    await on.clock.advance(HOUR_MS);
    await scale(on, {});
    await on.clock.advance(30_000);
    expect(await conditionsOf(on, actor)).toEqual([]);
    expect(await deploymentsOf(on)).toHaveLength(2);
  });

  it('that ECS stopped with nothing to go back to is reported, and healed by hand', async () => {
    const noWayBack = { deploymentCircuitBreaker: { enable: true, rollback: false } };
    const { on, actor } = await shop({ deploymentConfiguration: noWayBack });
    ecsOf(on).setOutcomes([{ family: 'shop-web', stoppedReason: 'OutOfMemoryError: container killed' }]);
    await scale(on, LARGER);
    await on.clock.advance(HOUR_MS);
    const [condition] = await conditionsOf(on, actor);
    expect(condition).toMatchObject({ type: 'RolledOut', status: 'False', reason: 'Failed' });
    expect(condition?.message).toContain('more memory');
    expect(await statuses(on)).toEqual(['STOPPED', 'SUCCESSFUL']);
    ecsOf(on).setOutcomes([]);
    await restartByHand(on);
    // Nobody waits for this deployment: at the latest the sweep sees it.
    await on.clock.advance(400_000);
    expect(await conditionsOf(on, actor)).toEqual([]);
    expect(await statuses(on)).toEqual(['SUCCESSFUL', 'STOPPED', 'SUCCESSFUL']);
  });

  it('without a circuit breaker ends after thirty minutes, with why, and when it works after all', async () => {
    const { on, actor } = await shop({});
    ecsOf(on).setOutcomes([{ family: 'shop-web', cannotPull: true }]);
    await setConfig(on, 'SECRET_KEY', 'another value');
    await on.clock.advance(29 * 60_000);
    expect((await conditionsOf(on, actor))[0]).toMatchObject({ reason: 'Progressing' });
    await on.clock.advance(2 * 60_000);
    const [condition] = await conditionsOf(on, actor);
    expect(condition).toMatchObject({ type: 'RolledOut', status: 'False', reason: 'Failed' });
    expect(condition?.message).toContain('after 30 minutes');
    expect(condition?.message).toContain('CannotPullContainerError');
    await on.clock.advance(HOUR_MS);
    expect(await deploymentsOf(on)).toHaveLength(2);
    ecsOf(on).setOutcomes([]);
    await on.clock.advance(HOUR_MS);
    expect(await statuses(on)).toEqual(['SUCCESSFUL', 'SUCCESSFUL']);
    expect(await conditionsOf(on, actor)).toEqual([]);
  });
});

describe('somebody else’s deployment during a rollout', () => {
  it('of the same revision is followed, not fought: ps restart', async () => {
    const { on, actor } = await shop();
    await scale(on, LARGER);
    await untilUpdated(on, 1);
    await on.clock.advance(1_000);
    await restartByHand(on);
    await on.clock.advance(600_000);
    expect(await statuses(on)).toEqual(['SUCCESSFUL', 'STOPPED', 'SUCCESSFUL']);
    expect(await revisionsOf(on)).toHaveLength(2);
    expect(await conditionsOf(on, actor)).toEqual([]);
  });

  it('of the same revision that fails is the verdict', async () => {
    const { on, actor } = await shop();
    await setConfig(on, 'SECRET_KEY', 'another value');
    await untilUpdated(on, 1);
    ecsOf(on).setOutcomes([{ family: 'shop-web', cannotPull: true }]);
    await restartByHand(on);
    await on.clock.advance(HOUR_MS);
    expect(await statuses(on)).toEqual(['ROLLBACK_SUCCESSFUL', 'STOPPED', 'SUCCESSFUL']);
    expect((await conditionsOf(on, actor))[0]).toMatchObject({ reason: 'RolledBack' });
  });

  it('back to the old revision supersedes it, and is not fought either', async () => {
    const { on, actor } = await shop();
    await scale(on, LARGER);
    await untilUpdated(on, 1);
    const back = { cluster: 'main', service: 'shop-web', taskDefinition: 'shop-web:1' };
    await on.person.ecs.send(new UpdateServiceCommand(back));
    await on.clock.advance(HOUR_MS);
    expect(await statuses(on)).toEqual(['SUCCESSFUL', 'STOPPED', 'SUCCESSFUL']);
    expect((await conditionsOf(on, actor))[0]).toMatchObject({
      type: 'RolledOut',
      status: 'False',
      reason: 'Superseded',
    });
  });

  it('of another revision supersedes it, and gets what is still missing on top', async () => {
    const { on, actor } = await shop();
    await setConfig(on, 'NEW', 'a value');
    await untilUpdated(on, 1);
    const release = definitionOf('shop-web', 'web', {
      executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
      containerDefinitions: [{ name: 'web', image: 'example.com/app:2' }],
    });
    // A definition as worlds write it is what RegisterTaskDefinition takes.
    await on.person.ecsOnce.send(new RegisterTaskDefinitionCommand(release as never));
    const deploy = { cluster: 'main', service: 'shop-web', taskDefinition: 'shop-web:3' };
    await on.person.ecs.send(new UpdateServiceCommand(deploy));
    await on.clock.advance(600_000);
    expect((await serviceOf(on)).taskDefinition).toMatch(/shop-web:4$/);
    expect((await variablesOf(on)).secrets).toEqual(['NEW', 'SECRET_KEY']);
    expect(await deploymentsOf(on)).toHaveLength(4);
    expect(await conditionsOf(on, actor)).toEqual([]);
  });
});

describe('a change during a rollout', () => {
  it('supersedes it at once, with one revision and one deployment more', async () => {
    const { on, actor } = await shop();
    await scale(on, LARGER);
    await untilUpdated(on, 1);
    const updatedAt = on.clock.now();
    await scale(on, { cpu: 2048, memory: 4096 });
    await untilUpdated(on, 2);
    // Reads of ECS and Parameter Store lag three seconds each, events half a second.
    expect(on.clock.now() - updatedAt).toBeLessThan(8_000);
    await on.clock.advance(180_000);
    expect(await statuses(on)).toEqual(['SUCCESSFUL', 'STOPPED', 'SUCCESSFUL']);
    expect(await revisionsOf(on)).toHaveLength(3);
    expect(await conditionsOf(on, actor)).toEqual([]);
  });

  it('ends one that ECS is rolling back', async () => {
    const { on, actor } = await shop();
    ecsOf(on).setOutcomes([{ family: 'shop-web', cannotPull: true, times: 3 }]);
    await scale(on, LARGER);
    for (let second = 0; second < 120; second += 1) {
      await on.clock.advance(1_000);
      const list = new ListServiceDeploymentsCommand({ cluster: 'main', service: 'shop-web' });
      const { serviceDeployments } = await on.person.ecs.send(list);
      if (serviceDeployments?.[0]?.status?.startsWith('ROLLBACK_')) break;
    }
    await scale(on, { cpu: 2048, memory: 4096 });
    await on.clock.advance(300_000);
    expect((await statuses(on))[0]).toBe('SUCCESSFUL');
    expect((await serviceOf(on)).taskDefinition).toMatch(/shop-web:3$/);
    expect(await conditionsOf(on, actor)).toEqual([]);
  });
});

describe('what goes wrong around a rollout', () => {
  it('a controller that dies right after its update is followed by the next one, which repeats nothing', async () => {
    for (const change of ['value', 'size'] as const) {
      const { on, actor } = await shop();
      // Its status cannot be stored from the update on: everything it knew is lost with it.
      const lost = { kind: 'error', service: 'dynamodb', client: 'controller' } as const;
      const updated = () => on.writes().some((call) => call.operation === 'UpdateService');
      if (change === 'value') await setConfig(on, 'SECRET_KEY', 'another value');
      else await scale(on, LARGER);
      for (let turn = 0; turn < 400 && !updated(); turn += 1) await on.clock.advance(50);
      on.simulator.switches.faults.push(lost);
      await on.drive(actor.trimtab.stop());
      on.simulator.switches.faults.length = 0;
      ecsOf(on).setOutcomes([{ family: 'shop-web', cannotPull: true }]);
      await on.start('second');
      await on.clock.advance(HOUR_MS);
      expect(await deploymentsOf(on)).toHaveLength(2);
      expect((await revisionsOf(on)).length).toBe(change === 'value' ? 1 : 2);
      await on.stop();
      stage = undefined;
    }
  });

  it('lost events cost a minute at most: the verdict is looked for', async () => {
    const { on, actor } = await shop();
    on.simulator.switches.faults.push({
      kind: 'error',
      service: 'sqs',
      operation: 'SendMessage',
      client: 'events.amazonaws.com',
    });
    await setConfig(on, 'SECRET_KEY', 'another value');
    await on.clock.advance(180_000);
    expect(await conditionsOf(on, actor)).toEqual([]);
    expect(await statuses(on)).toEqual(['SUCCESSFUL', 'SUCCESSFUL']);
  });
});

describe('first contact', () => {
  it('with twenty old services restarts none, writes to none and says nothing', async () => {
    const processes = Array.from({ length: 5 }, (_, index) => `p${index}`);
    const app = (breaker: boolean): AppOptions => ({
      scaling: Object.fromEntries(processes.map((process) => [process, {}])),
      services: Object.fromEntries(processes.map((process) => [process, breaker ? BREAKER : {}])),
      config: ['DATABASE_URL', 'SECRET_KEY'],
    });
    const apps = { shop: app(true), blog: app(false), api: app(true), docs: app(false) };
    const on = await openStage({ sections: worldOf(apps) });
    stage = on;
    const actor = await on.start();
    await on.clock.advance(2 * HOUR_MS);
    expect(on.writes()).toEqual([]);
    for (const name of Object.keys(apps)) {
      expect(await conditionsOf(on, actor, name)).toEqual([]);
      expect(await deploymentsOf(on, `${name}-p0`)).toHaveLength(1);
    }
    expect(actor.failures).toEqual([]);
  });
});
