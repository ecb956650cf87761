import { createRequire } from 'node:module';
import { z } from 'zod';

/** The version in package.json, which lies beside both `src` and `dist`. */
export const VERSION: string = z
  .object({ version: z.string() })
  .parse(createRequire(import.meta.url)('../package.json')).version;
