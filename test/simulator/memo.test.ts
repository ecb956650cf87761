import { expect, it } from 'vitest';
import { memo } from '../../src/simulator/memo.ts';

it('makes an answer once for each key, until there are too many', () => {
  const asked: number[] = [];
  const double = memo(2, (key: number) => {
    asked.push(key);
    return 2 * key;
  });
  expect([1, 2, 1, 2].map(double)).toEqual([2, 4, 2, 4]);
  expect(asked).toEqual([1, 2]);
  expect([3, 1].map(double)).toEqual([6, 2]);
  expect(asked).toEqual([1, 2, 3, 1]);
});
