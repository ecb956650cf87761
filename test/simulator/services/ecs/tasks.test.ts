import { StopTaskCommand, type Task } from '@aws-sdk/client-ecs';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { list, look, openEcs, openRelease, runningTasks, shopSection, start, webDefinition } from './kit.ts';

describe('the life of a task', () => {
  it('goes through every state on the clock and runs at least 12 s', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
    const bench = openRelease();
    const arn = await start(bench);
    const states: string[] = [];
    let running = 0;
    for (let tick = 0; tick < 300; tick += 1) {
      const { lastStatus = '' } = await look(bench, arn);
      if (states.at(-1) !== lastStatus) states.push(lastStatus);
      if (lastStatus === 'RUNNING') running += 100;
      await bench.clock.advance(100);
    }
    expect(states).toEqual(['PROVISIONING', 'PENDING', 'ACTIVATING', 'RUNNING', 'DEPROVISIONING', 'STOPPED']);
    expect(running).toBeGreaterThanOrEqual(12_000);
    const task = await look(bench, arn);
    expect(task).toMatchObject({
      desiredStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      platformVersion: '1.4.0',
      group: 'family:shop-release',
      containers: [{ name: 'web', lastStatus: 'STOPPED', exitCode: 0 }],
    });
    const order = [
      task.createdAt,
      task.pullStartedAt,
      task.startedAt,
      task.executionStoppedAt,
      task.stoppedAt,
    ];
    const times = order.map((at) => at?.getTime() ?? 0);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('row 58: a running task does not see a new value of its secret', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
    const bench = openEcs(shopSection());
    const ssm = new SSMClient(bench.client());
    const before = await runningTasks(bench);
    await ssm.send(new PutParameterCommand({ Name: '/key', Value: 'one', Type: 'String' }));
    await ssm.send(new PutParameterCommand({ Name: '/key', Value: 'two', Type: 'String', Overwrite: true }));
    await bench.clock.advance(60_000);
    expect(await runningTasks(bench)).toEqual(before);
  });

  it.each([
    ['a name', '/apppack/apps/shop/config/KEY'],
    ['an ARN', 'arn:aws:ssm:us-east-1:123456789012:parameter/apppack/apps/shop/config/KEY'],
  ])(
    'row 60: fails to start while the parameter of its secret is missing, given by %s',
    async (_form, valueFrom) => {
      // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
      const secrets = [{ name: 'KEY', valueFrom }];
      const bench = openEcs({
        taskDefinitions: [
          webDefinition({
            family: 'shop-release',
            containerDefinitions: [{ name: 'web', image: 'shop:1', secrets }],
          }),
        ],
      });
      const failing = await start(bench);
      await bench.clock.advance(10_000);
      const task = await look(bench, failing);
      expect(task).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' });
      expect(task.stoppedReason).toMatch(
        /^ResourceInitializationError: .*\/apppack\/apps\/shop\/config\/KEY/,
      );
      expect(task.containers?.[0]).not.toHaveProperty('exitCode');
      const ssm = new SSMClient(bench.client());
      await ssm.send(
        new PutParameterCommand({ Name: '/apppack/apps/shop/config/KEY', Value: 'x', Type: 'SecureString' }),
      );
      await ssm.send(new GetParameterCommand({ Name: '/apppack/apps/shop/config/KEY' }));
      const good = await start(bench);
      await bench.clock.advance(5000);
      expect((await look(bench, good)).lastStatus).toBe('RUNNING');
    },
  );

  it.each([
    ['another region', 'arn:aws:ssm:eu-west-1:123456789012:parameter/key'],
    ['a version', '/key:1'],
  ])('row 59: takes no secret of %s', async (_what, valueFrom) => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html
    const bench = openEcs({
      taskDefinitions: [
        webDefinition({
          family: 'shop-release',
          containerDefinitions: [{ name: 'web', image: 'shop:1', secrets: [{ name: 'KEY', valueFrom }] }],
        }),
      ],
    });
    const ssm = new SSMClient(bench.client());
    await ssm.send(new PutParameterCommand({ Name: '/key', Value: 'x', Type: 'String' }));
    const arn = await start(bench);
    await bench.clock.advance(10_000);
    expect((await look(bench, arn)).stopCode).toBe('TaskFailedToStart');
  });

  it('does not ask Parameter Store for secrets of Secrets Manager', async () => {
    const valueFrom = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:x-abc';
    const bench = openEcs({
      taskDefinitions: [
        webDefinition({
          family: 'shop-release',
          containerDefinitions: [{ name: 'web', image: 'shop:1', secrets: [{ name: 'KEY', valueFrom }] }],
        }),
      ],
    });
    const arn = await start(bench);
    await bench.clock.advance(5000);
    expect((await look(bench, arn)).lastStatus).toBe('RUNNING');
  });
});

describe('how tasks end', () => {
  it.each<[string, Record<string, unknown>, Partial<Task>, number | undefined]>([
    ['an exit code', { exitCode: 3 }, { stopCode: 'EssentialContainerExited' }, 3],
    ['a crash', { crashAfterSeconds: 2 }, { stopCode: 'EssentialContainerExited' }, 1],
    ['an image that is not there', { cannotPull: true }, { stopCode: 'TaskFailedToStart' }, undefined],
    [
      'a reason of its own',
      { stoppedReason: 'CannotStartContainerError: exec: "serve": not found' },
      { stopCode: 'TaskFailedToStart', stoppedReason: 'CannotStartContainerError: exec: "serve": not found' },
      undefined,
    ],
  ])('rows 64 and 65: %s', async (_what, outcome, expected, exitCode) => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
    const bench = openRelease({ outcomes: [{ family: 'shop-release', ...outcome }] });
    const arn = await start(bench);
    await bench.clock.advance(60_000);
    const task = await look(bench, arn);
    expect(task).toMatchObject({ lastStatus: 'STOPPED', ...expected });
    expect(task.containers?.[0]?.exitCode).toBe(exitCode);
  });

  it('row 65: a container killed for its memory says so, with exit code 137', async () => {
    const bench = openRelease({ outcomes: [{ exitCode: 137 }] });
    const arn = await start(bench);
    await bench.clock.advance(60_000);
    const [container] = (await look(bench, arn)).containers ?? [];
    expect(container).toMatchObject({ exitCode: 137 });
    expect(container?.reason).toMatch(/^OutOfMemoryError/);
  });

  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
  it.each([
    ['SpotInterruption', 143],
    ['TerminationNotice', 143],
    ['InfrastructureHealth', undefined],
  ])('row 64: AWS takes tasks away, as %s', async (lost, exitCode) => {
    const bench = openRelease({ outcomes: [{ lost, runSeconds: 5 }] });
    const arn = await start(bench);
    await bench.clock.advance(20_000);
    const task = await look(bench, arn);
    expect(task).toMatchObject({ lastStatus: 'STOPPED', stopCode: lost });
    expect(task.containers?.[0]?.exitCode).toBe(exitCode);
    expect(task.stoppedReason).toMatch(/\.$/);
  });

  it('row 64: a task stopped by the scheduler says by which deployment', async () => {
    const bench = openEcs(shopSection());
    const [arn = ''] = await runningTasks(bench);
    await bench.aws.send(new StopTaskCommand({ cluster: 'main', task: arn, reason: 'enough' }));
    await bench.clock.advance(10_000);
    expect(await look(bench, arn)).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'enough' });
    bench.ecs.setOutcomes([{ family: 'shop-web', unhealthyAfterSeconds: 30, times: 1 }]);
    const [next = ''] = await runningTasks(bench);
    await bench.aws.send(new StopTaskCommand({ cluster: 'main', task: next }));
    await bench.clock.advance(60_000);
    const stopped = await list(bench, { serviceName: 'shop-web', desiredStatus: 'STOPPED' });
    const reasons = await Promise.all(stopped.map(async (task) => (await look(bench, task)).stopCode));
    expect(reasons).toContain('ServiceSchedulerInitiated');
  });

  it('row 66: injected sidecars come first in the list of containers', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
    const bench = openRelease({ guardDuty: true, outcomes: [{ exitCode: 1 }] });
    const arn = await start(bench);
    await bench.clock.advance(60_000);
    const { containers = [] } = await look(bench, arn);
    expect(containers[0]?.name).toMatch(/^aws-guardduty-agent-/);
    expect(containers[0]?.exitCode).toBe(0);
    expect(containers.find(({ name }) => name === 'web')?.exitCode).toBe(1);
  });

  it('an outcome is chosen by family, image, command or cluster, and may be used up', async () => {
    const bench = openRelease();
    bench.ecs.setOutcomes([
      { cluster: 'other', exitCode: 9 },
      { command: '*migrate*', exitCode: 4, times: 1, runSeconds: 20 },
      { image: 'shop:*', exitCode: 5 },
    ]);
    const overrides = { containerOverrides: [{ name: 'web', command: ['sh', '-c', 'migrate'] }] };
    const first = await start(bench, { overrides });
    const second = await start(bench, { overrides });
    await bench.clock.advance(20_000);
    expect((await look(bench, first)).lastStatus).toBe('RUNNING');
    await bench.clock.advance(20_000);
    expect((await look(bench, first)).containers?.[0]?.exitCode).toBe(4);
    expect((await look(bench, second)).containers?.[0]?.exitCode).toBe(5);
    expect(() => bench.ecs.setOutcomes([{ exitcode: 1 }])).toThrow('exitcode');
  });
});
