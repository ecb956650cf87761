/** What fits in this many characters stands on one line. */
const WIDTH = 110;
const INDENT = '  ';

/**
 * A value as JSON that a person can read and git can compare, a line at a time so that a long one never is one
 * text in memory: what is short stands on a line of its own, the rest is broken up. Members keep their order.
 */
export function* layoutJson(value: unknown, indent = ''): Generator<string> {
  yield* layout(value, { indent, before: indent, after: '' });
}

interface Place {
  readonly indent: string;
  /** What stands before the value and behind it on the same line. */
  readonly before: string;
  readonly after: string;
}

function* layout(value: unknown, place: Place): Generator<string> {
  const { indent, before, after } = place;
  const line = compact(value, WIDTH - before.length - after.length);
  if (line !== undefined || typeof value !== 'object' || value === null) {
    yield `${before}${line ?? JSON.stringify(value)}${after}`;
    return;
  }
  const inner = indent + INDENT;
  const isArray = Array.isArray(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  yield `${before}${isArray ? '[' : '{'}`;
  for (const [index, [name, member]] of members.entries()) {
    const label = isArray ? '' : `${JSON.stringify(name)}: `;
    const comma = index === members.length - 1 ? '' : ',';
    yield* layout(member, { indent: inner, before: `${inner}${label}`, after: comma });
  }
  yield `${indent}${isArray ? ']' : '}'}${after}`;
}

/** The value on one line, as long as it needs at most `room` characters. */
function compact(value: unknown, room: number): string | undefined {
  if (room <= 0) return undefined;
  if (typeof value !== 'object' || value === null) {
    const text = JSON.stringify(value) ?? 'null';
    return text.length <= room ? text : undefined;
  }
  const isArray = Array.isArray(value);
  const parts: string[] = [];
  let length = isArray ? 2 : 4;
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const label = isArray ? '' : `${JSON.stringify(name)}: `;
    const text = compact(member, room - length - label.length);
    if (text === undefined) return undefined;
    parts.push(label + text);
    length += label.length + text.length + 2;
    if (length - 2 > room) return undefined;
  }
  if (parts.length === 0) return isArray ? '[]' : '{}';
  return isArray ? `[${parts.join(', ')}]` : `{ ${parts.join(', ')} }`;
}
