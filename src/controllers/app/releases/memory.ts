import { z } from 'zod';

const memorySchema = z.object({
  /** The last revision of each family that a release needed, so that none is registered twice. */
  families: z.array(z.object({ type: z.string(), digest: z.string(), arn: z.string() })).catch([]),
});
export type ReleasesMemory = z.infer<typeof memorySchema>;

/** Parses what was remembered; anything unknown counts as forgotten. */
export function parseReleasesMemory(memory: unknown): ReleasesMemory {
  return memorySchema.safeParse(memory).data ?? { families: [] };
}
