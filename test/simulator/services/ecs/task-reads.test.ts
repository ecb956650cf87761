import { DescribeTasksCommand, ListTasksCommand, StopTaskCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { list, look, openEcs, openRelease, refusal, shopSection, start, webDefinition } from './kit.ts';

describe('StopTask', () => {
  it('row 68: drops the tags of the task', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
    const bench = openRelease();
    const arn = await start(bench, { tags: [{ key: 'a', value: 'b' }] });
    await bench.clock.advance(5000);
    const { task } = await bench.aws.send(new StopTaskCommand({ cluster: 'main', task: arn }));
    expect(task).toMatchObject({ desiredStatus: 'STOPPED', lastStatus: 'DEACTIVATING' });
    await bench.clock.advance(5000);
    expect(await look(bench, arn)).toMatchObject({ lastStatus: 'STOPPED', tags: [] });
    expect((await look(bench, arn)).containers?.[0]?.exitCode).toBe(143);
  });

  it('stops a task before it ran, which leaves no exit code', async () => {
    const bench = openRelease();
    const arn = await start(bench);
    await bench.aws.send(new StopTaskCommand({ cluster: 'main', task: arn.split('/').at(-1) ?? '' }));
    await bench.clock.advance(5000);
    const task = await look(bench, arn);
    expect(task).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'UserInitiated' });
    expect(task.containers?.[0]).not.toHaveProperty('exitCode');
  });

  it('leaves a stopped task as it is and refuses an unknown one', async () => {
    const bench = openRelease({ outcomes: [{ exitCode: 3 }] });
    const arn = await start(bench);
    await bench.clock.advance(60_000);
    await bench.aws.send(new StopTaskCommand({ cluster: 'main', task: arn }));
    expect((await look(bench, arn)).stopCode).toBe('EssentialContainerExited');
    const unknown = bench.aws.send(new StopTaskCommand({ cluster: 'main', task: 'f'.repeat(32) }));
    expect(await refusal(unknown)).toEqual({
      name: 'InvalidParameterException',
      message: 'The referenced task was not found.',
    });
  });
});

describe('DescribeTasks and ListTasks', () => {
  it('row 68: a stopped task can be seen for an hour, then it is MISSING', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
    const bench = openRelease();
    const arn = await start(bench, { startedBy: 'build-7' });
    await bench.clock.advance(20_000);
    expect(await list(bench, { startedBy: 'build-7', desiredStatus: 'STOPPED' })).toEqual([arn]);
    await bench.clock.advance(3_590_000);
    expect((await look(bench, arn)).lastStatus).toBe('STOPPED');
    await bench.clock.advance(20_000);
    const { tasks, failures } = await bench.aws.send(
      new DescribeTasksCommand({ cluster: 'main', tasks: [arn] }),
    );
    expect(tasks).toEqual([]);
    expect(failures).toMatchObject([{ arn, reason: 'MISSING' }]);
    expect(await list(bench, { desiredStatus: 'STOPPED' })).toEqual([]);
  });

  it('takes at most 100 tasks, and at least one', async () => {
    const bench = openRelease();
    const find = (tasks: string[]) => bench.aws.send(new DescribeTasksCommand({ cluster: 'main', tasks }));
    const many = Array.from({ length: 101 }, (_, index) => index.toString(16).padStart(32, '0'));
    expect((await refusal(find(many))).name).toBe('InvalidParameterException');
    expect((await refusal(find([]))).message).toBe('Tasks cannot be empty.');
  });

  it('lists by family, service, starter and state', async () => {
    const bench = openEcs({
      ...shopSection(),
      taskDefinitions: [webDefinition(), webDefinition({ family: 'shop-release' })],
    });
    const task = await start(bench, { startedBy: 'build-7' });
    expect(await list(bench)).toHaveLength(3);
    expect(await list(bench, { family: 'shop-release' })).toEqual([task]);
    expect(await list(bench, { family: 'shop' })).toEqual([]);
    expect(await list(bench, { serviceName: 'shop-web' })).toHaveLength(2);
    expect(await list(bench, { startedBy: 'build-7' })).toEqual([task]);
    expect(await list(bench, { desiredStatus: 'PENDING' })).toEqual([]);
    expect(await list(bench, { launchType: 'EC2' })).toEqual([]);
    expect((await refusal(list(bench, { serviceName: 'nothing' }))).name).toBe('ServiceNotFoundException');
    const both = list(bench, { startedBy: 'build-7', family: 'shop-release' });
    expect((await refusal(both)).name).toBe('InvalidParameterException');
  });

  it('pages through tasks while some come and go', async () => {
    const bench = openEcs(shopSection({ desiredCount: 25 }));
    const first = await bench.aws.send(new ListTasksCommand({ cluster: 'main', maxResults: 10 }));
    const [gone = ''] = first.taskArns ?? [];
    await bench.aws.send(new StopTaskCommand({ cluster: 'main', task: gone }));
    const seen = [...(first.taskArns ?? [])];
    let nextToken = first.nextToken;
    while (nextToken !== undefined) {
      const page = await bench.aws.send(new ListTasksCommand({ cluster: 'main', maxResults: 10, nextToken }));
      seen.push(...(page.taskArns ?? []));
      nextToken = page.nextToken;
    }
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
  });
});
