import { TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../../src/simulator/services/events/pattern.ts';
import { failure, openEvents, parameterEvent } from './kit.ts';

const event = {
  source: 'aws.ec2',
  'detail-type': 'EC2 Instance State-change Notification',
  time: '2017-10-02T18:43:48Z',
  resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111'],
  detail: {
    state: 'pending',
    FileName: 'dir/image.png',
    count: 5,
    ratio: 301.8,
    flag: true,
    nothing: null,
    empty: '',
    tags: ['red', 'green'],
    none: [],
    containers: [
      { name: 'web', exitCode: 0 },
      { name: 'log', exitCode: 1 },
    ],
    'c-count': { c1: 100 },
  },
};

const matches = (pattern: unknown) => compilePattern(JSON.stringify(pattern)).matches(event);
const matchesDetail = (detail: unknown) => matches({ detail });

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
describe('event patterns', () => {
  const cases: Array<[string, unknown, boolean]> = [
    ['equals', { state: ['pending'] }, true],
    ['one of', { state: ['running', 'pending'] }, true],
    ['none of', { state: ['running', 'stopped'] }, false],
    ['and', { state: ['pending'], count: [6] }, false],
    ['a number', { count: [5] }, true],
    ['a number is no text', { count: ['5'] }, false],
    ['true', { flag: [true] }, true],
    ['null', { nothing: [null] }, true],
    ['empty', { empty: [''] }, true],
    ['one value of a list', { tags: ['green', 'blue'] }, true],
    ['prefix', { state: [{ prefix: 'pen' }] }, true],
    ['prefix, other case', { state: [{ prefix: 'PEN' }] }, false],
    ['prefix ignoring case', { state: [{ prefix: { 'equals-ignore-case': 'PEN' } }] }, true],
    ['suffix', { FileName: [{ suffix: '.png' }] }, true],
    ['suffix ignoring case', { FileName: [{ suffix: { 'equals-ignore-case': '.PNG' } }] }, true],
    ['equals-ignore-case', { state: [{ 'equals-ignore-case': 'PENDING' }] }, true],
    ['wildcard', { FileName: [{ wildcard: 'dir/*.png' }] }, true],
    ['wildcard that misses', { FileName: [{ wildcard: 'lib/*.png' }] }, false],
    ['wildcard with a literal star', { FileName: [{ wildcard: 'dir/\\*.png' }] }, false],
    ['anything-but', { state: [{ 'anything-but': 'initializing' }] }, true],
    ['anything-but the value', { state: [{ 'anything-but': 'pending' }] }, false],
    ['anything-but a list', { state: [{ 'anything-but': ['stopped', 'pending'] }] }, false],
    ['anything-but numbers', { count: [{ 'anything-but': [100, 200] }] }, true],
    ['anything-but a prefix', { state: [{ 'anything-but': { prefix: 'init' } }] }, true],
    ['anything-but prefixes', { state: [{ 'anything-but': { prefix: ['init', 'pen'] } }] }, false],
    ['anything-but a suffix', { FileName: [{ 'anything-but': { suffix: '.txt' } }] }, true],
    [
      'anything-but ignoring case',
      { state: [{ 'anything-but': { 'equals-ignore-case': ['PENDING'] } }] },
      false,
    ],
    ['anything-but a wildcard', { FileName: [{ 'anything-but': { wildcard: '*/lib/*' } }] }, true],
    ['anything-but needs a value', { missing: [{ 'anything-but': 'x' }] }, false],
    ['numeric range', { count: [{ numeric: ['>', 0, '<=', 5] }] }, true],
    ['numeric below', { count: [{ numeric: ['<', 5] }] }, false],
    ['numeric equals', { ratio: [{ numeric: ['=', 3.018e2] }] }, true],
    ['numeric of a text', { state: [{ numeric: ['>', 0] }] }, false],
    ['exists', { state: [{ exists: true }] }, true],
    ['exists of null', { nothing: [{ exists: true }] }, true],
    ['exists of an object', { 'c-count': [{ exists: true }] }, false],
    ['exists of what is missing', { missing: [{ exists: true }] }, false],
    ['does not exist', { missing: [{ exists: false }] }, true],
    ['does not exist, deep', { missing: { deeper: [{ exists: false }] } }, true],
    ['missing or a value', { missing: ['x', { exists: false }] }, true],
    ['objects in a list', { containers: { name: ['log'], exitCode: [1] } }, true],
    ['objects in a list, mixed up', { containers: { name: ['web'], exitCode: [1] } }, false],
    ['$or, first', { $or: [{ state: ['pending'] }, { count: [6] }] }, true],
    ['$or, second', { $or: [{ state: ['x'] }, { count: [{ numeric: ['<', 10] }] }] }, true],
    ['$or, none', { $or: [{ state: ['x'] }, { count: [6] }] }, false],
    ['$or and a field', { $or: [{ state: ['x'] }, { count: [5] }], flag: [false] }, false],
  ];
  it.each(cases)('%s: %j gives %s', (_what, detail, expected) => {
    expect(matchesDetail(detail)).toBe(expected);
  });

  it('look at the envelope too', () => {
    expect(matches({ time: [{ prefix: '2017-10-02' }] })).toBe(true);
    expect(matches({ resources: [{ suffix: 'i-abcd1111' }] })).toBe(true);
    expect(matches({ source: ['aws.ecs'] })).toBe(false);
  });

  it.each([
    ['text', '"source"'],
    ['no JSON', '{'],
    ['nothing', '{}'],
    ['an empty list', '{"source":[]}'],
    ['an empty object', '{"detail":{}}'],
    ['a value outside a list', '{"source":"aws.ssm"}'],
    ['a list in a list', '{"source":[["aws.ssm"]]}'],
    ['two operators at once', '{"source":[{"prefix":"a","suffix":"b"}]}'],
    ['an unknown operator', '{"source":[{"contains":"a"}]}'],
    ['exists with a text', '{"source":[{"exists":"yes"}]}'],
    ['a prefix that is a number', '{"source":[{"prefix":1}]}'],
    ['an empty suffix', '{"source":[{"suffix":""}]}'],
    ['an odd range', '{"x":[{"numeric":[">",5,"<",1]}]}'],
    ['bounds in the wrong order', '{"x":[{"numeric":["<",5,">",1]}]}'],
    ['a number too large', '{"x":[{"numeric":["=",6e9]}]}'],
    ['mixed anything-but', '{"x":[{"anything-but":["a",1]}]}'],
    ['anything-but numeric', '{"x":[{"anything-but":{"numeric":["=",1]}}]}'],
    ['consecutive wildcards', '{"x":[{"wildcard":"a**b"}]}'],
    ['a bad escape', '{"x":[{"wildcard":"a\\\\nb"}]}'],
    ['$or with one branch', '{"$or":[{"x":[1]}]}'],
  ])('are refused with %s', (_what, source) => {
    expect(() => compilePattern(source)).toThrowError(
      expect.objectContaining({ code: 'InvalidEventPatternException' }),
    );
  });

  it('are refused beyond a thousand combinations', () => {
    const branch = (name: string) => Array.from({ length: 32 }, (_, index) => ({ [name]: [index] }));
    const pattern = { detail: { $or: branch('a') }, $or: branch('b') };
    expect(() => compilePattern(JSON.stringify(pattern))).toThrow(/more than 1000/);
  });
});

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
describe('TestEventPattern', () => {
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html ("infinite loops")
  it('row 15: a pattern on operation and name leaves the writes of others alone', async () => {
    const { events } = openEvents();
    const pattern = {
      source: ['aws.ssm'],
      detail: { operation: ['Create', 'Update', 'Delete'], name: [{ prefix: '/apppack/' }] },
    };
    const test = async (Event: unknown) => {
      const command = new TestEventPatternCommand({
        EventPattern: JSON.stringify(pattern),
        Event: JSON.stringify(Event),
      });
      return (await events.send(command)).Result;
    };
    expect(await test(parameterEvent('/apppack/apps/shop/scaling'))).toBe(true);
    expect(await test(parameterEvent('/other/apps/shop'))).toBe(false);
    expect(await test(parameterEvent('/apppack/x', 'LabelParameterVersion'))).toBe(false);
  });

  it('asks for a whole event and a valid pattern', async () => {
    const { events } = openEvents();
    const test = (EventPattern: string, Event: string) =>
      failure(events.send(new TestEventPatternCommand({ EventPattern, Event })));
    const whole = JSON.stringify(parameterEvent('/a'));
    expect(await test('{"source":["aws.ssm"]}', '{"source":"aws.ssm"}')).toBe('ValidationException');
    expect(await test('{"source":["aws.ssm"]}', 'no event')).toBe('ValidationException');
    expect(await test('{"source":"aws.ssm"}', whole)).toBe('InvalidEventPatternException');
  });
});
