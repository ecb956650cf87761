import type { Condition } from '../reconcile/plan.ts';
import { CommandError } from './command.ts';

export const OUTPUT_OPTION = {
  flags: '-o, --output <form>',
  help: 'text or json',
  fallback: 'text',
} as const;

/** The wanted output form; throws `CommandError` for one that does not exist. */
export function outputOf<T extends string>(
  options: Readonly<Record<string, unknown>>,
  allowed: readonly T[],
): T {
  const wanted = allowed.find((form) => form === options.output);
  if (wanted !== undefined) return wanted;
  throw new CommandError(`--output is "${String(options.output)}"; it can be ${allowed.join(' or ')}`);
}

/** JSON as people and programs like it: two spaces, a line break at the end. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A value in one line, strings bare. */
export function formatValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `3m`, `2h`, `5d`: how long ago. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** Where a condition points: `/apppack/apps/legacy/scaling web.cpu (version 3)`, or a resource. */
export function placeOf(condition: Condition): string {
  if (condition.parameter === undefined) return condition.resource ?? '';
  const version = condition.version === undefined ? '' : ` (version ${condition.version})`;
  return [condition.parameter, condition.path].filter((part) => part !== undefined).join(' ') + version;
}

/** Columns that prose is broken at; commands to type are never broken. */
const COLUMNS = 100;

/** Problems as indented lines, each with its whole message; what to type stands on a line of its own. */
export function problemLines(conditions: readonly Condition[]): string[] {
  return conditions
    .filter((condition) => condition.status === 'False')
    .flatMap((condition) => [
      `  ${condition.reason}  ${placeOf(condition)}`,
      ...messageLines(condition.message).map((line) => `      ${line}`),
    ]);
}

/** Breaks a message before and after each command in it, and its sentences at word ends. */
export function messageLines(message: string): string[] {
  return message.split(/\n|(?<=:) (?=(?:aws|apppack|trimtab) )|(?<=') (?=[A-Z])/).flatMap((part) => {
    if (/^(aws|apppack|trimtab) /.test(part)) return [`  ${part}`];
    const lines = [''];
    for (const word of part.split(' ')) {
      const line = lines.at(-1) ?? '';
      if (line !== '' && line.length + word.length >= COLUMNS) lines.push(word);
      else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
    }
    return lines;
  });
}

/** Rows under headings, columns as wide as they must be. */
export function formatTable(headings: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 2)))
      .join('')
      .trimEnd();
  return `${[headings, ...rows].map(line).join('\n')}\n`;
}
