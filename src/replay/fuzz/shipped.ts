import { fileURLToPath } from 'node:url';

/** The snapshots that come with the program: cases are made from them when no others are given. */
export const SHIPPED_SNAPSHOTS: string = fileURLToPath(
  new URL('../../../examples/snapshots', import.meta.url),
);
