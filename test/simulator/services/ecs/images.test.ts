import { StopTaskCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import {
  BREAKER,
  deploy,
  history,
  look,
  openEcs,
  openRelease,
  primary,
  shopSection,
  start,
  webDefinition,
} from './kit.ts';

describe('an image that cannot be pulled', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
  it.each([
    ['notFound', /failed to resolve ref shop:1: shop:1: not found$/],
    ['accessDenied', /403 Forbidden$/],
    ['unreachable', /retried 5 time\(s\).*i\/o timeout$/],
    ['CannotPullContainerError: of its own', /of its own$/],
  ])('row 65: stops a task that never ran, as %s', async (problem, reason) => {
    const bench = openRelease({ images: { 'shop:*': problem } });
    const arn = await start(bench);
    await bench.clock.advance(10_000);
    const task = await look(bench, arn);
    expect(task).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' });
    expect(task.stoppedReason).toMatch(/^CannotPullContainerError: /);
    expect(task.stoppedReason).toMatch(reason);
    expect(task.containers).toMatchObject([{ name: 'web', reason: task.stoppedReason }]);
    expect(task.containers?.[0]).not.toHaveProperty('exitCode');
    expect(task.startedAt).toBeUndefined();
  });

  it('row 65: is told of the container that wants it', async () => {
    const containerDefinitions = [
      { name: 'web', image: 'shop:1' },
      { name: 'proxy', image: 'proxy:gone' },
    ];
    const bench = openEcs({
      taskDefinitions: [webDefinition({ family: 'shop-release', containerDefinitions })],
      images: { '*:gone': 'notFound' },
    });
    const arn = await start(bench);
    await bench.clock.advance(10_000);
    const { containers = [] } = await look(bench, arn);
    expect(containers.filter(({ reason }) => reason !== undefined).map(({ name }) => name)).toEqual([
      'proxy',
    ]);
  });

  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
  it('row 32: trips the circuit breaker of a service, which rolls back', async () => {
    const bench = openEcs({ ...shopSection(), images: { 'shop:2': 'notFound' } });
    const before = await primary(bench);
    await deploy(bench, 'shop-web:2');
    await bench.clock.advance(120_000);
    const [latest] = await history(bench);
    expect(latest?.status).toBe('ROLLBACK_SUCCESSFUL');
    expect(await primary(bench)).toMatchObject({
      taskDefinition: before.taskDefinition,
      rolloutState: 'COMPLETED',
      runningCount: 2,
    });
  });

  it('may vanish while tasks run that have it: only the next ones notice', async () => {
    const bench = openEcs(shopSection({ deploymentConfiguration: BREAKER }));
    bench.ecs.setImages({ 'shop:1': 'notFound' });
    await bench.clock.advance(60_000);
    expect((await primary(bench)).runningCount).toBe(2);
    expect(bench.ecs.dump()).toMatchObject({ images: { 'shop:1': 'notFound' } });
    expect(() => bench.ecs.setImages(['shop:1'])).toThrow('ecs images');
  });
});

describe('a task that does not come to run', () => {
  it('stays PENDING until somebody stops it, when its script says so', async () => {
    const bench = openRelease({ outcomes: [{ family: 'shop-release', neverStarts: true }] });
    const arn = await start(bench);
    await bench.clock.advance(7 * 86_400_000);
    expect((await look(bench, arn)).lastStatus).toBe('PENDING');
    await bench.aws.send(new StopTaskCommand({ cluster: 'main', task: arn }));
    await bench.clock.advance(5000);
    const task = await look(bench, arn);
    expect(task).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'UserInitiated' });
    expect(task.containers?.[0]).not.toHaveProperty('exitCode');
  });

  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
  it('row 62: says which parameter its execution role may not read', async () => {
    const secrets = [{ name: 'KEY', valueFrom: '/shop/KEY' }];
    const containerDefinitions = [{ name: 'web', image: 'shop:1', secrets }];
    const bench = openEcs({
      taskDefinitions: [webDefinition({ family: 'shop-release', containerDefinitions })],
      outcomes: [{ secretsDenied: true }],
    });
    const arn = await start(bench);
    await bench.clock.advance(10_000);
    const { stopCode, stoppedReason } = await look(bench, arn);
    expect(stopCode).toBe('TaskFailedToStart');
    expect(stoppedReason).toMatch(
      /^ResourceInitializationError: .*AccessDeniedException: User: arn:aws:sts::/,
    );
    expect(stoppedReason).toMatch(
      /assumed-role\/execution\/.*arn:aws:ssm:us-east-1:123456789012:parameter\/shop\/KEY/,
    );
  });

  it('runs as usual where its execution role may read no parameter, if it names none', async () => {
    const bench = openRelease({ outcomes: [{ secretsDenied: true }] });
    const arn = await start(bench);
    await bench.clock.advance(60_000);
    const task = await look(bench, arn);
    expect(task).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited' });
    expect(task.containers?.[0]?.exitCode).toBe(0);
  });

  it('row 68: is forgotten an hour after it stopped', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
    const bench = openRelease({ outcomes: [{ exitCode: 0, runSeconds: 12 }] });
    const arn = await start(bench);
    await bench.clock.advance(3_600_000);
    expect((await look(bench, arn)).containers?.[0]?.exitCode).toBe(0);
    await bench.clock.advance(60_000);
    await expect(look(bench, arn)).rejects.toThrow('there is no task');
  });
});
