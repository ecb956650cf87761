import type { RegionContext } from '../../region.ts';
import type { Document } from '../ecs/input.ts';
import { defined } from '../members.ts';
import {
  type BuildRecord,
  currentPhase,
  isComplete,
  type PhaseRecord,
  type ProjectRecord,
} from './records.ts';
import { buildArn, projectArn } from './state.ts';

/** Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Project.html */
export function showProject(context: RegionContext, project: ProjectRecord): Document {
  const { createdAt, modifiedAt, lastBuildNumber: _last, ...settings } = project;
  return defined({
    ...settings,
    arn: projectArn(context, project.name),
    secondarySources: [],
    secondaryArtifacts: [],
    badge: { badgeEnabled: false },
    projectVisibility: 'PRIVATE',
    created: createdAt / 1000,
    lastModified: modifiedAt / 1000,
  });
}

/** Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html */
export function showBuild(context: RegionContext, build: BuildRecord): Document {
  const { timeoutInMinutes, queuedTimeoutInMinutes, encryptionKey, serviceRole } = build;
  return defined({
    id: build.id,
    arn: buildArn(context, build.id),
    buildNumber: build.number,
    startTime: build.startedAt / 1000,
    endTime: build.endedAt === undefined ? undefined : build.endedAt / 1000,
    currentPhase: currentPhase(build).type,
    buildStatus: build.status,
    sourceVersion: build.sourceVersion,
    resolvedSourceVersion: build.commit,
    projectName: build.project,
    phases: build.phases.map(showPhase),
    source: build.source,
    secondarySources: [],
    secondarySourceVersions: [],
    artifacts: showArtifacts(build),
    secondaryArtifacts: [],
    cache: build.cache,
    environment: build.environment,
    serviceRole,
    logs: showLogs(context, build),
    timeoutInMinutes,
    queuedTimeoutInMinutes,
    buildComplete: isComplete(build),
    initiator: build.initiator,
    vpcConfig: build.vpcConfig,
    encryptionKey,
    exportedEnvironmentVariables: [],
  });
}

function showPhase({ type, startedAt, endedAt, status, context }: PhaseRecord): Document {
  return defined({
    phaseType: type,
    phaseStatus: status,
    startTime: startedAt / 1000,
    endTime: endedAt === undefined ? undefined : endedAt / 1000,
    durationInSeconds: endedAt === undefined ? undefined : Math.floor((endedAt - startedAt) / 1000),
    contexts: context === undefined ? undefined : [context],
  });
}

function showArtifacts(build: BuildRecord): Document {
  const { overrideArtifactName, encryptionDisabled } = build.artifacts;
  return defined({
    location: artifactLocation(build) ?? '',
    overrideArtifactName: overrideArtifactName === true ? true : undefined,
    encryptionDisabled: encryptionDisabled ?? false,
  });
}

/**
 * Where the artifacts go. A buildspec that names them (`overrideArtifactName`) is taken to say
 * `$CODEBUILD_BUILD_NUMBER`, as AppPack's does.
 */
export function artifactKey({ artifacts, id, number, project }: BuildRecord): string {
  const uuid = id.slice(id.indexOf(':') + 1);
  const name = artifacts.overrideArtifactName === true ? String(number) : (artifacts.name ?? project);
  const parts = [artifacts.path ?? '', artifacts.namespaceType === 'BUILD_ID' ? uuid : '', name];
  return parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/')
    .replace(/\$CODEBUILD_BUILD_NUMBER/g, String(number));
}

/** Nothing where the build has no artifacts. */
export function artifactLocation(build: BuildRecord): string | undefined {
  const { type, location } = build.artifacts;
  if (type !== 'S3' || location === undefined) return undefined;
  return `arn:aws:s3:::${location}/${artifactKey(build)}`;
}

function showLogs(context: RegionContext, build: BuildRecord): Document {
  const configured = build.logsConfig ?? {};
  const { log } = build;
  return defined({
    groupName: log?.group,
    streamName: log?.stream,
    deepLink: deepLink(context, build),
    cloudWatchLogsArn: context.arn(
      'logs',
      `log-group:${log?.group ?? 'null'}:log-stream:${log?.stream ?? 'null'}`,
    ),
    cloudWatchLogs: configured.cloudWatchLogs ?? { status: 'ENABLED' },
    s3Logs: configured.s3Logs ?? { status: 'DISABLED', encryptionDisabled: false },
  });
}

/** Group and stream are `null` in it until there is a container. */
export function deepLink({ region }: RegionContext, { log }: BuildRecord): string {
  return `https://console.aws.amazon.com/cloudwatch/home?region=${region}#logEvent:group=${log?.group ?? 'null'};stream=${log?.stream ?? 'null'}`;
}
