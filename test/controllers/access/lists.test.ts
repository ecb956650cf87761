import { describe, expect, it } from 'vitest';
import { parseList } from '../../../src/controllers/access/lists.ts';
import { ABSENT, found, unreadable } from '../../../src/reconcile/reading.ts';

const NAME = '/apppack/apps/shop/users';

function parse(value: string, type = 'StringList', version = 3) {
  return parseList(NAME, found({ name: NAME, type, value, version, modifiedAt: 0 }));
}

function emails(value: string, type?: string): readonly string[] | string {
  const list = parse(value, type);
  return list.state === 'found' ? [...list.emails] : list.state;
}

describe('a list of people', () => {
  it.each([
    ['a@example.com', ['a@example.com']],
    ['b@example.com,a@example.com', ['b@example.com', 'a@example.com']],
    [' Anna@Example.COM ,\tben@example.com\n', ['anna@example.com', 'ben@example.com']],
    ['a@example.com,A@EXAMPLE.com', ['a@example.com']],
    ['a@example.com,,', ['a@example.com']],
    ['["a@example.com", " B@example.com "]', ['a@example.com', 'b@example.com']],
    ['[]', []],
    [',', []],
    ['', []],
    ["o'brien+tag@sub.example.co.uk", ["o'brien+tag@sub.example.co.uk"]],
    ['jörg@müller.example', ['jörg@müller.example']],
  ])('%j is read as %j, as StringList and as String', (value, expected) => {
    expect(emails(value)).toEqual(expected);
    expect(emails(value, 'String')).toEqual(expected);
  });

  it.each([
    ['anna', 'InvalidEmail', '1'],
    ['a@example.com,anna@', 'InvalidEmail', '2'],
    ['@example.com', 'InvalidEmail', '1'],
    ['a@b', 'InvalidEmail', '1'],
    ['a b@example.com', 'InvalidEmail', '1'],
    ['a@@example.com', 'InvalidEmail', '1'],
    ['a@example..com', 'InvalidEmail', '1'],
    ['a@-example.com', 'InvalidEmail', '1'],
    ['.a@example.com', 'InvalidEmail', '1'],
    ['Anna <a@example.com>', 'InvalidEmail', '1'],
    ['a@example.com;b@example.com', 'InvalidEmail', '1'],
    [`${'a'.repeat(65)}@example.com`, 'InvalidEmail', '1'],
    ['["a@example.com", 7]', 'InvalidEmail', '2'],
    ['[null]', 'InvalidEmail', '1'],
    ['[["a@example.com"]]', 'InvalidEmail', '1'],
    ['["a@example.com"', 'NotJson', undefined],
  ])('%j is broken as a whole, and its condition says where', (value, reason, path) => {
    const list = parse(value);
    expect(list).toMatchObject({ state: 'broken', conditions: [{ type: 'Valid', reason, parameter: NAME }] });
    const [condition] = list.state === 'broken' ? list.conditions : [];
    expect(condition?.path).toBe(path);
    expect(condition?.message).toContain(`${NAME}:2`);
  });

  it('never repeats what stands in it', () => {
    const list = parse('secret-pasted-by-mistake');
    expect(JSON.stringify(list)).not.toContain('secret-pasted');
  });

  it('that is a SecureString cannot be read, and says what to type', () => {
    expect(parse('', 'SecureString')).toMatchObject({
      state: 'broken',
      conditions: [{ reason: 'WrongType', message: expect.stringContaining('aws ssm delete-parameter') }],
    });
  });

  it('is absent only when a read says so', () => {
    expect(parseList(NAME, ABSENT)).toEqual({ state: 'absent' });
    const failure = { kind: 'denied', code: 'AccessDeniedException', message: 'No.' } as const;
    expect(parseList(NAME, unreadable(failure))).toMatchObject({
      state: 'broken',
      conditions: [{ type: 'Readable', status: 'False', reason: 'AccessDeniedException' }],
    });
  });
});
