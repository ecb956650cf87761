import { z } from 'zod';
import { buildKey, type Item, type ItemKey, OWNER_ATTRIBUTE, type Parsed } from './table.ts';

/**
 * The record of one build, which the build controller writes and AppPack's CLI shows. The CLI's decoder is strict:
 * numbers are numbers, seconds are seconds, and a phase that did not run has no `start`.
 */

/** The phases in the order in which the CLI walks them. */
export const PHASES = ['build', 'test', 'finalize', 'release', 'postdeploy', 'deploy'] as const;
export type PhaseName = (typeof PHASES)[number];

const phaseSchema = z.object({
  arns: z.array(z.string()).optional(),
  logs: z.string().optional(),
  /** Epoch seconds. */
  start: z.number().optional(),
  end: z.number().optional(),
  state: z.enum(['started', 'succeeded', 'failed']).optional(),
  /** Why it failed, for a person; the CLI knows nothing of it and ignores it. */
  reason: z.string().optional(),
});
export type PhaseRecord = Readonly<z.infer<typeof phaseSchema>>;

/** How a build ended that has no deploy phase of its own to say so, or was overtaken. */
const outcomes = z.enum(['skipped', 'superseded']);

const recordSchema = z.object({
  app: z.string(),
  build_number: z.number(),
  pr_number: z.string().optional(),
  commit: z.string().optional(),
  build: phaseSchema.optional(),
  test: phaseSchema.optional(),
  finalize: phaseSchema.optional(),
  release: phaseSchema.optional(),
  postdeploy: phaseSchema.optional(),
  deploy: phaseSchema.optional(),
  /** Goes up by one with each of our writes; 0 = none of ours yet. */
  trimtab_revision: z.number().int().catch(0).default(0),
  /** What asked for it, as a release's `source`. */
  trimtab_source: z.string().optional(),
  trimtab_outcome: outcomes.optional().catch(undefined),
});

/** One build, or one release that a parameter asked for. */
export interface BuildRecord {
  readonly key: ItemKey;
  readonly revision: number;
  readonly app: string;
  readonly buildNumber: number;
  readonly prNumber?: string | undefined;
  readonly commit?: string | undefined;
  readonly source?: string | undefined;
  readonly outcome?: z.infer<typeof outcomes> | undefined;
  readonly phases: Readonly<Partial<Record<PhaseName, PhaseRecord>>>;
}

/** What became of a build that needs nothing more. */
export type Closing = 'succeeded' | 'failed' | 'skipped' | 'superseded';

/**
 * Where a record lies. One of a parameter has the number of the last build, 0 where nothing was built, and the
 * parameter's version behind it, so that it sorts after that build and before the next, and takes no build's place.
 */
export function buildRecordKey(app: string, buildNumber: number, parameterVersion?: number): ItemKey {
  const key = buildKey(app, buildNumber);
  if (parameterVersion === undefined) return key;
  return { ...key, sort: `${key.sort}+${String(parameterVersion).padStart(10, '0')}` };
}

export function parseBuildItem(item: Item): Parsed<BuildRecord> {
  const parsed = recordSchema.safeParse(item);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { ok: false, problem: `${(issue?.path ?? []).map(String).join('.')}: ${issue?.message ?? ''}` };
  }
  const found = parsed.data;
  const phases = PHASES.flatMap((name) => (found[name] === undefined ? [] : [[name, found[name]] as const]));
  return {
    ok: true,
    value: {
      key: { partition: String(item.primary_id), sort: String(item.secondary_id) },
      revision: found.trimtab_revision,
      app: found.app,
      buildNumber: found.build_number,
      prNumber: found.pr_number,
      commit: found.commit,
      source: found.trimtab_source,
      outcome: found.trimtab_outcome,
      phases: Object.fromEntries(phases),
    },
  };
}

/** The attributes to set, but for the key; whoever writes them sees to the revision. */
export function buildAttributes(record: BuildRecord, owner: string): Item {
  const { app, buildNumber, prNumber, commit, source, outcome, phases } = record;
  return {
    app,
    build_number: buildNumber,
    [OWNER_ATTRIBUTE]: owner,
    ...(prNumber === undefined ? {} : { pr_number: prNumber }),
    ...(commit === undefined ? {} : { commit }),
    ...(source === undefined ? {} : { trimtab_source: source }),
    ...(outcome === undefined ? {} : { trimtab_outcome: outcome }),
    ...phases,
  };
}

/** How a build ended; undefined while something of it is still to come. */
export function closingOf(record: BuildRecord): Closing | undefined {
  if (record.outcome !== undefined) return record.outcome;
  const { phases } = record;
  if (PHASES.some((name) => phases[name]?.state === 'failed')) return 'failed';
  return phases.deploy?.state === 'succeeded' ? 'succeeded' : undefined;
}

/** The first phase that failed, which is where the CLI stops. */
export function failedPhase(record: BuildRecord): { name: PhaseName; phase: PhaseRecord } | undefined {
  for (const name of PHASES) {
    const phase = record.phases[name];
    if (phase?.state === 'failed') return { name, phase };
  }
  return undefined;
}
