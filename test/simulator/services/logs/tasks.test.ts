import { DescribeTasksCommand, RunTaskCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { BREAKER, history, NETWORK, webDefinition } from '../ecs/kit.ts';
import { GROUP, type LogsBench, messages, openLogs } from './kit.ts';

/** A definition of one container that logs to `/shop`. */
function loggingDefinition(family: string, name: string, options: Record<string, string> = {}) {
  return webDefinition({
    family,
    containerDefinitions: [
      {
        name,
        image: 'shop:1',
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': GROUP,
            'awslogs-region': 'us-east-1',
            'awslogs-stream-prefix': 'shop',
            ...options,
          },
        },
      },
    ],
  });
}

async function runTask(bench: LogsBench, taskDefinition: string) {
  const { tasks } = await bench.aws.send(
    new RunTaskCommand({
      cluster: 'main',
      taskDefinition,
      launchType: 'FARGATE',
      networkConfiguration: NETWORK,
    }),
  );
  await bench.clock.advance(60_000);
  const described = await bench.aws.send(
    new DescribeTasksCommand({ cluster: 'main', tasks: [tasks?.[0]?.taskArn ?? ''] }),
  );
  return described.tasks?.[0];
}

describe('a task that logs with awslogs', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
  const release = loggingDefinition('shop-release', 'release');

  it('writes what its outcome says to <prefix>/<container>/<task id>', async () => {
    const bench = openLogs(
      {},
      {
        taskDefinitions: [release],
        outcomes: [{ family: 'shop-release', exitCode: 0, logLines: ['migrating', 'done'] }],
      },
    );
    bench.load({ groups: { [GROUP]: {} } });
    const task = await runTask(bench, 'shop-release');
    expect(task?.containers?.[0]?.exitCode).toBe(0);
    const logStreamName = `shop/release/${task?.taskArn?.split('/').at(-1)}`;
    const { logStreams } = await bench.call('DescribeLogStreams', { logGroupName: GROUP });
    expect(logStreams?.map((stream) => stream.logStreamName)).toEqual([logStreamName]);
    const read = await bench.call('GetLogEvents', { logGroupName: GROUP, logStreamName });
    expect(messages(read)).toEqual(['migrating', 'done']);
  });

  it('fails to start when its group does not exist', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
    const bench = openLogs({}, { taskDefinitions: [release] });
    const task = await runTask(bench, 'shop-release');
    expect(task).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1',
    });
    expect(task?.containers?.[0]).not.toHaveProperty('exitCode');
    expect(await bench.call('DescribeLogGroups')).toEqual({ logGroups: [] });
  });

  it('makes its group itself with awslogs-create-group', async () => {
    const definition = loggingDefinition('shop-release', 'release', { 'awslogs-create-group': 'true' });
    const bench = openLogs({}, { taskDefinitions: [definition] });
    const task = await runTask(bench, 'shop-release');
    expect(task?.stopCode).toBe('EssentialContainerExited');
    const { logGroups } = await bench.call('DescribeLogGroups');
    expect(logGroups?.map(({ logGroupName }) => logGroupName)).toEqual([GROUP]);
  });

  it('lets a deployment fail, which the circuit breaker rolls back', async () => {
    const bench = openLogs(
      {},
      {
        taskDefinitions: [webDefinition(), loggingDefinition('shop-web', 'web')],
        services: [
          {
            cluster: 'main',
            name: 'shop-web',
            taskDefinition: 'shop-web:1',
            desiredCount: 1,
            deploymentConfiguration: BREAKER,
          },
        ],
      },
    );
    const update = { cluster: 'main', service: 'shop-web', taskDefinition: 'shop-web:2' };
    await bench.aws.send(new UpdateServiceCommand(update));
    await bench.clock.advance(120_000);
    expect((await history(bench))[0]).toMatchObject({ status: 'ROLLBACK_SUCCESSFUL' });
    bench.load({ groups: { [GROUP]: {} } });
    await bench.aws.send(new UpdateServiceCommand(update));
    await bench.clock.advance(120_000);
    expect((await history(bench))[0]).toMatchObject({ status: 'SUCCESSFUL' });
  });

  it('does not mind a group in another region', async () => {
    const definition = loggingDefinition('shop-release', 'release', { 'awslogs-region': 'eu-west-1' });
    const bench = openLogs({}, { taskDefinitions: [definition] });
    expect((await runTask(bench, 'shop-release'))?.stopCode).toBe('EssentialContainerExited');
  });
});
