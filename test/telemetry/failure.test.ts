import { describe, expect, it } from 'vitest';
import { BugError, StatusConflictError, wrapError } from '../../src/reconcile/errors.ts';
import { faultOf, tellError } from '../../src/telemetry/failure.ts';

function awsError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode: 400 } });
}

describe('telling an error', () => {
  it.each([
    [
      'a phrase around an AWS error',
      wrapError('reading shop', awsError('ServerException', 'x')),
      'reading shop: ServerException (HTTP 400)',
    ],
    [
      'a missing permission, which names role and resource',
      awsError('AccessDeniedException', 'User: arn:aws:iam::1:role/t is not authorized'),
      'AccessDeniedException: User: arn:aws:iam::1:role/t is not authorized',
    ],
    ['phrases in phrases', wrapError('a', wrapError('b', new Error('c'))), 'a: b: c'],
    [
      'a text that could not be parsed',
      wrapError('reading the status', new SyntaxError('Unexpected token in "hunter2"')),
      'reading the status: SyntaxError',
    ],
    [
      'an error without words',
      Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
      'ECONNREFUSED',
    ],
    ['what is no error', { secret: 1 }, 'object'],
  ])('%s', (_what, error, message) => {
    expect(tellError(error).message).toBe(message);
  });

  it('shows where a mistake of ours happened, without repeating what was said', () => {
    const told = tellError(wrapError('planning', new BugError('no plan')));
    expect(told.stack).toMatch(/^ {4}at /);
    expect(told.stack).not.toContain('no plan');
    expect(tellError(new Error('no route')).stack).toBeUndefined();
  });

  it('survives an error that is its own cause', () => {
    const error = new Error('round');
    error.cause = error;
    expect(faultOf(error)).toBe('error');
    expect(tellError(error).name).toBe('Error');
  });
});

describe('whose fault it is', () => {
  it('finds it below any phrases', () => {
    expect(faultOf(wrapError('storing', new StatusConflictError('revision 3')))).toBe('conflict');
    expect(faultOf(wrapError('planning', new TypeError('undefined is not a function')))).toBe('bug');
    expect(faultOf(Object.assign(new TypeError('terminated'), { $metadata: {} }))).toBe('error');
    expect(faultOf('thrown text')).toBe('error');
  });
});
