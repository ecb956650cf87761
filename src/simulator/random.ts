import type { Random } from '../reconcile/ports.ts';

/** A small seeded generator (mulberry32): same seed, same numbers, on every machine. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** An integer in [0, below). */
export function randomInteger(random: Random, below: number): number {
  return Math.floor(random() * below);
}

const HEX = '0123456789abcdef';
/** Two digits of each byte: ids are put together of fewer pieces. */
const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** `length` lower-case hexadecimal digits. */
export function randomHex(random: Random, length: number): string {
  let digits = '';
  for (let left = length; left > 1; left -= 2) digits += PAIRS[randomByte(random)];
  return length % 2 === 0 ? digits : digits + HEX[randomInteger(random, 16)];
}

/** A version-4 UUID. */
export function randomUuid(random: Random): string {
  const start = `${randomHex(random, 8)}-${randomHex(random, 4)}`;
  const version = `${PAIRS[(randomByte(random) & 0x0f) | 0x40]}${randomHex(random, 2)}`;
  const variant = `${PAIRS[(randomByte(random) & 0x3f) | 0x80]}${randomHex(random, 2)}`;
  return `${start}-${version}-${variant}-${randomHex(random, 12)}`;
}

/** Drawn digit by digit. */
function randomByte(random: Random): number {
  const high = randomInteger(random, 16);
  return high * 16 + randomInteger(random, 16);
}
