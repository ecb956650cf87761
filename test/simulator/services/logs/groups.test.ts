import { describe, expect, it } from 'vitest';
import { refusal } from '../ecs/kit.ts';
import { GROUP, openLogs, openStream, STREAM } from './kit.ts';

const ARN = 'arn:aws:logs:us-east-1:123456789012:log-group:/shop';

describe('CreateLogGroup', () => {
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
  it('makes a group, with an ARN for each of its uses', async () => {
    const bench = openLogs();
    await bench.call('CreateLogGroup', { logGroupName: GROUP, tags: { team: 'shop' } });
    const { logGroups } = await bench.call('DescribeLogGroups');
    expect(logGroups).toEqual([
      {
        logGroupName: GROUP,
        creationTime: bench.clock.now(),
        metricFilterCount: 0,
        arn: `${ARN}:*`,
        logGroupArn: ARN,
        storedBytes: 0,
        logGroupClass: 'STANDARD',
      },
    ]);
    expect(await bench.call('ListTagsForResource', { resourceArn: ARN })).toEqual({ tags: { team: 'shop' } });
  });

  it('refuses a name that is taken', async () => {
    const bench = openStream();
    expect(await refusal(bench.call('CreateLogGroup', { logGroupName: GROUP }))).toEqual({
      name: 'ResourceAlreadyExistsException',
      message: 'The specified log group already exists',
    });
  });

  it.each([
    ['no name', {}],
    ['a space', { logGroupName: 'my shop' }],
    ['513 letters', { logGroupName: 's'.repeat(513) }],
    ["AWS's own prefix", { logGroupName: 'aws/shop' }],
    ['an unknown class', { logGroupName: GROUP, logGroupClass: 'CHEAP' }],
    ['a tag without a value', { logGroupName: GROUP, tags: { team: null } }],
    ['no tags in tags', { logGroupName: GROUP, tags: {} }],
  ])('refuses %s', async (_title, input) => {
    const found = await refusal(openLogs().call('CreateLogGroup', input));
    expect(found.name).toBe('InvalidParameterException');
  });
});

describe('DescribeLogGroups', () => {
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
  function openMany() {
    const bench = openLogs();
    const groups = Array.from({ length: 120 }, (_, index) => [
      `/app-${String(index).padStart(3, '0')}`,
      index === 7 ? { retentionInDays: 30 } : {},
    ]);
    bench.load({ groups: Object.fromEntries(groups) });
    return bench;
  }

  it('gives 50 a page, in order of their names', async () => {
    const bench = openMany();
    const names: unknown[] = [];
    let nextToken: string | undefined;
    do {
      const page = await bench.call('DescribeLogGroups', { nextToken });
      expect(page.logGroups?.length).toBeLessThanOrEqual(50);
      names.push(...(page.logGroups ?? []).map(({ logGroupName }) => logGroupName));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(names).toHaveLength(120);
    expect(names).toEqual([...names].sort());
  });

  it('finds by prefix, by a part of the name, and by identifier', async () => {
    const bench = openMany();
    const count = async (input: Record<string, unknown>) =>
      (await bench.call('DescribeLogGroups', input)).logGroups?.length;
    expect(await count({ logGroupNamePrefix: '/app-00' })).toBe(10);
    expect(await count({ logGroupNamePattern: 'pp-01' })).toBe(10);
    const arn = 'arn:aws:logs:us-east-1:123456789012:log-group:/app-002';
    expect(await count({ logGroupIdentifiers: ['/app-001', arn, '/nothing'] })).toBe(2);
    const { logGroups } = await bench.call('DescribeLogGroups', { logGroupNamePattern: 'app-007' });
    expect(Object.keys(logGroups?.[0] ?? {}).sort()).toEqual(['arn', 'creationTime', 'logGroupName']);
  });

  it.each([
    ['51 a page', { limit: 51 }],
    ['a prefix and a part', { logGroupNamePrefix: '/a', logGroupNamePattern: 'b' }],
    ['a token of nobody', { nextToken: 'x' }],
  ])('refuses %s', async (_title, input) => {
    const found = await refusal(openMany().call('DescribeLogGroups', input));
    expect(found.name).toBe('InvalidParameterException');
  });
});

describe('DeleteLogGroup', () => {
  it('takes its streams and lines with it', async () => {
    const bench = openStream();
    await bench.put(['started']);
    await bench.call('DeleteLogGroup', { logGroupName: GROUP });
    const gone = { name: 'ResourceNotFoundException', message: 'The specified log group does not exist.' };
    expect(await refusal(bench.call('DeleteLogGroup', { logGroupName: GROUP }))).toEqual(gone);
    expect(await refusal(bench.put(['again']))).toEqual(gone);
    await bench.call('CreateLogGroup', { logGroupName: GROUP });
    expect(await bench.call('DescribeLogStreams', { logGroupName: GROUP })).toEqual({ logStreams: [] });
  });
});

describe('PutRetentionPolicy', () => {
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  it('lets lines expire, until DeleteRetentionPolicy', async () => {
    const bench = openStream();
    await bench.put(['old']);
    await bench.clock.advance(2 * 86_400_000);
    await bench.put(['new']);
    await bench.call('PutRetentionPolicy', { logGroupName: GROUP, retentionInDays: 1 });
    const read = async () => {
      const { events } = await bench.call('FilterLogEvents', { logGroupName: GROUP });
      return events?.map(({ message }) => message);
    };
    expect((await bench.call('DescribeLogGroups')).logGroups?.[0]).toMatchObject({
      retentionInDays: 1,
      storedBytes: 29,
    });
    expect(await read()).toEqual(['new']);
    await bench.call('DeleteRetentionPolicy', { logGroupName: GROUP });
    expect((await bench.call('DescribeLogGroups')).logGroups?.[0]).not.toHaveProperty('retentionInDays');
  });

  it.each([2, 0, -1, 3654, undefined])('refuses %s days', async (retentionInDays) => {
    const found = await refusal(
      openStream().call('PutRetentionPolicy', { logGroupName: GROUP, retentionInDays }),
    );
    expect(found.name).toBe('InvalidParameterException');
  });
});

describe('tags of a group', () => {
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html
  it('are added to and taken away, fifty at most', async () => {
    const bench = openStream();
    await bench.call('TagResource', { resourceArn: ARN, tags: { team: 'shop', stage: 'live' } });
    await bench.call('UntagResource', { resourceArn: ARN, tagKeys: ['stage'] });
    expect(await bench.call('ListTagsForResource', { resourceArn: ARN })).toEqual({ tags: { team: 'shop' } });
    const tags = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key-${index}`, '']));
    const many = bench.call('TagResource', { resourceArn: ARN, tags });
    expect((await refusal(many)).name).toBe('TooManyTagsException');
    const wrong = bench.call('ListTagsForResource', { resourceArn: `${ARN}:*` });
    expect((await refusal(wrong)).name).toMatch(/InvalidParameterException|ResourceNotFoundException/);
  });
});

describe('log streams', () => {
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html
  it('are made once, and deleted once', async () => {
    const bench = openStream();
    const input = { logGroupName: GROUP, logStreamName: 'worker/1' };
    await bench.call('CreateLogStream', input);
    expect(await refusal(bench.call('CreateLogStream', input))).toEqual({
      name: 'ResourceAlreadyExistsException',
      message: 'The specified log stream already exists',
    });
    await bench.call('DeleteLogStream', input);
    expect(await refusal(bench.call('DeleteLogStream', input))).toEqual({
      name: 'ResourceNotFoundException',
      message: 'The specified log stream does not exist.',
    });
    const colon = bench.call('CreateLogStream', { logGroupName: GROUP, logStreamName: 'a:b' });
    expect((await refusal(colon)).name).toBe('InvalidParameterException');
  });

  it('show their first and last line', async () => {
    const bench = openStream();
    await bench.put(['one', 'two', 'three']);
    const now = bench.clock.now();
    const { logStreams } = await bench.call('DescribeLogStreams', { logGroupName: GROUP });
    expect(logStreams).toEqual([
      {
        logStreamName: STREAM,
        creationTime: now,
        firstEventTimestamp: now - 2000,
        lastEventTimestamp: now,
        lastIngestionTime: now,
        arn: `${ARN}:log-stream:${STREAM}`,
        storedBytes: 0,
      },
    ]);
  });

  it('are listed by name or by their last line, both ways, page by page', async () => {
    const bench = openLogs();
    const streams = Object.fromEntries(
      ['a', 'ab', 'b', 'c'].map((name, index) => [
        name,
        { events: [{ at: `2026-01-05T11:0${(index * 3) % 4}:00Z`, message: 'x' }] },
      ]),
    );
    bench.load({ groups: { [GROUP]: { streams } } });
    const list = async (input: Record<string, unknown>) => {
      const names: unknown[] = [];
      let nextToken: string | undefined;
      do {
        const asked = { logGroupName: GROUP, limit: 3, nextToken, ...input };
        const page = await bench.call('DescribeLogStreams', asked);
        names.push(...(page.logStreams ?? []).map(({ logStreamName }) => logStreamName));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return names.join(' ');
    };
    expect(await list({})).toBe('a ab b c');
    expect(await list({ descending: true })).toBe('c b ab a');
    expect(await list({ orderBy: 'LastEventTime' })).toBe('a c b ab');
    expect(await list({ orderBy: 'LastEventTime', descending: true })).toBe('ab b c a');
    expect(await list({ logStreamNamePrefix: 'a' })).toBe('a ab');
  });

  it.each([
    ['a prefix with the order of time', { orderBy: 'LastEventTime', logStreamNamePrefix: 'a' }],
    ['another order', { orderBy: 'Size' }],
    ['51 a page', { limit: 51 }],
    ['both a name and an identifier', { logGroupIdentifier: GROUP }],
  ])('refuse %s', async (_title, input) => {
    const call = openStream().call('DescribeLogStreams', { logGroupName: GROUP, ...input });
    expect((await refusal(call)).name).toBe('InvalidParameterException');
  });

  it('may be found by the ARN of their group', async () => {
    const { logStreams } = await openStream().call('DescribeLogStreams', { logGroupIdentifier: ARN });
    expect(logStreams).toHaveLength(1);
  });
});

describe('what a caller may do', () => {
  it('is denied by group', async () => {
    const bench = openStream();
    bench.simulator.switches.denials.push({ action: 'logs:FilterLogEvents', resource: `${ARN}:*` });
    const call = bench.call('FilterLogEvents', { logGroupName: GROUP });
    expect((await refusal(call)).name).toBe('AccessDeniedException');
  });

  it('is limited by operation', async () => {
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
    const bench = openStream({ limits: true });
    const ask = () => bench.call('FilterLogEvents', { logGroupName: GROUP });
    for (let asked = 0; asked < 10; asked += 1) await ask();
    expect((await refusal(ask())).name).toBe('ThrottlingException');
    await bench.put(['still written']);
  });
});
