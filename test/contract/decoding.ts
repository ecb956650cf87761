/**
 * Attribute values as the decoder of the CLI's SDK takes them: a text from S or N, a number from N alone, a list of
 * texts from L or SS; NULL and what is absent are nothing. Anything else fails the whole read. It is not our own codec.
 */

/** The CLI would panic, or refuse to go on. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';
}

export type Item = Readonly<Record<string, unknown>>;

/** A number keeps the digits it came with, so that a text of digits is never taken for one. */
class Digits {
  readonly digits: string;
  constructor(digits: string) {
    this.digits = digits;
  }
  toJSON(): string {
    return `N ${this.digits}`;
  }
}

/** An item off the wire, without its wrappings. */
export function plain(attributes: Item): Item {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, unwrapped(value)]));
}

function unwrapped(value: unknown): unknown {
  // An attribute value has exactly one member, named by its type.
  const [[type = '', content] = []] = Object.entries(value as Item);
  switch (type) {
    case 'NULL':
      return undefined;
    case 'N':
      return new Digits(String(content));
    case 'L':
    case 'SS':
      return (content as readonly unknown[]).map((one) => (type === 'L' ? unwrapped(one) : one));
    case 'M':
      return plain(content as Item);
    default:
      return content;
  }
}

export function text(value: unknown, where: string): string {
  if (value === undefined) return '';
  if (value instanceof Digits) return value.digits;
  if (typeof value === 'string') return value;
  throw new CliFailure(`${where} is no text`);
}

export function integer(value: unknown, where: string): number {
  if (value === undefined) return 0;
  const isWhole = value instanceof Digits && /^-?\d+$/.test(value.digits);
  if (!isWhole) throw new CliFailure(`${where} is ${JSON.stringify(value)}, no whole number`);
  return Number(value.digits);
}

export function flag(value: unknown, where: string): boolean {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw new CliFailure(`${where} is neither true nor false`);
}

export function list(value: unknown, where: string): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw new CliFailure(`${where} is no list`);
}

export function texts(value: unknown, where: string): readonly string[] {
  return list(value, where).map((one, index) => text(one, `${where}.${index}`));
}

export function map(value: unknown, where: string): Item {
  if (value === undefined) return {};
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Digits))
    return value as Item;
  throw new CliFailure(`${where} is no map`);
}
