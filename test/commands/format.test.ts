import { describe, expect, it } from 'vitest';
import { formatAge, formatTable, formatValue, messageLines } from '../../src/commands/format.ts';

describe('what commands print', () => {
  it('puts what to type on a line of its own, unbroken', () => {
    const command = `aws ssm put-parameter --name /a --value '${'x'.repeat(200)}'`;
    expect(messageLines(`Something is wrong. To mend it: ${command} It is an example.`)).toEqual([
      'Something is wrong. To mend it:',
      `  ${command}`,
      'It is an example.',
    ]);
  });

  it('breaks prose at word ends', () => {
    const lines = messageLines('word '.repeat(60).trim());
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('tells ages in the largest unit that says something', () => {
    expect([0, 59_000, 61_000, 7_200_000, 3 * 86_400_000].map(formatAge)).toEqual([
      '0s',
      '59s',
      '1m',
      '2h',
      '3d',
    ]);
  });

  it('aligns columns and leaves no blanks at the ends', () => {
    expect(
      formatTable(
        ['APP', 'WHY'],
        [
          ['shop', ''],
          ['a', 'b'],
        ],
      ),
    ).toBe('APP   WHY\nshop\na     b\n');
  });

  it('shows nothing as nothing, text bare and the rest as JSON', () => {
    expect([undefined, null, 'a', 2, [1]].map(formatValue)).toEqual(['nothing', 'nothing', 'a', '2', '[1]']);
  });
});
