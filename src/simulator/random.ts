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

/** `length` lower-case hexadecimal digits. */
export function randomHex(random: Random, length: number): string {
  let digits = '';
  while (digits.length < length) digits += HEX[randomInteger(random, 16)];
  return digits;
}

/** A version-4 UUID. */
export function randomUuid(random: Random): string {
  const hex = randomHex(random, 32);
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) % 4];
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
