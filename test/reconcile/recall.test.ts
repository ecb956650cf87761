import { expect, it } from 'vitest';
import { createRecall, onceEach, onceEachBeside } from '../../src/reconcile/recall.ts';

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

it('makes once for each document what somebody still holds it for', () => {
  let made = 0;
  const sizeOf = onceEach((document: unknown) => {
    made += 1;
    return Object.keys(document ?? {}).length;
  });
  const document = { a: 1 };
  expect([
    sizeOf(document),
    sizeOf(document),
    sizeOf({ a: 1 }),
    sizeOf(undefined),
    sizeOf(undefined),
  ]).toEqual([1, 1, 1, 0, 0]);
  expect(made).toBe(4);
});

it('makes anew for a document what is asked of it beside something else', () => {
  let made = 0;
  const joined = onceEachBeside((document: readonly string[], { by }: { readonly by: string }) => {
    made += 1;
    return document.join(by);
  });
  const document = ['a', 'b'];
  const texts = ['-', '-', '+', '+', '-'].map((by) => joined(document, { by }));
  expect(texts).toEqual(['a-b', 'a-b', 'a+b', 'a+b', 'a-b']);
  expect(made).toBe(3);
  expect(joined(['c', 'd'], { by: '-' })).toBe('c-d');
});
