import { describe, expect, it } from 'vitest';
import { GROUP, messages, openLogs, openStream, STREAM } from './kit.ts';

describe('the world section logs', () => {
  it('needs little: groups, and lines if there are any', async () => {
    const bench = openLogs();
    bench.load({
      groups: { '/blog': {}, [GROUP]: { streams: { [STREAM]: { events: ['started', 'ready'] } } } },
    });
    const read = await bench.call('FilterLogEvents', { logGroupName: GROUP });
    expect(messages(read)).toEqual(['started', 'ready']);
    expect(read.events?.[0]?.timestamp).toBe(bench.clock.now());
  });

  it('replaces what was there', async () => {
    const bench = openStream();
    bench.load({});
    expect(bench.dump()).toEqual({ groups: {} });
  });

  it('gives the same state back: load(dump()) changes nothing, not even tokens', async () => {
    const bench = openStream();
    await bench.call('CreateLogGroup', {
      logGroupName: '/blog',
      logGroupClass: 'INFREQUENT_ACCESS',
      kmsKeyId: 'arn:aws:kms:us-east-1:123456789012:key/1',
      tags: { team: 'blog' },
    });
    await bench.call('PutRetentionPolicy', { logGroupName: '/blog', retentionInDays: 14 });
    await bench.put(['three', 'four']);
    await bench.put(['one', 'two', 'four']);
    await bench.clock.advance(5000);
    const asked = { logGroupName: GROUP, logStreamName: STREAM, limit: 2, startFromHead: true };
    const { nextForwardToken } = await bench.call('GetLogEvents', asked);
    const other = openLogs();
    await other.clock.runUntil(bench.clock.now());
    const dumped = bench.dump();
    other.load(JSON.parse(JSON.stringify(dumped)));
    expect(other.dump()).toEqual(dumped);
    for (const [operation, input] of [
      ['DescribeLogGroups', {}],
      ['DescribeLogStreams', { logGroupName: GROUP }],
      ['FilterLogEvents', { logGroupName: GROUP }],
      ['GetLogEvents', { ...asked, nextToken: nextForwardToken }],
    ] as const) {
      expect(await other.call(operation, input)).toEqual(await bench.call(operation, input));
    }
  });

  it.each([
    [{ groups: { 'my shop': {} } }, /section logs\.groups/],
    [{ groups: { [GROUP]: { retentionInDays: 2 } } }, /logs\.groups\.\/shop\.retentionInDays.*one of 1, 3/],
    [{ groups: { [GROUP]: { streams: { 'a:b': {} } } } }, /logs\.groups\.\/shop\.streams/],
    [
      { groups: { [GROUP]: { streams: { a: { events: [{ message: 'x', at: 'today' }] } } } } },
      /logs\.groups/,
    ],
    [{ groups: { [GROUP]: { days: 1 } } }, /logs\.groups\.\/shop/],
    ['text', /section logs/],
  ])('says where it is wrong: %j', (section, message) => {
    expect(() => openLogs().load(section)).toThrow(message);
  });
});
