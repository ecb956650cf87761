import { z } from 'zod';
import { type Item, type ItemKey, OWNER_ATTRIBUTE, ownPartition, type Parsed } from './table.ts';

/**
 * The one release record of an app: what is to be deployed. The build controller writes it, the app controller
 * makes it so and says in its status what became of it (`ReleaseAnswer`). Nobody else writes either.
 */

const processSchema = z.object({ process: z.string().min(1), command: z.string().min(1) });

const specSchema = z.object({
  /**
   * When it was asked for, epoch milliseconds: a build's start, a parameter's modification. The younger wins. No two
   * requests of an app have the same, so an answer names by it what it is about.
   */
  sequence: z.number(),
  /** `build:<id>` or `parameter:<name>@<version>`. */
  source: z.string(),
  image: z.string().min(1),
  /** `buildpacks`: commands are run by the image's launcher; otherwise by `/bin/sh -c`. */
  buildSystem: z.enum(['buildpacks', 'dockerfile']),
  processes: z.array(processSchema),
  releaseCommand: z.string().optional(),
  /** Only for the first release of a review app. */
  postdeployCommand: z.string().optional(),
  /** What tasks are tagged with (`apppack:buildNumber`). */
  buildNumber: z.number().int(),
  buildId: z.string().optional(),
  commit: z.string().optional(),
});
/** One version of an app, ready to run. Names, an image and commands; no value of any variable. */
export type ReleaseSpec = Readonly<z.infer<typeof specSchema>>;

const recordSchema = z.object({
  /** Goes up by one with each write, which is conditional on it. */
  revision: z.number().int(),
  /** What services are to run; absent before the first release. */
  current: specSchema.optional(),
  /** What they ran before, and run again when `current` cannot be brought up. */
  previous: specSchema.optional(),
  /** `current` gave way to a younger request before its services ran it: whether it works is not known. */
  overtaken: z.boolean().optional(),
  /** Whose task families are to be prepared (`release`, `postdeploy`); its services are not touched yet. */
  candidate: specSchema.optional(),
  /** The youngest request that was decided, whatever came of it: it is never carried out again. */
  decided: z
    .object({
      sequence: z.number(),
      source: z.string(),
      outcome: z.enum(['succeeded', 'failed']),
      reason: z.string().optional(),
    })
    .optional(),
});
export type ReleaseRecord = Readonly<z.infer<typeof recordSchema>>;

/** What people call what asked for a release: `build 12`, or `version 3 of /apppack/apps/shop/release`. */
export function titleOf(source: string | undefined, buildNumber: number): string {
  const [, parameter, version] = /^parameter:(.+)@(\d+)$/.exec(source ?? '') ?? [];
  return parameter === undefined ? `build ${buildNumber}` : `version ${version} of ${parameter}`;
}

/** Where the release record of an app or review app lies. */
export function releaseKey(place: { account: string; region: string }, app: string): ItemKey {
  return { partition: ownPartition(place.account, place.region), sort: `RELEASE#${app}` };
}

export function parseReleaseItem(item: Item): Parsed<ReleaseRecord> {
  const parsed = recordSchema.safeParse(item.value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const [issue] = parsed.error.issues;
  const path = ['value', ...(issue?.path ?? [])].map(String).join('.');
  return { ok: false, problem: `${path}: ${issue?.message ?? 'not usable'}` };
}

/** The item to put; on the condition that `value.revision` is still `record.revision - 1`, or nothing is there for 1. */
export function releaseItem(key: ItemKey, record: ReleaseRecord, owner: string): Item {
  return {
    primary_id: key.partition,
    secondary_id: key.sort,
    [OWNER_ATTRIBUTE]: owner,
    value: record,
  };
}

const answeredService = z.object({
  process: z.string(),
  /** The service's ARN, once there is one. */
  service: z.string().optional(),
  /** `waiting`: not asked for yet; `running`: its deployment is under way. */
  state: z.enum(['waiting', 'running', 'complete', 'failed']),
  /** Tasks of its deployment could not be brought up so far, and ECS still tries. */
  failing: z.boolean().optional(),
  /** ECS's words, and why its tasks stopped when that is known. */
  reason: z.string().optional(),
});

const answerSchema = z.object({
  /** The spec this is about. */
  sequence: z.number(),
  /**
   * `preparing`, `prepared`: about a candidate's task families. `rollingOut`, `complete`, `failed`: about `current`'s
   * services. `blocked`: it cannot be begun, for the reason given, until somebody mends that.
   */
  stage: z.enum(['preparing', 'prepared', 'rollingOut', 'complete', 'failed', 'blocked']),
  /** The pinned revisions of a candidate's tasks. */
  tasks: z.object({ release: z.string().optional(), postdeploy: z.string().optional() }),
  /** How those tasks are to be run: the cluster, and arguments of RunTask in the API's names. */
  run: z.object({ cluster: z.string(), arguments: z.record(z.string(), z.unknown()) }).optional(),
  services: z.array(answeredService),
  reason: z.string().optional(),
});
/** What the app controller says of the spec it was given, in the member `release` of its status's memory. */
export type ReleaseAnswer = Readonly<z.infer<typeof answerSchema>>;

/** The answer in the memory of an app's status; undefined when there is none that can be read. */
export function releaseAnswer(memory: unknown): ReleaseAnswer | undefined {
  const parsed = z.object({ release: answerSchema }).safeParse(memory);
  return parsed.data?.release;
}
