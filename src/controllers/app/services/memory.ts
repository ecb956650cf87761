import { z } from 'zod';

/** Where a service is; `cluster` is a name. */
const place = z.object({ process: z.string(), cluster: z.string(), service: z.string() });

const memorySchema = z.object({
  /** Services that were ours when last seen; `marked` those that carry the owner tag. */
  claimed: z.array(place.extend({ marked: z.boolean() })).catch([]),
  /** Services that the index in the table is known to name as ours. */
  indexed: z.array(place).catch([]),
  /** The last revision registered for a process, so that a failed update never registers another. */
  revisions: z
    .array(z.object({ process: z.string(), digest: z.string(), arn: z.string(), at: z.number() }))
    .catch([]),
});

export type ServicesMemory = z.infer<typeof memorySchema>;
export type ServicePlace = z.infer<typeof place>;
export type RememberedRevision = ServicesMemory['revisions'][number];

/** Parses what was remembered; anything unknown counts as forgotten. */
export function parseServicesMemory(memory: unknown): ServicesMemory {
  return memorySchema.safeParse(memory).data ?? { claimed: [], indexed: [], revisions: [] };
}
