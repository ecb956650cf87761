import type { CancelTimer } from '../../../reconcile/ports.ts';
import { AwsError } from '../../errors.ts';
import type { RegionContext } from '../../region.ts';
import type { Outcome } from './outcomes.ts';
import type { BuildRecord, ProjectRecord } from './records.ts';

/** A request with a token, so that its repetition is known. */
interface TokenRecord {
  readonly buildId: string;
  readonly request: string;
  readonly at: number;
}

/** CodeBuild of one account and region. */
export interface CodeBuildState {
  readonly context: RegionContext;
  readonly projects: Map<string, ProjectRecord>;
  /** By id, oldest first. */
  readonly builds: Map<string, BuildRecord>;
  readonly tokens: Map<string, TokenRecord>;
  readonly timers: Map<string, CancelTimer>;
  outcomes: Outcome[];
  /** How many builds may run at the same time; further ones stay QUEUED. */
  concurrentBuilds: number;
}

/** Source: https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html */
export const CONCURRENT_BUILDS = 60;

export function createState(context: RegionContext): CodeBuildState {
  return {
    context,
    projects: new Map(),
    builds: new Map(),
    tokens: new Map(),
    timers: new Map(),
    outcomes: [],
    concurrentBuilds: CONCURRENT_BUILDS,
  };
}

export function projectArn(context: RegionContext, name: string): string {
  return context.arn('codebuild', `project/${name}`);
}

export function buildArn(context: RegionContext, id: string): string {
  return context.arn('codebuild', `build/${id}`);
}

/** A build is named by its id, or by its ARN as events do. */
export function findBuild(state: CodeBuildState, given: string): BuildRecord | undefined {
  const prefix = buildArn(state.context, '');
  return state.builds.get(given.startsWith(prefix) ? given.slice(prefix.length) : given);
}

/** The complaint of CodeBuild about anything that is wrong with a request. */
export function invalidInput(message: string): AwsError {
  return new AwsError('InvalidInputException', message);
}

export function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message);
}
