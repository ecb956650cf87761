import { describe, expect, it } from 'vitest';
import { createBatcher, createMemo, createPace } from '../../src/aws/batch.ts';

/** Answers each id with itself, and remembers which ids came together. */
function counting(answer: () => Promise<void> = async () => {}) {
  const batches: string[][] = [];
  return {
    batches,
    async ask(ids: readonly string[]) {
      batches.push([...ids]);
      await answer();
      return new Map(ids.map((id) => [id, `answer to ${id}`]));
    },
  };
}

/** A promise and the means to settle it. */
function deferred() {
  let settle = () => {};
  const done = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { done, settle };
}

/** Lets all promise turns that are due pass. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('joining requests', () => {
  it('sends what is asked for in one turn together, each id once, in the order it was asked for', async () => {
    const { batches, ask } = counting();
    const load = createBatcher({ max: 10, pace: createPace({ patient: false }), ask });

    const answers = await Promise.all([
      load.one('b'),
      load.one('a'),
      Promise.resolve().then(() => load.one('c')),
      load.one('b'),
    ]);

    expect(answers).toEqual(['answer to b', 'answer to a', 'answer to c', 'answer to b']);
    expect(batches).toEqual([['b', 'a', 'c']]);
  });

  it('joins what comes some promise turns later in the same program turn', async () => {
    const { batches, ask } = counting();
    const load = createBatcher({ max: 10, pace: createPace({ patient: false }), ask });
    const later = async (turns: number) => {
      for (let index = 0; index < turns; index += 1) await undefined;
      return load.one(`after ${turns}`);
    };

    await Promise.all([1, 8, 20, 40].map(later));

    expect(batches).toHaveLength(1);
  });

  it('sends a full batch at once and keeps the rest for the next', async () => {
    const { batches, ask } = counting();
    const load = createBatcher({ max: 2, pace: createPace({ patient: false }), ask });

    await load.all(['a', 'b', 'c', 'd', 'e']);

    expect(batches).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('answers several in the order they were asked for, whatever was asked before', async () => {
    const { batches, ask } = counting();
    const load = createBatcher({ max: 10, pace: createPace({ patient: false }), ask });
    await load.one('b');

    expect([...(await load.all(['c', 'b', 'c', 'a']))]).toEqual([
      ['c', 'answer to c'],
      ['b', 'answer to b'],
      ['a', 'answer to a'],
    ]);
    expect(batches).toEqual([['b'], ['c', 'a']]);
  });

  it('remembers answers: asking again is no new call', async () => {
    const { batches, ask } = counting();
    const load = createBatcher({ max: 2, pace: createPace({ patient: false }), ask });

    await load.one('a');

    expect(await load.one('a')).toBe('answer to a');
    expect(batches).toHaveLength(1);
  });

  it('a patient one holds a part batch until no call is under way', async () => {
    const pace = createPace({ patient: true });
    const { batches, ask } = counting();
    const load = createBatcher({ max: 10, pace, ask });
    const call = deferred();
    const other = pace.during(() => call.done);
    const first = load.one('a');
    await turn();
    expect(batches).toEqual([]);

    const second = other.then(() => load.one('b'));
    call.settle();
    await Promise.all([first, second]);

    expect(batches).toEqual([['a', 'b']]);
  });

  it('a patient one also sends what waits when nothing is under way', async () => {
    const { batches, ask } = counting();
    const load = createBatcher({ max: 10, pace: createPace({ patient: true }), ask });

    await load.one('a');
    await load.one('b');

    expect(batches).toEqual([['a'], ['b']]);
  });

  it('a failing call fails everybody who waits for it, and a missing answer is loud', async () => {
    const pace = createPace({ patient: true });
    const failing = createBatcher({ max: 9, pace, ask: async () => Promise.reject(new Error('no')) });
    const forgetful = createBatcher({ max: 9, pace, ask: async () => new Map<string, string>() });

    const outcomes = await Promise.allSettled([failing.one('a'), failing.all(['b']), forgetful.one('c')]);

    expect(outcomes.map((one) => one.status === 'rejected' && one.reason.message)).toEqual([
      'no',
      'no',
      'this is a bug in trimtab: no answer for c',
    ]);
  });
});

describe('remembering calls', () => {
  it('makes equal calls one, and different ones two', async () => {
    const asked: string[] = [];
    const read = createMemo(createPace({ patient: false }), async (cluster: string, service: string) => {
      asked.push(`${cluster}/${service}`);
      return asked.length;
    });

    const answers = await Promise.all([read('main', 'web'), read('main', 'web'), read('main', 'worker')]);

    expect(answers).toEqual([1, 1, 2]);
    expect(asked).toEqual(['main/web', 'main/worker']);
  });
});
