import { z } from 'zod';
import { defined } from '../members.ts';
import { compare } from '../paging.ts';
import { instantSchema, parseSection, writeInstant } from '../sections.ts';
import { armBuild } from './life.ts';
import { outcomeShape, outcomesShape } from './outcomes.ts';
import { newProject } from './projects.ts';
import type { BuildRecord, PhaseRecord, ProjectRecord } from './records.ts';
import { artifactsShape, environmentShape, projectShape, sourceShape } from './shapes.ts';
import { CONCURRENT_BUILDS, type CodeBuildState } from './state.ts';
import { BUILD_STATUSES, PHASE_STATUSES, PHASES } from './vocabulary.ts';

const document = z.record(z.string(), z.unknown());

/** A project says what CreateProject is told; what it leaves out is as AppPack's stacks have it. */
const projectEntry = projectShape
  .omit({ name: true })
  .extend({
    source: sourceShape.default({ type: 'GITHUB', location: 'https://github.com/example/example.git' }),
    artifacts: artifactsShape.default({ type: 'NO_ARTIFACTS' }),
    environment: environmentShape.partial({ type: true, image: true, computeType: true }).optional(),
    serviceRole: z.string().optional(),
    createdAt: instantSchema.optional(),
    modifiedAt: instantSchema.optional(),
    lastBuildNumber: z.int().min(0).optional(),
  })
  .strict();

const phaseEntry = z.strictObject({
  type: z.enum(PHASES),
  startedAt: instantSchema,
  endedAt: instantSchema.optional(),
  status: z.enum(PHASE_STATUSES).optional(),
  context: z.strictObject({ statusCode: z.string(), message: z.string() }).optional(),
});

/** Builds that go on, or are over. One without phases begins at the moment of loading. */
const buildEntry = z.strictObject({
  id: z.string().regex(/^[^:/]+:[^:/]+$/),
  number: z.int().min(1),
  sourceVersion: z.string().optional(),
  initiator: z.string().default('somebody'),
  status: z.enum(BUILD_STATUSES).optional(),
  startedAt: instantSchema.optional(),
  endedAt: instantSchema.optional(),
  phases: z.array(phaseEntry).min(1).optional(),
  log: z.strictObject({ group: z.string(), stream: z.string() }).optional(),
  commit: z.string().optional(),
  script: outcomeShape.default({}),
  /** Where the build differs from its project. */
  settings: z
    .strictObject({
      source: sourceShape,
      artifacts: artifactsShape,
      environment: environmentShape,
      serviceRole: z.string(),
      timeoutInMinutes: z.number(),
      queuedTimeoutInMinutes: z.number(),
      encryptionKey: z.string(),
      cache: document,
      logsConfig: document,
      vpcConfig: document,
    })
    .partial()
    .optional(),
});

/**
 * The section `codebuild` of a world:
 * `{"projects": {"shop": {"artifacts": {"type": "S3", "location": "shop-artifacts"}}}, "outcomes": [{"fails": "BUILD"}]}`.
 */
const sectionSchema = z.strictObject({
  projects: z.record(z.string().min(2), projectEntry).optional(),
  outcomes: outcomesShape.optional(),
  /** How many builds may run at the same time. */
  concurrentBuilds: z.int().min(1).optional(),
  builds: z.array(buildEntry).optional(),
});

type ProjectEntry = z.infer<typeof projectEntry>;
type BuildEntry = z.infer<typeof buildEntry>;

/** Replaces everything by what the section says. */
export function loadSection(state: CodeBuildState, content: unknown): void {
  const section = parseSection(sectionSchema, content, 'codebuild');
  const projects = Object.entries(section.projects ?? {}).map(([name, entry]) =>
    readProject(state, name, entry),
  );
  const known = new Map(projects.map((project) => [project.name, project]));
  const now = state.context.clock.now();
  const builds = (section.builds ?? []).map((entry) => readBuild(known, entry, now));
  for (const cancel of state.timers.values()) cancel();
  for (const map of [state.projects, state.builds, state.tokens, state.timers]) map.clear();
  state.outcomes = section.outcomes ?? [];
  state.concurrentBuilds = section.concurrentBuilds ?? CONCURRENT_BUILDS;
  for (const project of projects) {
    const numbers = builds.flatMap((build) => (build.project === project.name ? [build.number] : []));
    const lastBuildNumber = Math.max(project.lastBuildNumber, ...numbers);
    state.projects.set(project.name, { ...project, lastBuildNumber });
  }
  for (const build of builds) {
    state.builds.set(build.id, build);
    armBuild(state, build);
  }
}

/** Everything, as `loadSection` reads it; tokens are not kept. */
export function dumpSection(state: CodeBuildState): unknown {
  const projects = [...state.projects.values()].sort((a, b) => compare(a.name, b.name));
  return defined({
    projects: Object.fromEntries(projects.map((project) => [project.name, writeProject(project)])),
    outcomes: state.outcomes.length === 0 ? undefined : state.outcomes,
    concurrentBuilds: state.concurrentBuilds === CONCURRENT_BUILDS ? undefined : state.concurrentBuilds,
    builds: state.builds.size === 0 ? undefined : [...state.builds.values()].map(writeBuild),
  });
}

/** Like AppPack's: its builder's image, with Docker inside; the buildspec names the artifacts. */
function readProject(state: CodeBuildState, name: string, entry: ProjectEntry): ProjectRecord {
  const { createdAt, modifiedAt, lastBuildNumber = 0, environment, serviceRole, artifacts, ...plain } = entry;
  const role = `arn:aws:iam::${state.context.account}:role/${name}-codebuild`;
  const request = projectShape.safeParse({
    ...plain,
    name,
    serviceRole: serviceRole ?? role,
    artifacts: artifacts.type === 'S3' ? { overrideArtifactName: true, ...artifacts } : artifacts,
    environment: {
      type: 'LINUX_CONTAINER',
      image: 'public.ecr.aws/d9q4v8a4/apppack-build:builder',
      computeType: 'BUILD_GENERAL1_SMALL',
      privilegedMode: true,
      ...environment,
    },
  });
  if (!request.success) {
    throw new Error(
      `the world's section codebuild.projects.${name} is wrong: ${request.error.issues[0]?.message}`,
    );
  }
  const project = newProject(state, request.data);
  return { ...project, ...defined({ createdAt, modifiedAt: modifiedAt ?? createdAt }), lastBuildNumber };
}

function writeProject(project: ProjectRecord): unknown {
  const { name: _name, createdAt, modifiedAt, ...settings } = project;
  return defined({ ...settings, createdAt: writeInstant(createdAt), modifiedAt: writeInstant(modifiedAt) });
}

function readBuild(
  projects: ReadonlyMap<string, ProjectRecord>,
  entry: BuildEntry,
  now: number,
): BuildRecord {
  const { settings, ...said } = entry;
  const { startedAt = now, phases = [{ type: 'SUBMITTED', startedAt }] } = said;
  const status = said.status ?? (said.phases === undefined ? 'IN_PROGRESS' : 'SUCCEEDED');
  const plain = { ...said, startedAt, phases, status };
  const name = entry.id.slice(0, entry.id.indexOf(':'));
  const project = projects.get(name);
  if (project === undefined && settings?.source === undefined) {
    throw new Error(`the world's section codebuild.builds is wrong: ${entry.id} is of no known project`);
  }
  const usual = project === undefined ? undefined : settingsOf(project);
  // A build whose project was deleted brings all settings itself: that is how it was written.
  return { ...usual, ...settings, ...plain, project: name } as BuildRecord;
}

function writeBuild(build: BuildRecord): unknown {
  return defined({
    id: build.id,
    number: build.number,
    sourceVersion: build.sourceVersion,
    initiator: build.initiator,
    status: build.status,
    startedAt: writeInstant(build.startedAt),
    endedAt: build.endedAt === undefined ? undefined : writeInstant(build.endedAt),
    phases: build.phases.map(writePhase),
    log: build.log,
    commit: build.commit,
    script: build.script,
    settings: settingsOf(build),
  });
}

function writePhase({ type, startedAt, endedAt, status, context }: PhaseRecord): unknown {
  return defined({
    type,
    startedAt: writeInstant(startedAt),
    endedAt: endedAt === undefined ? undefined : writeInstant(endedAt),
    status,
    context,
  });
}

function settingsOf(given: BuildRecord | ProjectRecord) {
  return defined({
    source: given.source,
    artifacts: given.artifacts,
    environment: given.environment,
    serviceRole: given.serviceRole,
    timeoutInMinutes: given.timeoutInMinutes,
    queuedTimeoutInMinutes: given.queuedTimeoutInMinutes,
    encryptionKey: given.encryptionKey,
    cache: given.cache,
    logsConfig: given.logsConfig,
    vpcConfig: given.vpcConfig,
  });
}
