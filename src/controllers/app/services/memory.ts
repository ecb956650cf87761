import { z } from 'zod';
import { onceEach } from '../../../reconcile/recall.ts';

/** Where a service is; `cluster` is a name. */
const place = z.object({ process: z.string(), cluster: z.string(), service: z.string() });

const settling = z.object({
  versions: z.string(),
  changedAt: z.number(),
  unsettledAt: z.number().optional(),
});

const rollout = z.object({
  /** Deployments of this instant or later, by ECS's clock, are the rollout's. */
  since: z.number(),
  /** The revision's ARN, once it is known. */
  taskDefinition: z.string().optional(),
  workflow: z.unknown(),
});

const progress = z.object({
  process: z.string(),
  /**
   * When the youngest config change was written that there was when the service was first seen; absent as long as
   * config could not be read.
   */
  baseline: z.number().optional(),
  rollout: rollout.optional(),
});

const memorySchema = z.object({
  /** Services that were ours when last seen; `marked` those that carry the owner tag. */
  claimed: z.array(place.extend({ marked: z.boolean() })).catch([]),
  /** Services that the index in the table is known to name as ours. */
  indexed: z.array(place).catch([]),
  /** The last revision registered for a process, so that a failed update never registers another. */
  revisions: z
    .array(z.object({ process: z.string(), digest: z.string(), arn: z.string(), at: z.number() }))
    .catch([]),
  /** Whether config has come to rest. */
  config: settling.optional().catch(undefined),
  /**
   * How each service stands. What cannot be read is forgotten with its baseline, so that config of before restarts
   * nothing.
   */
  progress: z
    .array(z.unknown())
    .catch([])
    .transform((entries) => entries.flatMap((entry) => progress.safeParse(entry).data ?? [])),
});

export type ServicesMemory = z.infer<typeof memorySchema>;
export type ServicePlace = z.infer<typeof place>;
export type RememberedRevision = ServicesMemory['revisions'][number];
export type Progress = ServicesMemory['progress'][number];
export type RememberedRollout = z.infer<typeof rollout>;

/** Parses what was remembered; anything unknown counts as forgotten. */
export const parseServicesMemory = onceEach(
  (memory: unknown): ServicesMemory =>
    memorySchema.safeParse(memory).data ?? { claimed: [], indexed: [], revisions: [], progress: [] },
);
