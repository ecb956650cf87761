import { describe, expect, it } from 'vitest';
import { mayBeRegistered } from '../../../src/controllers/app/services/registering.ts';
import { EMPTY_STATUS, type Status } from '../../../src/reconcile/status.ts';

const NOTHING = { claimed: [], indexed: [], revisions: [], progress: [] };
const revision = { process: 'web', digest: 'abc', arn: 'shop-web:2', at: 1 };
const write = { digest: 'abc', at: 1, sent: 1, seen: true, corrections: [] };
const register = 'services/web/register';

describe('whether a family has to be looked at before a revision is made', () => {
  it.each<[string, Partial<Status>, unknown, boolean]>([
    ['nothing was done that could have made one', {}, NOTHING, false],
    ['only other writes were made', { writes: { 'services/web/update': write } }, NOTHING, false],
    ['nothing is remembered, so anything may have been done', {}, undefined, true],
    [
      'a registration got no answer',
      { intents: [{ action: register, digest: 'abc', at: 1 }] },
      NOTHING,
      true,
    ],
    ['one was made lately', { writes: { [register]: write } }, NOTHING, true],
    ['one was made that no service runs', {}, { ...NOTHING, revisions: [revision] }, true],
  ])('when %s', (_what, status, memory, expected) => {
    expect(mayBeRegistered({ ...EMPTY_STATUS, ...status }, memory)).toBe(expected);
  });
});
