import { describe, expect, it } from 'vitest';
import { refusal } from '../ecs/kit.ts';
import { GROUP, type LogsBench, messages, openLogs, openStream, STREAM } from './kit.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function putAt(bench: LogsBench, ...times: number[]) {
  return bench.call('PutLogEvents', {
    logGroupName: GROUP,
    logStreamName: STREAM,
    logEvents: times.map((timestamp, index) => ({ timestamp, message: `line ${index}` })),
  });
}

function read(bench: LogsBench, input: Record<string, unknown> = {}) {
  return bench.call('GetLogEvents', { logGroupName: GROUP, logStreamName: STREAM, ...input });
}

describe('PutLogEvents', () => {
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
  it('needs no sequence token, and ignores one', async () => {
    const bench = openStream();
    const first = await bench.put(['one']);
    expect(first.nextSequenceToken).toMatch(/^\d{56}$/);
    expect(first).not.toHaveProperty('rejectedLogEventsInfo');
    await bench.put(['two']);
    expect(messages(await read(bench))).toEqual(['one', 'two']);
  });

  it('leaves out what is too old, expired or too new, and says which', async () => {
    const bench = openStream();
    const now = bench.clock.now();
    expect(await putAt(bench, now - 14 * DAY - 2, now - 14 * DAY - 1, now - 14 * DAY)).toMatchObject({
      rejectedLogEventsInfo: { tooOldLogEventEndIndex: 2 },
    });
    expect(await putAt(bench, now, now + 2 * HOUR, now + 2 * HOUR + 1)).toMatchObject({
      rejectedLogEventsInfo: { tooNewLogEventStartIndex: 2 },
    });
    expect(messages(await read(bench))).toEqual(['line 2', 'line 0', 'line 1']);
    await bench.call('PutRetentionPolicy', { logGroupName: GROUP, retentionInDays: 1 });
    expect(await putAt(bench, now - DAY - 1, now - DAY)).toMatchObject({
      rejectedLogEventsInfo: { expiredLogEventEndIndex: 1 },
    });
  });

  it.each([
    ['lines out of order', [2000, 1000], /chronological order/],
    ['a batch of more than a day', [0, DAY + 1], /cannot span more than 24 hours/],
  ])('refuses %s', async (_title, offsets, message) => {
    const bench = openStream();
    const found = await refusal(putAt(bench, ...offsets.map((offset) => bench.clock.now() - DAY + offset)));
    expect(found.name).toBe('InvalidParameterException');
    expect(found.message).toMatch(message);
    expect(messages(await read(bench))).toEqual([]);
  });

  it.each([
    ['no lines', []],
    ['an empty line', [{ timestamp: 1, message: '' }]],
    ['a line without time', [{ message: 'x' }]],
    ['a time before 1970', [{ timestamp: -1, message: 'x' }]],
    ['10,001 lines', Array.from({ length: 10_001 }, () => ({ timestamp: 1, message: 'x' }))],
    ['more than 1 MiB', [{ timestamp: 1, message: 'x'.repeat(1_048_551) }]],
  ])('refuses %s', async (_title, logEvents) => {
    const bench = openStream();
    const call = bench.call('PutLogEvents', { logGroupName: GROUP, logStreamName: STREAM, logEvents });
    expect((await refusal(call)).name).toBe('InvalidParameterException');
  });

  it('needs the stream', async () => {
    const found = await refusal(openStream().put(['x'], 'nothing'));
    expect(found.message).toBe('The specified log stream does not exist.');
  });
});

describe('GetLogEvents', () => {
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
  const LINES = ['1', '2', '3', '4', '5'];

  it('gives the newest lines first unless it starts from the head, always in order', async () => {
    const bench = openStream();
    await bench.put(LINES);
    expect(messages(await read(bench))).toEqual(LINES);
    expect(messages(await read(bench, { limit: 2 }))).toEqual(['4', '5']);
    expect(messages(await read(bench, { limit: 2, startFromHead: true }))).toEqual(['1', '2']);
  });

  it('goes forward until the token repeats', async () => {
    const bench = openStream();
    await bench.put(LINES);
    const found: string[] = [];
    let nextToken: string | undefined;
    for (;;) {
      const page = await read(bench, { limit: 2, startFromHead: true, nextToken });
      found.push(...messages(page));
      if (page.nextForwardToken === nextToken) break;
      nextToken = page.nextForwardToken;
    }
    expect(found).toEqual(LINES);
    await bench.put(['6']);
    expect(messages(await read(bench, { startFromHead: true, nextToken }))).toEqual(['6']);
  });

  it('goes backward until the token repeats', async () => {
    const bench = openStream();
    await bench.put(LINES);
    const found: string[] = [];
    let nextToken: string | undefined;
    for (;;) {
      const page = await read(bench, { limit: 2, nextToken });
      found.unshift(...messages(page));
      if (page.nextBackwardToken === nextToken) break;
      nextToken = page.nextBackwardToken;
    }
    expect(found).toEqual(LINES);
  });

  it('has two tokens even for an empty stream, where new lines will come', async () => {
    const bench = openStream();
    const empty = await read(bench);
    expect(empty.events).toEqual([]);
    const again = await read(bench, { nextToken: empty.nextForwardToken });
    expect(again.nextForwardToken).toBe(empty.nextForwardToken);
    await bench.put(['first']);
    expect(messages(await read(bench, { nextToken: empty.nextForwardToken }))).toEqual(['first']);
  });

  it('leads back over the place where it found nothing', async () => {
    const bench = openStream();
    await bench.put(LINES);
    const all = await read(bench, { startFromHead: true });
    const end = await read(bench, { startFromHead: true, nextToken: all.nextForwardToken });
    expect(messages(await read(bench, { limit: 1, nextToken: end.nextBackwardToken }))).toEqual(['5']);
    const begin = await read(bench, { nextToken: all.nextBackwardToken });
    expect(messages(await read(bench, { limit: 1, nextToken: begin.nextForwardToken }))).toEqual(['1']);
  });

  it('includes the start of a range and leaves out its end', async () => {
    const bench = openStream();
    await bench.put(LINES);
    const now = bench.clock.now();
    const range = { startTime: now - 3000, endTime: now - 1000 };
    expect(messages(await read(bench, range))).toEqual(['2', '3']);
  });

  it('gives at most 1 MiB a page', async () => {
    const bench = openStream();
    for (const letter of ['a', 'b', 'c']) await bench.put([letter.repeat(500_000)]);
    expect(messages(await read(bench)).map((message) => message[0])).toEqual(['b', 'c']);
  });

  it.each([
    ['a token of nobody', { nextToken: 'f/1' }],
    ['0 lines', { limit: 0 }],
    ['10,001 lines', { limit: 10_001 }],
  ])('refuses %s', async (_title, input) => {
    expect((await refusal(read(openStream(), input))).name).toBe('InvalidParameterException');
  });
});

describe('FilterLogEvents', () => {
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
  async function openFiltered() {
    const bench = openLogs();
    bench.load({ groups: { [GROUP]: { streams: { 'web/1': {}, 'web/2': {}, 'worker/1': {} } } } });
    await bench.put(['GET / 200', 'GET /cart 500 ERROR'], 'web/1');
    await bench.put(['POST /order 200', 'WARN: slow'], 'web/2');
    await bench.put(['job done'], 'worker/1');
    const filter = (input: Record<string, unknown> = {}) =>
      bench.call('FilterLogEvents', { logGroupName: GROUP, ...input });
    return { bench, filter };
  }

  it('interleaves streams by time', async () => {
    const { bench, filter } = await openFiltered();
    const { events, ...more } = await filter();
    expect(more).toEqual({ searchedLogStreams: [] });
    expect(events?.map(({ timestamp }) => timestamp - bench.clock.now())).toEqual([-1000, -1000, 0, 0, 0]);
    expect(new Set(events?.map(({ logStreamName }) => logStreamName)).size).toBe(3);
    expect(new Set(events?.map(({ eventId }) => eventId)).size).toBe(5);
  });

  it.each([
    ['ERROR', ['GET /cart 500 ERROR']],
    ['GET 200', ['GET / 200']],
    ['GET -ERROR', ['GET / 200']],
    ['-200', ['GET /cart 500 ERROR', 'WARN: slow', 'job done']],
    ['?ERROR ?WARN', ['GET /cart 500 ERROR', 'WARN: slow']],
    ['"WARN: slow"', ['WARN: slow']],
    ['-"GET /" -"POST /"', ['WARN: slow', 'job done']],
    ['error', []],
    ['""', 5],
    ['', 5],
    ['  ', 5],
  ])('finds lines with %s', async (filterPattern, expected) => {
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
    const { filter } = await openFiltered();
    const found = messages(await filter({ filterPattern })).sort();
    if (typeof expected === 'number') expect(found).toHaveLength(expected);
    else expect(found).toEqual([...expected].sort());
  });

  it.each([
    ['GET:', ':'],
    ['{ $.level = "error" }', '{'],
    ['[ip, user]', '['],
    ['"unfinished', '"'],
  ])('refuses the pattern %s', async (filterPattern, characters) => {
    const { filter } = await openFiltered();
    expect(await refusal(filter({ filterPattern }))).toEqual({
      name: 'InvalidParameterException',
      message: `Invalid character(s) in term '${characters}'`,
    });
  });

  it('looks into the streams it is told, by name or prefix', async () => {
    const { filter } = await openFiltered();
    expect(messages(await filter({ logStreamNames: ['web/1', 'worker/1'] }))).toHaveLength(3);
    expect(messages(await filter({ logStreamNamePrefix: 'web/' }))).toHaveLength(4);
    const both = filter({ logStreamNames: ['web/1'], logStreamNamePrefix: 'web/' });
    expect((await refusal(both)).name).toBe('InvalidParameterException');
    expect((await refusal(filter({ logStreamNames: ['nothing'] }))).name).toBe('ResourceNotFoundException');
  });

  it('includes both ends of a range', async () => {
    const { bench, filter } = await openFiltered();
    const now = bench.clock.now();
    expect(messages(await filter({ startTime: now - 1000, endTime: now - 1000 }))).toHaveLength(2);
    expect(messages(await filter({ startTime: now }))).toHaveLength(3);
  });

  it('goes on from page to page with the token of the same request', async () => {
    const { filter } = await openFiltered();
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await filter({ limit: 2, nextToken });
      found.push(...messages(page));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(found).toEqual(messages(await filter()));
    const { nextToken: token } = await filter({ limit: 2 });
    const other = filter({ filterPattern: 'GET', nextToken: token });
    expect((await refusal(other)).message).toBe('The specified nextToken is invalid.');
  });
});
