import type { ToldError } from './failure.ts';

/** What one line of text shows less of than JSON: ids and details a person at a terminal does not follow. */
const HIDDEN: ReadonlySet<string> = new Set([
  'level',
  'time',
  'msg',
  'key',
  'reconcileId',
  'causes',
  'outcome',
  'synced',
  'readMs',
  'applyMs',
]);
/** What stands right behind the message, the first that is there. */
const SAYING = ['detail', 'actions', 'failed', 'error'];
const SUBJECT_WIDTH = 12;
const COLOURS: Readonly<Record<string, number>> = { debug: 2, info: 32, warn: 33, error: 31 };
const DIM = 2;

/**
 * Turns a line of JSON into a line for a person: local time, level, what it is about, message, what there is to
 * say of it, fields; under it the frames of a mistake of ours. A line that is not an object passes as it is.
 */
export function formatText(json: string, options: { readonly colour: boolean }): string {
  const record = readRecord(json);
  if (record === undefined) return json;
  const paint = (code: number, text: string) => (options.colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const level = String(record.level);
  const saying = SAYING.find((name) => record[name] !== undefined);
  const said = saying === undefined ? '' : `: ${textOf(record[saying])}`;
  const fields = Object.entries(record)
    .filter(([name]) => name !== saying && !HIDDEN.has(name))
    .map(([name, value]) => `${name}=${textOf(value)}`)
    .join(' ');
  const parts = [
    paint(DIM, timeOf(record.time)),
    paint(COLOURS[level] ?? 0, level.padEnd(5)),
    subjectOf(record.key).padEnd(SUBJECT_WIDTH),
    `${textOf(record.msg)}${said}`,
    ...(fields === '' ? [] : [paint(DIM, fields)]),
  ];
  const frames = isTold(record.error) ? record.error.stack : undefined;
  return `${parts.join('  ').trimEnd()}\n${frames === undefined ? '' : `${frames}\n`}`;
}

function readRecord(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    // Only a line that is not ours is no JSON; it is shown as it came.
    return undefined;
  }
}

/** Local wall-clock time: whoever watches a terminal looks at their own clock. */
function timeOf(time: unknown): string {
  const at = new Date(String(time));
  if (Number.isNaN(at.getTime())) return '--:--:--';
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/** `app/shop` of `123456789012/us-east-1/app/shop`. */
function subjectOf(key: unknown): string {
  return typeof key === 'string' ? key.split('/').slice(2).join('/') : '';
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value.replace(/\p{Cc}+/gu, ' ');
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  if (isTold(value)) return textOf(`${value.name}: ${value.message}`);
  return JSON.stringify(value) ?? '';
}

function isTold(value: unknown): value is ToldError {
  return typeof value === 'object' && value !== null && 'name' in value && 'message' in value;
}
