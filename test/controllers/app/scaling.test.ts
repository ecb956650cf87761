import { describe, expect, it } from 'vitest';
import { unreadable } from '../../../src/reconcile/reading.ts';
import { DENIED, someDesired, someParameter } from './builders.ts';

const PATH = '/apppack/apps/shop/scaling';
const scalingOf = (scaling: unknown) => someDesired({ documents: { scaling } }).scaling;
const mistakesOf = (scaling: unknown) =>
  scalingOf(scaling).conditions.filter(({ status }) => status === 'False');

describe('reading scaling', () => {
  it('reads what the AppPack CLI writes', () => {
    const { state, wishes, conditions } = scalingOf(
      '{"web":{"cpu":512,"memory":1024,"min_processes":1,"max_processes":4},"release":{"cpu":1024,"memory":2048,"min_processes":1,"max_processes":1}}',
    );
    expect(state).toBe('found');
    expect(wishes).toEqual([
      {
        process: 'web',
        cpu: 512,
        memory: 1024,
        minProcesses: 1,
        maxProcesses: 4,
        parameter: PATH,
        version: 3,
      },
      {
        process: 'release',
        cpu: 1024,
        memory: 2048,
        minProcesses: 1,
        maxProcesses: 1,
        parameter: PATH,
        version: 3,
      },
    ]);
    expect(conditions).toEqual([]);
  });

  it('takes a missing member for no wish and ignores members it does not know', () => {
    expect(scalingOf({ web: { cpu: 512, colour: 'red' }, worker: {} }).wishes).toEqual([
      { process: 'web', cpu: 512, parameter: PATH, version: 3 },
      { process: 'worker', parameter: PATH, version: 3 },
    ]);
  });

  it.each([
    ['a negative count', { min_processes: -1, max_processes: 1 }, 'web.min_processes', '-1'],
    ['a fraction', { cpu: 256.5 }, 'web.cpu', '256.5'],
    ['a number as text', { memory: '512' }, 'web.memory', 'the text "512"'],
    ['a huge count', { max_processes: 1e15 }, 'web.max_processes', '1000000000000000'],
    ['null', { cpu: null }, 'web.cpu', 'null'],
    ['a list', { cpu: [256] }, 'web.cpu', 'a list'],
    ['a boolean', { max_processes: true }, 'web.max_processes', 'true'],
  ])('refuses %s, names the place, what was found and what is allowed', (_name, entry, path, found) => {
    const [condition, ...others] = mistakesOf({ web: entry });
    expect(others).toEqual([]);
    expect(condition).toMatchObject({
      type: 'Valid',
      reason: 'InvalidNumber',
      parameter: PATH,
      path,
      version: 3,
    });
    expect(condition?.message).toContain(`${path} in ${PATH} (version 3) is ${found}.`);
    expect(condition?.message).toContain('Allowed: a whole number of');
    expect(condition?.message).toContain('web keeps its size and count until then.');
    expect(condition?.message).toContain(
      `aws ssm put-parameter --name ${PATH} --type String --overwrite --value '{"web":`,
    );
  });

  it('refuses a number that JSON can write and nobody can count', () => {
    expect(mistakesOf('{"web":{"max_processes":1e999}}')).toMatchObject([{ reason: 'InvalidNumber' }]);
  });

  it('refuses a minimum above the maximum and suggests the range the right way round', () => {
    const [condition] = mistakesOf({ web: { min_processes: 5, max_processes: 2 } });
    expect(condition).toMatchObject({ reason: 'MinAboveMax', path: 'web.min_processes' });
    expect(condition?.message).toContain(`'{"web":{"min_processes":2,"max_processes":5}}'`);
  });

  it('never lets one bad process hinder another, and repairs all of them with one command', () => {
    const scaling = scalingOf({ web: { cpu: 'x' }, worker: { cpu: 512, memory: 1024 }, 'a b': {}, cron: [] });
    expect(scaling.wishes.map(({ process }) => process)).toEqual(['worker']);
    expect(scaling.named).toEqual(['web', 'worker', 'cron']);
    expect(scaling.conditions.map(({ reason, path }) => [reason, path])).toEqual([
      ['InvalidNumber', 'web.cpu'],
      ['InvalidProcess', 'a b'],
      ['InvalidEntry', 'cron'],
    ]);
    const commands = new Set(
      scaling.conditions.map(({ message }) => message.slice(message.indexOf('aws ssm'))),
    );
    expect(commands.size).toBe(1);
  });

  it.each(['shell', 'dbutils', 'dbshell', 'postdeploy'])(
    'refuses %s, whose task family is not a service',
    (name) => {
      expect(mistakesOf({ [name]: {} })).toMatchObject([{ reason: 'InvalidProcess', path: name }]);
      expect(scalingOf({ [name]: {} }).named).toEqual([]);
    },
  );

  it('takes release and scheduler as sizes of tasks, never as services', () => {
    const scaling = scalingOf({ release: { cpu: 512, memory: 1024 }, scheduler: { cpu: 512, memory: 1024 } });
    expect(scaling).toMatchObject({ conditions: [], named: [] });
    expect(scaling.wishes).toHaveLength(2);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])(
    'takes the key %s for a name like any other',
    (key) => {
      expect(scalingOf(`{"${key}":{"cpu":256}}`).wishes).toMatchObject([{ process: key, cpu: 256 }]);
    },
  );

  it('refuses __proto__ without being changed by it', () => {
    const scaling = scalingOf('{"__proto__":{"cpu":256},"web":{"__proto__":{"memory":512},"constructor":1}}');
    expect(scaling.wishes).toEqual([{ process: 'web', parameter: PATH, version: 3 }]);
    expect(scaling.conditions).toMatchObject([{ reason: 'InvalidProcess', path: '__proto__' }]);
    expect({}).not.toHaveProperty('cpu');
  });

  it.each([
    ['cut in half', '{"web":{"cpu":512,"mem', 'it ends in the middle'],
    ['cut after a number', '{"web":{"cpu":512', 'it ends in the middle'],
    ['no JSON at all', 'hello', 'is not JSON.'],
    ['a comma too much', '{"web":{},}', 'it breaks at character'],
  ])('says where JSON that is %s breaks, without repeating it', (_name, text, words) => {
    const scaling = scalingOf(text);
    expect(scaling).toMatchObject({ state: 'broken', wishes: [], named: [] });
    expect(scaling.conditions).toMatchObject([
      { type: 'Valid', status: 'False', reason: 'NotJson', parameter: PATH },
    ]);
    expect(scaling.conditions[0]?.message).toContain(words);
    expect(scaling.conditions[0]?.message).not.toContain(text);
    expect(scaling.conditions[0]?.message).toContain(
      `--overwrite --value "$(aws ssm get-parameter --name ${PATH}:2 --query Parameter.Value --output text)"`,
    );
  });

  it.each([
    ['a list', []],
    ['a number', 5],
    ['null', null],
    ['a text', '"hunter2secret"'],
  ])('refuses %s where an object belongs', (_name, document) => {
    const scaling = scalingOf(document === null ? 'null' : document);
    expect(scaling).toMatchObject({ state: 'broken', conditions: [{ reason: 'NotAnObject' }] });
    expect(scaling.conditions[0]?.message).not.toContain('hunter2');
  });

  it.each(['StringList', 'SecureString'])('refuses a %s and says how to make it a String', (type) => {
    const value = type === 'SecureString' ? '' : '{"web":{}}';
    const scaling = scalingOf(someParameter(PATH, value, { type }));
    expect(scaling).toMatchObject({
      state: 'broken',
      conditions: [{ reason: 'WrongType', parameter: PATH }],
    });
    expect(scaling.conditions[0]?.message).toContain(`is a ${type}.`);
    expect(scaling.conditions[0]?.message).toContain(
      `aws ssm delete-parameter --name ${PATH} && aws ssm put-parameter`,
    );
  });

  it('tells a denied parameter from an absent one and says which permission is missing', () => {
    const scaling = scalingOf(unreadable(DENIED));
    expect(scaling).toMatchObject({
      state: 'broken',
      conditions: [{ type: 'Readable', status: 'False', reason: 'AccessDeniedException', parameter: PATH }],
    });
    expect(scaling.conditions[0]?.message).toContain(`ssm:GetParameters on ${PATH}`);
  });

  it('remarks on a key that is there twice, of which the last counts', () => {
    const scaling = scalingOf('{"web":{"cpu":256,"cpu":512},"web":{"cpu":1024}}');
    expect(scaling.wishes).toMatchObject([{ process: 'web', cpu: 1024 }]);
    expect(scaling.conditions).toMatchObject([{ status: 'True', reason: 'RepeatedKey' }]);
    expect(scalingOf('{"a":{"cpu":1},"b":{"cpu":1}}').conditions).toEqual([]);
  });

  it('remarks on a value that comes near what a standard parameter holds', () => {
    const entries = Array.from({ length: 60 }, (_, index) => [
      `process-${index}`,
      { cpu: 256, memory: 512, min_processes: 1, max_processes: 1 },
    ]);
    const { conditions, wishes } = scalingOf(Object.fromEntries(entries));
    expect(conditions).toMatchObject([{ status: 'True', reason: 'NearLimit' }]);
    expect(wishes).toHaveLength(60);
  });

  it('bounds what it remembers and tells of a document full of nonsense', () => {
    const entries = Array.from({ length: 300 }, (_, index) => [`p${index}`, { cpu: -1 }]);
    const { conditions, named } = scalingOf(Object.fromEntries(entries));
    expect(named).toHaveLength(100);
    expect(conditions.filter(({ status }) => status === 'False')).toHaveLength(11);
    expect(JSON.stringify(conditions).length).toBeLessThan(20_000);
  });

  it('quotes what it suggests for a POSIX shell', () => {
    expect(mistakesOf({ web: { cpu: -1, memory: 512 } })[0]?.message).toMatch(
      /--value '\{"web":\{"cpu":256,"memory":512\}\}'/,
    );
  });

  it('puts a review app over its pipeline process by process', () => {
    const { scaling } = someDesired({
      app: 'shop:7',
      documents: {
        reviewApp: { pull_request: 'pr/7', status: 'created' },
        pipelineScaling: { web: { cpu: 256, memory: 512 }, worker: { cpu: 256, memory: 512 } },
        scaling: { web: { cpu: 1024, memory: 2048 } },
      },
    });
    expect(scaling.wishes.map(({ process, cpu }) => [process, cpu])).toEqual([
      ['web', 1024],
      ['worker', 256],
    ]);
  });

  it('wishes nothing of a review app that is not wanted yet', () => {
    const { scaling } = someDesired({
      app: 'shop:7',
      documents: {
        reviewApp: { pull_request: 'pr/7', status: 'open' },
        pipelineScaling: { web: { cpu: 256, memory: 512 } },
      },
    });
    expect(scaling).toMatchObject({ wishes: [], named: [] });
  });
});
