import {
  BatchGetBuildsCommand,
  BatchGetProjectsCommand,
  type Build as CodeBuildBuild,
  type CodeBuildClient,
  type Project as CodeBuildProject,
  ListBuildsCommand,
  ListBuildsForProjectCommand,
} from '@aws-sdk/client-codebuild';
import { ABSENT, found, type Reading, unreadable } from '../reconcile/reading.ts';
import type { Build } from './build-shapes.ts';
import { chunksOf } from './complete.ts';
import { classify, errorCode } from './errors.ts';

/** Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetBuilds.html */
const BUILDS_MAX = 100;

/** What we keep of a project. */
export interface Project {
  readonly name: string;
  /** The variable DOCKER_REPO, where it is plain text: the repository that images are pushed to. */
  readonly repository?: string;
}

/** The newest builds of a project, newest first: one page of at most a hundred. Absent when there is no such project. */
export async function listBuilds(
  codebuild: CodeBuildClient,
  projectName: string,
): Promise<Reading<readonly string[]>> {
  try {
    const page = await codebuild.send(
      new ListBuildsForProjectCommand({ projectName, sortOrder: 'DESCENDING' }),
    );
    return found(page.ids ?? []);
  } catch (error) {
    return errorCode(error) === 'ResourceNotFoundException' ? ABSENT : unreadable(classify(error));
  }
}

/** The newest builds of an account, newest first: one page of at most a hundred. */
export async function listAllBuilds(codebuild: CodeBuildClient): Promise<Reading<readonly string[]>> {
  try {
    const page = await codebuild.send(new ListBuildsCommand({ sortOrder: 'DESCENDING' }));
    return found(page.ids ?? []);
  } catch (error) {
    return unreadable(classify(error));
  }
}

/**
 * Builds by id; those that CodeBuild has forgotten are left out. Their project is asked for only when one of them
 * concerns who asks: it tells which repository images go to, and whether a build is `external`.
 */
export async function readBuilds(
  codebuild: CodeBuildClient,
  ids: readonly string[],
  projectName: string,
  concerns: (build: Build) => boolean = () => true,
): Promise<Reading<{ readonly builds: readonly Build[]; readonly project?: Project }>> {
  try {
    const pages = await Promise.all(
      chunksOf(ids, BUILDS_MAX).map((some) => codebuild.send(new BatchGetBuildsCommand({ ids: [...some] }))),
    );
    const told = pages.flatMap((page) => page.builds ?? []);
    const builds = told.flatMap((one) => reduce(one) ?? []);
    if (!builds.some(concerns)) return found({ builds });
    const { projects: [project] = [] } = await codebuild.send(
      new BatchGetProjectsCommand({ names: [projectName] }),
    );
    if (project === undefined) return found({ builds });
    return found({
      builds: told.flatMap((one) => reduce(one, project) ?? []),
      project: reduceProject(project, projectName),
    });
  } catch (error) {
    return unreadable(classify(error));
  }
}

function reduceProject(project: CodeBuildProject, name: string): Project {
  const variable = project.environment?.environmentVariables?.find((one) => one.name === 'DOCKER_REPO');
  const isPlain = variable?.type === undefined || variable.type === 'PLAINTEXT';
  const repository = isPlain ? variable?.value : undefined;
  return { name, ...(repository === undefined ? {} : { repository }) };
}

function reduce(build: CodeBuildBuild, project?: CodeBuildProject): Build | undefined {
  const { id, arn, buildNumber, startTime, sourceVersion, resolvedSourceVersion: commit, endTime } = build;
  if (id === undefined || arn === undefined || buildNumber === undefined || startTime === undefined)
    return undefined;
  const artifacts = artifactsOf(build);
  const log = logOf(build);
  return {
    id,
    arn,
    project: build.projectName ?? id.slice(0, id.lastIndexOf(':')),
    number: buildNumber,
    ...(sourceVersion === undefined ? {} : { sourceVersion }),
    ...(commit === undefined ? {} : { commit }),
    status: build.buildStatus ?? 'IN_PROGRESS',
    startedAt: startTime.getTime(),
    ...(endTime === undefined ? {} : { endedAt: endTime.getTime() }),
    phases: (build.phases ?? []).map(({ phaseType, phaseStatus, startTime: started, endTime: ended }) => ({
      type: phaseType ?? '',
      ...(phaseStatus === undefined ? {} : { status: phaseStatus }),
      ...(started === undefined ? {} : { startedAt: started.getTime() }),
      ...(ended === undefined ? {} : { endedAt: ended.getTime() }),
    })),
    ...(log === undefined ? {} : { log }),
    ...(artifacts === undefined ? {} : { artifacts }),
    external: isExternal(build, project),
  };
}

/**
 * A build has no log before it has a container, but where it will be is known: records name it from the start, for
 * AppPack's CLI cannot bear one without a log while the image is made, however late we come to look.
 * Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CloudWatchLogsConfig.html
 */
function logOf({ id = '', projectName, logs }: CodeBuildBuild): Build['log'] {
  const { groupName, streamName, cloudWatchLogs: config } = logs ?? {};
  if (groupName !== undefined && streamName !== undefined) return { group: groupName, stream: streamName };
  if (config?.status === 'DISABLED') return undefined;
  const colon = id.lastIndexOf(':');
  const group = config?.groupName ?? `/aws/codebuild/${projectName ?? id.slice(0, colon)}`;
  const prefix = config?.streamName === undefined ? '' : `${config.streamName}/`;
  return { group, stream: `${prefix}${id.slice(colon + 1)}` };
}

function isExternal(build: CodeBuildBuild, project: CodeBuildProject | undefined): boolean {
  if (project === undefined) return false;
  const sameSpec = build.source?.buildspec === project.source?.buildspec;
  return !sameSpec || build.environment?.image !== project.environment?.image;
}

/**
 * `arn:aws:s3:::<bucket>/<path>/<name>`; the name may be left out where the project's is the build's number.
 * Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BuildArtifacts.html
 */
function artifactsOf({ artifacts, buildNumber }: CodeBuildBuild): Build['artifacts'] {
  const place = artifacts?.location?.replace(/^arn:[^:]+:s3:::/, '').replace(/\/+$/, '');
  if (place === undefined || place === '') return undefined;
  const [bucket = '', ...folders] = place.split('/').filter((part) => part !== '');
  const folder = folders.join('/');
  return { bucket, folder: folder === '' ? String(buildNumber) : folder };
}
