import { z } from 'zod';

/**
 * What a controller did with a snapshot, as it is kept in the file: everything that a change of behaviour would
 * change, and nothing that changes by itself (ids, instants, numbers of calls, wording).
 */

const actionSchema = z.strictObject({
  app: z.string(),
  type: z.string(),
  resource: z.string(),
  /** What it asks for; without digests and ARNs of what was just made. */
  asks: z.record(z.string(), z.unknown()).optional(),
  /** Why it did not go through. */
  failed: z.string().optional(),
  /** How often it was done in the step, when more than once. */
  times: z.int().min(2).optional(),
});

const conditionSchema = z.strictObject({
  app: z.string(),
  /** `Valid InvalidSize /apppack/apps/shop/scaling web.cpu` */
  condition: z.string(),
  /** `came` and is still there when the step ends, `went`, or `passed`: came and went within the step. */
  state: z.enum(['came', 'went', 'passed']),
});

const rolloutSchema = z.strictObject({
  service: z.string(),
  ended: z.enum(['completed', 'failed', 'replaced', 'open']),
});

const stepSchema = z.strictObject({
  /** 0 is the start; the others are numbered in the order of the time line. */
  step: z.int().min(0),
  what: z.string(),
  actions: z.array(actionSchema).optional(),
  conditions: z.array(conditionSchema).optional(),
  rollouts: z.array(rolloutSchema).optional(),
  /** The change itself could not be made. */
  refused: z.array(z.string()).optional(),
});

const serviceSchema = z.strictObject({
  desired: z.number(),
  running: z.number(),
  /** `512/1024`: CPU units and MiB of a task. */
  size: z.string().optional(),
  revision: z.string().optional(),
  images: z.array(z.string()).optional(),
  /** What the containers call their secrets. */
  secrets: z.array(z.string()).optional(),
  scaling: z.string().optional(),
});

const appSchema = z.strictObject({
  synced: z.boolean(),
  problems: z.array(z.string()).optional(),
  services: z.record(z.string(), serviceSchema).optional(),
  rules: z.record(z.string(), z.string()).optional(),
});

/** What came of a snapshot: step by step if it was replayed, and how it ended. */
export const outcomeSchema = z
  .strictObject({
    settled: z.boolean().optional(),
    steps: z.array(stepSchema).optional(),
    end: z.record(z.string(), appSchema),
  })
  .describe('what the controller did, written by `trimtab replay --update`, and how it ended');

export type Outcome = z.infer<typeof outcomeSchema>;
export type OutcomeStep = z.infer<typeof stepSchema>;
export type OutcomeAction = z.infer<typeof actionSchema>;
export type OutcomeCondition = z.infer<typeof conditionSchema>;
export type OutcomeRollout = z.infer<typeof rolloutSchema>;
export type AppEnd = z.infer<typeof appSchema>;
export type ServiceEnd = z.infer<typeof serviceSchema>;
