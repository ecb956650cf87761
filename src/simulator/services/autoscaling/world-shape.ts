import { z } from 'zod';
import { instantSchema, tagsSchema } from '../sections.ts';
import { ACTIVITY_STATUSES } from './records.ts';
import { ECS_RESOURCE } from './scope.ts';

const resourceId = z.string().regex(ECS_RESOURCE, 'a resource is written like service/main/shop-web');
const capacity = z.int().min(0);

const targetSchema = z.strictObject({
  resourceId,
  minCapacity: capacity,
  maxCapacity: capacity,
  /** The service-linked role unless said. */
  roleArn: z.string().min(1).optional(),
  /** Nothing is suspended unless said. */
  suspended: z
    .strictObject({
      dynamicScalingIn: z.boolean().optional(),
      dynamicScalingOut: z.boolean().optional(),
      scheduledScaling: z.boolean().optional(),
    })
    .optional(),
  tags: tagsSchema.optional(),
  /** The moment of loading unless said. */
  createdAt: instantSchema.optional(),
  /** The end of its ARN, and what stands in the ARNs of its policies; made up unless said. */
  id: z
    .string()
    .regex(/^[a-zA-Z0-9-]+$/)
    .optional(),
  ownerId: z.string().min(1).optional(),
  /** When capacity will be brought between the bounds, after a registration. */
  adjustAt: instantSchema.optional(),
});

const policySchema = z.strictObject({
  resourceId,
  policyName: z.string().min(1).max(256),
  /** As PutScalingPolicy takes it; it tracks the average CPU unless it says which metric. */
  targetTracking: z.looseObject({}).optional(),
  /** As PutScalingPolicy takes it. It never runs: there are no CloudWatch alarms to run it. */
  stepScaling: z.looseObject({}).optional(),
  createdAt: instantSchema.optional(),
  /** Made up unless said. */
  alarms: z.array(z.string()).optional(),
  /** What its cooldowns are counted from. */
  lastScaleOut: z.strictObject({ at: instantSchema, from: capacity }).optional(),
  lastScaleInAt: instantSchema.optional(),
});

const actionSchema = z.strictObject({
  resourceId,
  scheduledActionName: z.string().min(1).max(256),
  /** `at(…)`, `rate(…)` or `cron(…)`. */
  schedule: z.string(),
  /** `UTC` unless said. */
  timezone: z.string().optional(),
  startAt: instantSchema.optional(),
  endAt: instantSchema.optional(),
  minCapacity: capacity.optional(),
  maxCapacity: capacity.optional(),
  createdAt: instantSchema.optional(),
});

const activitySchema = z.strictObject({
  id: z.string().min(1),
  resourceId,
  description: z.string(),
  cause: z.string(),
  startedAt: instantSchema,
  endedAt: instantSchema.optional(),
  status: z.enum(ACTIVITY_STATUSES),
  statusMessage: z.string(),
  change: z
    .strictObject({ from: capacity, to: capacity, minCapacity: capacity, maxCapacity: capacity })
    .optional(),
  policyName: z.string().optional(),
});

const stepSchema = z
  .strictObject({
    /** From when on: an instant, or seconds from the moment of loading. */
    at: instantSchema.optional(),
    afterSeconds: z.number().min(0).optional(),
    /** In units of one task at 100 % CPU; `null` ends the script: the CPU is at its target again. */
    load: z.number().min(0).nullable(),
  })
  .refine(({ at, afterSeconds }) => (at === undefined) !== (afterSeconds === undefined), {
    message: 'a step has either "at" or "afterSeconds"',
  });

/**
 * The section `autoscaling` of a world. `load` scripts what services have to do:
 * `{"service/main/shop-web": [{"afterSeconds": 0, "load": 1.6}, {"afterSeconds": 3600, "load": null}]}` is worth 80 %
 * of two tasks for an hour. Services without a script sit at their targets. `cpu` holds the datapoints of the newest
 * minutes in percent. Loading changes no count: bounds take hold at the next registration or scaling.
 */
export const sectionSchema = z.strictObject({
  targets: z.array(targetSchema).optional(),
  policies: z.array(policySchema).optional(),
  scheduledActions: z.array(actionSchema).optional(),
  activities: z.array(activitySchema).optional(),
  load: z.record(resourceId, z.array(stepSchema)).optional(),
  cpu: z.record(resourceId, z.array(z.number().min(0).nullable()).max(15)).optional(),
});

export type Section = z.infer<typeof sectionSchema>;
export type TargetEntry = z.infer<typeof targetSchema>;
export type PolicyEntry = z.infer<typeof policySchema>;
export type ActionEntry = z.infer<typeof actionSchema>;
