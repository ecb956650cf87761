import { AwsError } from '../../errors.ts';
import { randomUuid } from '../../random.ts';
import type { Caller } from '../../region.ts';
import { canonical, type Document, parseInput } from '../ecs/input.ts';
import { defined } from '../members.ts';
import { stop, submit } from './life.ts';
import { takeOutcome } from './outcomes.ts';
import { cutIds } from './pages.ts';
import { findProject } from './projects.ts';
import {
  type BuildRecord,
  type Environment,
  type EnvironmentVariable,
  isComplete,
  type ProjectRecord,
  type Settings,
} from './records.ts';
import {
  batchGetBuildsShape,
  listBuildsForProjectShape,
  listBuildsShape,
  type StartBuildInput,
  startBuildShape,
  stopBuildShape,
} from './shapes.ts';
import { buildArn, type CodeBuildState, findBuild, invalidInput, notFound, projectArn } from './state.ts';
import { showBuild } from './view.ts';

/** "The token is included in the StartBuild request and is valid for 5 minutes." */
const TOKEN_MS = 5 * 60_000;

const WRONG = 'InvalidInputException';

/** Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html */
export function startBuild(state: CodeBuildState, input: Document, caller: Caller): Document {
  const request = parseInput(startBuildShape, input, WRONG);
  state.context.authorize('codebuild:StartBuild', projectArn(state.context, request.projectName), caller);
  const project = findProject(state, request.projectName);
  const known = recall(state, request);
  if (known !== undefined) return { build: showBuild(state.context, known) };
  checkRoom(state, project);
  const build = newBuild(state, project, request, caller);
  state.projects.set(project.name, { ...project, lastBuildNumber: build.number });
  remember(state, request, build.id);
  submit(state, build);
  return { build: showBuild(state.context, state.builds.get(build.id) ?? build) };
}

function newBuild(
  state: CodeBuildState,
  project: ProjectRecord,
  request: StartBuildInput,
  caller: Caller,
): BuildRecord {
  const now = state.context.clock.now();
  const sourceVersion = request.sourceVersion ?? project.sourceVersion;
  const script = takeOutcome(state.outcomes, { project: project.name, sourceVersion: sourceVersion ?? '' });
  const elsewhere = request.buildspecOverride === undefined ? {} : { external: true };
  return {
    ...overridden(project, request),
    id: `${project.name}:${randomUuid(state.context.random)}`,
    number: project.lastBuildNumber + 1,
    project: project.name,
    sourceVersion,
    initiator: caller.client,
    status: 'IN_PROGRESS',
    startedAt: now,
    phases: [{ type: 'SUBMITTED', startedAt: now }],
    script: { ...elsewhere, ...script },
  };
}

function overridden(project: ProjectRecord, request: StartBuildInput): Settings {
  return {
    source: {
      ...project.source,
      ...defined({
        type: request.sourceTypeOverride,
        location: request.sourceLocationOverride,
        buildspec: request.buildspecOverride,
      }),
    },
    artifacts: request.artifactsOverride ?? project.artifacts,
    environment: overriddenEnvironment(project.environment, request),
    serviceRole: request.serviceRoleOverride ?? project.serviceRole,
    timeoutInMinutes: request.timeoutInMinutesOverride ?? project.timeoutInMinutes,
    queuedTimeoutInMinutes: request.queuedTimeoutInMinutesOverride ?? project.queuedTimeoutInMinutes,
    encryptionKey: request.encryptionKeyOverride ?? project.encryptionKey,
    cache: request.cacheOverride ?? project.cache,
    logsConfig: request.logsConfigOverride ?? project.logsConfig,
    vpcConfig: project.vpcConfig,
  };
}

function overriddenEnvironment(environment: Environment, request: StartBuildInput): Environment {
  return {
    ...environment,
    ...defined({
      type: request.environmentTypeOverride,
      image: request.imageOverride,
      computeType: request.computeTypeOverride,
      privilegedMode: request.privilegedModeOverride,
      imagePullCredentialsType: request.imagePullCredentialsTypeOverride,
    }),
    environmentVariables: merged(
      environment.environmentVariables,
      request.environmentVariablesOverride ?? [],
    ),
  };
}

/** "overrides the existing ones … in the build project", one by one, and adds the others. */
function merged(
  own: readonly EnvironmentVariable[],
  overrides: readonly EnvironmentVariable[],
): EnvironmentVariable[] {
  const byName = new Map([...own, ...overrides].map((variable) => [variable.name, variable]));
  return [...byName.values()];
}

function checkRoom(state: CodeBuildState, { name, concurrentBuildLimit }: ProjectRecord): void {
  if (concurrentBuildLimit === undefined) return;
  const live = [...state.builds.values()].filter((build) => build.project === name && !isComplete(build));
  if (live.length < concurrentBuildLimit) return;
  throw new AwsError(
    'AccountLimitExceededException',
    `Cannot have more than ${concurrentBuildLimit} active builds for the project`,
  );
}

function remember(state: CodeBuildState, request: StartBuildInput, buildId: string): void {
  const token = request.idempotencyToken;
  if (token === undefined) return;
  const at = state.context.clock.now();
  state.tokens.set(token, { buildId, request: canonical(request), at });
}

function recall(state: CodeBuildState, request: StartBuildInput): BuildRecord | undefined {
  const known = state.tokens.get(request.idempotencyToken ?? '');
  if (known === undefined || known.at + TOKEN_MS <= state.context.clock.now()) return undefined;
  if (known.request !== canonical(request)) {
    throw invalidInput('The idempotency token was already used in a request with other parameters');
  }
  return state.builds.get(known.buildId);
}

/** Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetBuilds.html */
export function batchGetBuilds(state: CodeBuildState, input: Document, caller: Caller): Document {
  const { ids } = parseInput(batchGetBuildsShape, input, WRONG);
  for (const project of new Set(ids.map(projectOf))) {
    state.context.authorize('codebuild:BatchGetBuilds', projectArn(state.context, project), caller);
  }
  const builds = ids.flatMap((id) => findBuild(state, id) ?? []);
  return {
    builds: builds.map((build) => showBuild(state.context, build)),
    buildsNotFound: ids.filter((id) => findBuild(state, id) === undefined),
  };
}

/** A build that has ended already is left as it is. Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StopBuild.html */
export function stopBuild(state: CodeBuildState, input: Document, caller: Caller): Document {
  const { id } = parseInput(stopBuildShape, input, WRONG);
  state.context.authorize('codebuild:StopBuild', projectArn(state.context, projectOf(id)), caller);
  const build = findBuild(state, id);
  if (build === undefined) throw notFound(`Build cannot be found: ${buildArn(state.context, id)}`);
  return { build: showBuild(state.context, isComplete(build) ? build : stop(state, build)) };
}

function projectOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1).replace(/:.*$/s, '');
}

/** Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ListBuilds.html */
export function listBuilds(state: CodeBuildState, input: Document, caller: Caller): Document {
  const { sortOrder, nextToken } = parseInput(listBuildsShape, input, WRONG);
  state.context.authorize('codebuild:ListBuilds', '*', caller);
  return cutIds('ids', [...state.builds.keys()], { sortOrder, nextToken, scope: 'ListBuilds' });
}

/** Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ListBuildsForProject.html */
export function listBuildsForProject(state: CodeBuildState, input: Document, caller: Caller): Document {
  const { projectName, sortOrder, nextToken } = parseInput(listBuildsForProjectShape, input, WRONG);
  const arn = projectArn(state.context, projectName);
  state.context.authorize('codebuild:ListBuildsForProject', arn, caller);
  findProject(state, projectName);
  const ids = [...state.builds.values()].flatMap(({ id, project }) => (project === projectName ? [id] : []));
  return cutIds('ids', ids, { sortOrder, nextToken, scope: `ListBuildsForProject ${projectName}` });
}
