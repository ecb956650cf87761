import { describe, expect, it } from 'vitest';
import { formatText } from '../../src/telemetry/text.ts';

const plain = (record: unknown) => formatText(JSON.stringify(record), { colour: false });
const RECORD = {
  level: 'info',
  time: '2026-01-05T12:00:00.000Z',
  reconcileId: 'a1b2',
  key: '123456789012/us-east-1/app/shop',
  outcome: 'applied',
  actions: ['updateService service shop-web', 'putTargets rule shop-1'],
  durationMs: 340,
  msg: 'changes applied',
};

describe('a line for a person', () => {
  it('says when, how grave, what about, what, and the fields one follows', () => {
    expect(plain(RECORD)).toMatch(
      /^\d\d:\d\d:\d\d {2}info {3}app\/shop {6}changes applied: updateService service shop-web, putTargets rule shop-1 {2}durationMs=340\n$/,
    );
  });

  it('puts the words of a problem right behind the message', () => {
    const line = plain({ ...RECORD, level: 'warn', msg: 'problem found', detail: 'web.cpu is 300.' });
    expect(line).toContain('problem found: web.cpu is 300.  actions=');
  });

  it('stays one line whatever a message holds, but for the frames of a mistake of ours', () => {
    const line = plain({ ...RECORD, detail: 'two\nlines\u001b[31m' });
    expect(line.split('\n')).toHaveLength(2);
    const error = { name: 'BugError', message: 'no plan', stack: '    at plan (plan.ts:1:1)' };
    expect(plain({ ...RECORD, actions: undefined, msg: 'pass broke off', error })).toMatch(
      /pass broke off: BugError: no plan.*\n {4}at plan \(plan\.ts:1:1\)\n$/,
    );
  });

  it('colours only when asked', () => {
    expect(plain(RECORD)).not.toContain('\u001b[');
    expect(formatText(JSON.stringify(RECORD), { colour: true })).toContain('\u001b[32minfo');
  });

  it('lets through what is not a line of ours', () => {
    expect(formatText('listening\n', { colour: false })).toBe('listening\n');
  });
});
