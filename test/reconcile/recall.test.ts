import { expect, it } from 'vitest';
import { createRecall } from '../../src/reconcile/recall.ts';

it('forgets what was used longest ago when there is no room', () => {
  const recall = createRecall<number>(2);
  recall.set('a', 1);
  recall.set('b', 2);
  expect(recall.get('a')).toBe(1);
  recall.set('c', 3);
  expect(['a', 'b', 'c'].map((key) => recall.get(key))).toEqual([1, undefined, 3]);
  recall.set('a', 4);
  expect(recall.get('a')).toBe(4);
});
