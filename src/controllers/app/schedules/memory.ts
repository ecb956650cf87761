import { z } from 'zod';
import { onceEach } from '../../../reconcile/recall.ts';

const memorySchema = z.object({
  /**
   * Rules whose targets were seen to be what their description says, and when. Without an entry the
   * description alone is not believed.
   */
  rules: z
    .array(z.object({ name: z.string(), digest: z.string(), targets: z.array(z.string()), at: z.number() }))
    .catch([]),
  /** The scheduler's revision that was registered or found last, and what it was made from. */
  revision: z
    .object({
      digest: z.string(),
      arn: z.string(),
      at: z.number(),
      /** The revision of the process, and whether its image was made by buildpacks. */
      source: z.string(),
      launcher: z.boolean(),
      /** What `scaling` said of the size of scheduled tasks. */
      size: z.object({ cpu: z.number().optional(), memory: z.number().optional() }),
    })
    .optional()
    .catch(undefined),
  /** The rule whose targets are looked at next although nothing hints that they changed. */
  checking: z.string().optional().catch(undefined),
  /** EventBridge had no room for more rules: when it said so, and which were wanted. */
  full: z.object({ at: z.number(), wanted: z.string() }).optional().catch(undefined),
});

/** What schedules remember between passes; all of it may be lost at the price of some reads. */
export type SchedulesMemory = z.infer<typeof memorySchema>;
export type VerifiedRule = SchedulesMemory['rules'][number];

/** Parses what was remembered; anything unknown counts as forgotten. */
export const parseSchedulesMemory = onceEach(
  (memory: unknown): SchedulesMemory => memorySchema.safeParse(memory).data ?? { rules: [] },
);
