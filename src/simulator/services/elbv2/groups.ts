import { createHash } from 'node:crypto';
import { z } from 'zod';
import { globMatches, type RegionContext } from '../../region.ts';
import { defined } from '../members.ts';
import { parseSection } from '../sections.ts';

/** How targets fare: they become healthy, fail their checks, or are checked for ever. */
const HEALTH = ['healthy', 'unhealthy', 'never'] as const;
export type Health = (typeof HEALTH)[number];

const ARN =
  /^arn:aws[\w-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:targetgroup\/([A-Za-z0-9-]{1,32})\/[0-9a-f]+$/;

const groupShape = z.strictObject({
  /** Made from the ARN where one is given. */
  name: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,32}$/)
    .optional(),
  /** Made from the name where none is given. */
  arn: z.string().regex(ARN, { message: 'no ARN of a target group' }).optional(),
  port: z.int().min(1).max(65_535).optional(),
  healthCheckPath: z.string().startsWith('/').optional(),
  /** `healthy` unless said. Targets that are healthy already stay so. */
  health: z.enum(HEALTH).optional(),
  /** The same for targets of certain images (`*` stands for anything); the first that fits decides. */
  healthOfImages: z.record(z.string().min(1), z.enum(HEALTH)).optional(),
  secondsToHealthy: z.number().min(0).optional(),
  /** How long after the grace period checks have failed. */
  secondsToUnhealthy: z.number().min(0).optional(),
  /** What is registered: addresses of tasks, unless said, or machines. */
  targetType: z.enum(['ip', 'instance']).optional(),
  /** Whether a load balancer listens for it; services cannot be attached to others. */
  attached: z.boolean().optional(),
});

/**
 * The section `elbv2` of a world:
 * `{"targetGroups": [{"name": "shop-web", "secondsToHealthy": 5, "healthOfImages": {"*:broken": "unhealthy"}}]}`.
 */
const sectionShape = z.strictObject({
  targetGroups: z
    .array(
      groupShape.refine(({ name, arn }) => name ?? arn, { message: 'a target group has a name or an arn' }),
    )
    .optional(),
});

type GroupEntry = z.infer<typeof groupShape>;

export interface TargetGroup {
  readonly arn: string;
  readonly name: string;
  readonly port: number;
  readonly healthCheckPath: string;
  readonly health: Health;
  readonly healthOfImages: Readonly<Record<string, Health>>;
  readonly secondsToHealthy: number;
  readonly secondsToUnhealthy: number;
  readonly targetType: 'ip' | 'instance';
  readonly attached: boolean;
}

/** By ARN, in the order of the world. */
export type TargetGroups = Map<string, TargetGroup>;

/** AWS's own defaults are minutes; these let a deployment end within 15 s. */
const USUAL = {
  port: 80,
  healthCheckPath: '/',
  health: 'healthy',
  targetType: 'ip',
  attached: true,
} as const;
const TO_HEALTHY_SECONDS = 2;
const TO_UNHEALTHY_SECONDS = 10;

/** What becomes of a target that runs these images, and how long that takes. */
export function healthOf(
  group: TargetGroup,
  images: readonly string[],
): { readonly health: Health; readonly afterMs: number } {
  const special = Object.entries(group.healthOfImages).find(([pattern]) =>
    images.some((image) => globMatches(pattern, image)),
  );
  const health = special?.[1] ?? group.health;
  const seconds = health === 'unhealthy' ? group.secondsToUnhealthy : group.secondsToHealthy;
  return { health, afterMs: health === 'never' ? Number.POSITIVE_INFINITY : seconds * 1000 };
}

/** Replaces everything by what the section says. */
export function loadSection(context: RegionContext, groups: TargetGroups, content: unknown): void {
  const section = parseSection(sectionShape, content, 'elbv2');
  groups.clear();
  for (const entry of section.targetGroups ?? []) {
    const group = readGroup(context, entry);
    groups.set(group.arn, group);
  }
}

/** Everything, as `loadSection` reads it. */
export function dumpSection(groups: TargetGroups): unknown {
  return { targetGroups: [...groups.values()].map(writeGroup) };
}

function readGroup(context: RegionContext, entry: GroupEntry): TargetGroup {
  const name = entry.name ?? ARN.exec(entry.arn ?? '')?.[1] ?? '';
  const id = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return {
    ...USUAL,
    secondsToHealthy: TO_HEALTHY_SECONDS,
    secondsToUnhealthy: TO_UNHEALTHY_SECONDS,
    healthOfImages: {},
    ...defined(entry),
    name,
    arn: entry.arn ?? context.arn('elasticloadbalancing', `targetgroup/${name}/${id}`),
  };
}

function writeGroup(group: TargetGroup): unknown {
  const { healthOfImages, ...plain } = group;
  return defined({
    ...plain,
    healthOfImages: Object.keys(healthOfImages).length === 0 ? undefined : healthOfImages,
  });
}
