import { invalid } from './errors.ts';

/** `coefficient · 10^exponent`; the coefficient has no trailing zeros. */
interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

/** Source: DynamoDB HowItWorks.NamingRulesDataTypes.html, Number */
const DIGITS_MAX = 38;
const MAGNITUDE_MAX = 125;
const MAGNITUDE_MIN = -130;

const NUMBER = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/;

/** What is in normal form already, and within bounds. */
const WHOLE = /^(?:0|-?[1-9]\d{0,36})$/;

/** A number in DynamoDB's normal form: plain decimal digits without idle zeros. */
export function normalNumber(text: string): string {
  if (WHOLE.test(text)) return text;
  return write(parse(text));
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareNumbers(a: string, b: string): number {
  const [left, right] = align(parse(a), parse(b));
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** `a + b`, or `a - b`; throws when the result has too many digits. */
export function addNumbers(a: string, b: string, sign: 1n | -1n = 1n): string {
  const first = parse(a);
  const second = parse(b);
  const [left, right] = align(first, second);
  const exponent = Math.min(first.exponent, second.exponent);
  return write(check(trim({ coefficient: left + sign * right, exponent })));
}

/** Significant digits of a number, which its storage size depends on. */
export function countDigits(text: string): number {
  if (WHOLE.test(text)) return wholeDigits(text);
  return digitsOf(parse(text)).length;
}

function wholeDigits(text: string): number {
  const start = text.startsWith('-') ? 1 : 0;
  let end = text.length;
  while (end > start + 1 && text[end - 1] === '0') end -= 1;
  return end - start;
}

function parse(text: string): Decimal {
  const found = NUMBER.exec(text);
  const [, sign = '', whole = '', fraction = '', power = '0'] = found ?? [];
  if (found === null || whole + fraction === '') {
    const more = text === '' ? '' : `: ${text}`;
    throw invalid(`The parameter cannot be converted to a numeric value${more}`);
  }
  const digits = (whole + fraction).replace(/^0+/, '').replace(/0+$/, '');
  if (digits === '') return { coefficient: 0n, exponent: 0 };
  if (digits.length > DIGITS_MAX) throw tooManyDigits();
  const idle = (whole + fraction).length - (whole + fraction).replace(/0+$/, '').length;
  const coefficient = BigInt(digits) * (sign === '-' ? -1n : 1n);
  return check({ coefficient, exponent: Number(power) - fraction.length + idle });
}

function check(decimal: Decimal): Decimal {
  if (decimal.coefficient === 0n) return decimal;
  const { length } = digitsOf(decimal);
  if (length > DIGITS_MAX) throw tooManyDigits();
  const magnitude = decimal.exponent + length - 1;
  if (magnitude > MAGNITUDE_MAX) {
    throw invalid('Number overflow. Attempting to store a number with magnitude larger than supported range');
  }
  if (magnitude < MAGNITUDE_MIN) {
    throw invalid(
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    );
  }
  return decimal;
}

function trim(decimal: Decimal): Decimal {
  if (decimal.coefficient === 0n) return { coefficient: 0n, exponent: 0 };
  const text = String(decimal.coefficient);
  const trimmed = text.replace(/0+$/, '');
  return { coefficient: BigInt(trimmed), exponent: decimal.exponent + text.length - trimmed.length };
}

function align(a: Decimal, b: Decimal): [bigint, bigint] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [scale(a, exponent), scale(b, exponent)];
}

function scale({ coefficient, exponent }: Decimal, to: number): bigint {
  return coefficient === 0n ? 0n : coefficient * 10n ** BigInt(exponent - to);
}

function write(decimal: Decimal): string {
  const digits = digitsOf(decimal);
  const sign = decimal.coefficient < 0n ? '-' : '';
  if (decimal.exponent >= 0) return sign + digits + '0'.repeat(decimal.exponent);
  const padded = digits.padStart(1 - decimal.exponent, '0');
  const point = padded.length + decimal.exponent;
  return `${sign}${padded.slice(0, point)}.${padded.slice(point)}`;
}

function digitsOf({ coefficient }: Decimal): string {
  return String(coefficient < 0n ? -coefficient : coefficient);
}

function tooManyDigits() {
  return invalid('Attempting to store more than 38 significant digits in a Number');
}
