import { z } from 'zod';
import type { PlanContext } from '../../../reconcile/controller.ts';
import { canonicalJson, digestOf } from '../../../reconcile/plan.ts';
import { releaseKey } from '../../../store/releases.ts';
import type { AppConfig } from '../config.ts';
import type { AppDesired } from '../desired.ts';
import { type AppNames, actionId, serviceName } from '../names.ts';
import type { ServicesPlan } from '../services/plan.ts';
import type { SubPlan } from '../subplan.ts';
import type { DeleteParameters, PutReviewStatus, RetireFamily, ReviewsAction } from './actions.ts';
import type { ReviewDesired } from './desired.ts';

/** A stack may be replaced; what is missed is gone when it is still missed after this long. */
const MISSED_MS = 120_000;

/** SSM deletes at most ten at a time. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html */
const NAMES_MAX = 10;

/** By which it is known that the records of a review app were deleted. */
export const RECORDS_DELETE: string = actionId('reviews', 'records', 'delete');

/** Families of tasks besides those of processes. */
const TASK_FAMILIES = ['shell', 'release', 'postdeploy'];

const memorySchema = z.object({
  /** Its stack was there once: without it the review app is gone. */
  stackSeen: z.boolean().catch(false).default(false),
  /** Since when its parameter or its stack is missed. */
  missedAt: z.number().optional().catch(undefined),
  /** What the builder leaves out when it writes the status. */
  branch: z.string().optional().catch(undefined),
  title: z.string().optional().catch(undefined),
  /** Processes it had; their families are its own. */
  processes: z.array(z.string()).catch([]).default([]),
});
export type ReviewMemory = z.infer<typeof memorySchema>;

function parseReviewMemory(memory: unknown): ReviewMemory {
  return memorySchema.safeParse(memory ?? {}).data ?? { stackSeen: false, processes: [] };
}

/** Whether a review app is gone for good: what it had is taken away then. Nothing of that is said of other apps. */
export interface ReviewLife {
  readonly gone: boolean;
  readonly memory?: ReviewMemory;
  readonly wakeAt?: number;
}

/** Looks whether the review app is still wanted. A stack that was never seen is not missed. */
export function lifeOf(review: ReviewDesired | undefined, memory: unknown, { now }: PlanContext): ReviewLife {
  if (review === undefined) return { gone: false };
  const before = parseReviewMemory(memory);
  const stackSeen = before.stackSeen || review.stack === 'found';
  const isMissed = review.state === 'absent' || (stackSeen && review.stack === 'absent');
  const { branch = before.branch, title = before.title } = review.status ?? {};
  const { missedAt: _before, ...kept } = before;
  const known = {
    ...kept,
    stackSeen,
    ...(branch === undefined ? {} : { branch }),
    ...(title === undefined ? {} : { title }),
  };
  if (!isMissed) return { gone: false, memory: known };
  const missedAt = before.missedAt ?? now;
  const gone = now >= missedAt + MISSED_MS;
  return { gone, memory: { ...known, missedAt }, ...(gone ? {} : { wakeAt: missedAt + MISSED_MS }) };
}

export interface ReviewsInput {
  readonly life: ReviewLife;
  readonly desired: AppDesired;
  readonly names: AppNames;
  readonly services: ServicesPlan;
  readonly context: PlanContext;
}

/** Keeps a review app's status whole while it lives, and clears up behind it when it is gone. */
export function planReviews(input: ReviewsInput): SubPlan<ReviewsAction> {
  const { life, desired, services } = input;
  if (life.memory === undefined || desired.review === undefined) return NOTHING;
  const running = services.claimed.map(({ process }) => process);
  const processes = [...new Set([...life.memory.processes, ...running])].sort();
  const memory = { ...life.memory, processes } satisfies ReviewMemory;
  const actions = life.gone ? clearing(input, processes) : enriching(input);
  return {
    ...NOTHING,
    actions,
    differences: actions.map(({ id, type }) => ({
      path: id,
      desired: type === 'putReviewStatus' ? 'whole' : 'absent',
      observed: 'there',
    })),
    memory,
    deletionsAsked: true,
    ...(life.wakeAt === undefined ? {} : { wakeAt: life.wakeAt }),
  };
}

const NOTHING: SubPlan<ReviewsAction> = { actions: [], differences: [], conditions: [] };

/** The builder writes pull request and status alone; the rest is put back once for each time it did. */
function enriching({ desired, names, life }: ReviewsInput): PutReviewStatus[] {
  const { review } = desired;
  const parameter = names.documents.reviewApp;
  if (review?.state !== 'created' || review.status === undefined || parameter === undefined) return [];
  const { branch, title } = life.memory ?? {};
  const wanted = {
    ...review.status,
    ...(branch === undefined ? {} : { branch }),
    ...(title === undefined ? {} : { title }),
    ...(review.url === undefined ? {} : { url: review.url }),
  };
  if (canonicalJson(wanted) === canonicalJson(review.status)) return [];
  const version = desired.parameters[parameter]?.version;
  return [
    {
      id: actionId('reviews', 'status', 'put'),
      type: 'putReviewStatus',
      resource: `parameter ${parameter}`,
      parameter,
      value: JSON.stringify(wanted),
      fingerprint: digestOf([version, wanted]),
    },
  ];
}

/** Everything that nobody else takes away, once its services are on their way out. */
function clearing(input: ReviewsInput, processes: readonly string[]): ReviewsAction[] {
  const { services, names, context, desired } = input;
  if (services.claimed.length > 0) return [];
  const types = [...processes, ...TASK_FAMILIES];
  const families = types.map((type): RetireFamily => {
    const family = serviceName(names, type);
    const resource = `task definition ${family}`;
    return {
      id: actionId('reviews', type, 'retire'),
      type: 'retireFamily',
      resource,
      family,
      owner: names.owner,
      deletes: true,
    };
  });
  const isForgotten = context.status.writes[RECORDS_DELETE] !== undefined;
  const parameters = parametersOf(input);
  if (isForgotten && parameters.length === 0 && desired.deployStatus.state === 'absent') return [];
  return [
    ...families,
    {
      id: RECORDS_DELETE,
      type: 'deleteRecords',
      resource: `records of ${names.app}`,
      items: [names.items.deployStatus],
      own: [releaseKey(context.key, names.app)],
      builds: `APP#${names.app}`,
      owner: names.owner,
      deletes: true,
    },
    ...inTens(parameters).map(
      (some, index): DeleteParameters => ({
        id: actionId('reviews', `parameters-${index}`, 'delete'),
        type: 'deleteParameters',
        resource: `parameters of ${names.app}`,
        names: some,
        deletes: true,
        // The status parameter is what this app is found by: it goes when all else has gone.
        after: [...families.map(({ id }) => id), RECORDS_DELETE],
      }),
    ),
  ];
}

/** Its own parameters; the pipeline's are other review apps' too. */
function parametersOf({ names, desired }: ReviewsInput): readonly string[] {
  const own = names.configPaths.at(-1);
  const config = ownVariables(desired.config, own).map(({ parameter }) => parameter);
  const documents = [names.documents.scaling, names.documents.reviewApp].flatMap((name) =>
    name !== undefined && Object.hasOwn(desired.parameters, name) ? [name] : [],
  );
  return [...config, ...documents];
}

function ownVariables(config: AppConfig | undefined, path: string | undefined) {
  return (config?.variables ?? []).filter(
    ({ parameter }) => path !== undefined && parameter.startsWith(`${path}/`),
  );
}

function inTens(names: readonly string[]): string[][] {
  const count = Math.ceil(names.length / NAMES_MAX);
  return Array.from({ length: count }, (_, index) => names.slice(index * NAMES_MAX, (index + 1) * NAMES_MAX));
}
