import type { RunTaskCommandInput } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { ABSENT, look, openRelease, refusal, run, start } from './kit.ts';

describe('RunTask', () => {
  it('row 67: gives failures with HTTP 200 when there is no room', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    const bench = openRelease({ outcomes: [{ placementFailure: 'RESOURCE:MEMORY', times: 1 }] });
    const { tasks, failures } = await run(bench, { count: 2 });
    expect(tasks).toHaveLength(1);
    expect(failures).toMatchObject([{ reason: 'RESOURCE:MEMORY' }]);
  });

  it('row 67: starts at most 10 tasks', async () => {
    const bench = openRelease();
    expect((await run(bench, { count: 10 })).tasks).toHaveLength(10);
    expect((await refusal(run(bench, { count: 11 }))).name).toBe('InvalidParameterException');
    expect((await refusal(run(bench, { count: 0 }))).name).toBe('InvalidParameterException');
  });

  it('row 67: the same token starts nothing twice, and other arguments are a conflict', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ECS_Idempotency.html
    const bench = openRelease();
    const first = await start(bench, { clientToken: 'build-7' });
    expect(await start(bench, { clientToken: 'build-7' })).toBe(first);
    const other = await refusal(run(bench, { clientToken: 'build-7', startedBy: 'x' }));
    expect(other.name).toBe('ConflictException');
    await bench.clock.advance(60_000);
    const { tasks } = await run(bench, { clientToken: 'build-7' });
    expect(tasks).toEqual([{ taskArn: first, lastStatus: 'STOPPED', desiredStatus: 'STOPPED' }]);
  });

  it('row 67: a token lasts as long as the task and an hour, at most a day', async () => {
    const bench = openRelease({ outcomes: [{ command: 'serve', runSeconds: 48 * 3600 }] });
    const short = { overrides: { containerOverrides: [{ name: 'web', command: ['short'] }] } };
    const brief = await start(bench, { clientToken: 'brief', ...short });
    const long = await start(bench, { clientToken: 'long' });
    await bench.clock.advance(3_600_000);
    expect(await start(bench, { clientToken: 'brief', ...short })).toBe(brief);
    await bench.clock.advance(120_000);
    expect(await start(bench, { clientToken: 'brief', ...short })).not.toBe(brief);
    expect(await start(bench, { clientToken: 'long' })).toBe(long);
    await bench.clock.advance(24 * 3_600_000);
    expect(await start(bench, { clientToken: 'long' })).not.toBe(long);
  });

  it.each<[string, Partial<RunTaskCommandInput>, string, string]>([
    ['a missing cluster', { cluster: 'nowhere' }, 'ClusterNotFoundException', 'Cluster not found'],
    ['a missing definition', { taskDefinition: 'x' }, 'ClientException', 'TaskDefinition not found.'],
    ['a long startedBy', { startedBy: 'x'.repeat(129) }, 'InvalidParameterException', '128'],
    ['a long token', { clientToken: 'x'.repeat(65) }, 'InvalidParameterException', 'clientToken'],
    ['tags of a service', { propagateTags: 'SERVICE' }, 'InvalidParameterException', 'SERVICE'],
    [
      'an override of nothing',
      { overrides: { containerOverrides: [{ name: 'db' }] } },
      'InvalidParameterException',
      'Override for container named db is not a container in the TaskDefinition.',
    ],
    [
      'more than 8192 characters of overrides',
      { overrides: { containerOverrides: [{ name: 'web', command: ['x'.repeat(8192)] }] } },
      'InvalidParameterException',
      '8192',
    ],
    [
      'a size that Fargate lacks',
      { overrides: { cpu: '256', memory: '8192' } },
      'ClientException',
      'No Fargate configuration',
    ],
    ['EC2 without machines', { launchType: 'EC2' }, 'InvalidParameterException', 'No Container Instances'],
    [
      'ECS Exec without a task role',
      { enableExecuteCommand: true },
      'InvalidParameterException',
      'taskRoleArn',
    ],
    [
      'a provider the cluster lacks',
      { launchType: ABSENT, capacityProviderStrategy: [{ capacityProvider: 'mine', weight: 1 }] },
      'InvalidParameterException',
      'not associated with the cluster',
    ],
  ])('refuses %s', async (_what, changes, name, message) => {
    const answer = await refusal(run(openRelease(), changes));
    expect(answer.name).toBe(name);
    expect(answer.message).toContain(message);
  });

  it('keeps overrides, tags and who started it', async () => {
    const bench = openRelease();
    const arn = await start(bench, {
      overrides: { cpu: '512', memory: '1024', containerOverrides: [{ name: 'web', command: ['bash'] }] },
      startedBy: 'apppack-cli/shell/someone@example.com',
      propagateTags: 'TASK_DEFINITION',
      enableECSManagedTags: true,
      tags: [{ key: 'apppack:processType', value: 'shell' }],
    });
    expect(await look(bench, arn)).toMatchObject({
      cpu: '512',
      memory: '1024',
      startedBy: 'apppack-cli/shell/someone@example.com',
      overrides: { cpu: '512', containerOverrides: [{ name: 'web', command: ['bash'] }] },
      tags: [
        { key: 'def', value: '1' },
        { key: 'apppack:processType', value: 'shell' },
        { key: 'aws:ecs:clusterName', value: 'main' },
      ],
    });
  });
});
