import { z } from 'zod';
import type { ServiceLimits } from '../../limits.ts';
import type { Caller, Operation, RegionContext, Service } from '../../region.ts';
import type { Document } from '../ecs/input.ts';
import { batchGetBuilds, listBuilds, listBuildsForProject, startBuild, stopBuild } from './builds.ts';
import { outcomesShape } from './outcomes.ts';
import { batchGetProjects, createProject, deleteProject, listProjects } from './projects.ts';
import { dumpSection, loadSection } from './section.ts';
import { type CodeBuildState, createState } from './state.ts';

/** CodeBuild, and what a test can do to it that no API call does. */
export interface CodeBuildService extends Service {
  /** Replaces the scripts of builds that are yet to start; see `outcomes` of the world section. */
  setOutcomes(outcomes: unknown): void;
}

type CodeBuildOperation = (state: CodeBuildState, input: Document, caller: Caller) => unknown;

const OPERATIONS: Readonly<Record<string, CodeBuildOperation>> = {
  BatchGetBuilds: batchGetBuilds,
  BatchGetProjects: batchGetProjects,
  CreateProject: createProject,
  DeleteProject: deleteProject,
  ListBuilds: listBuilds,
  ListBuildsForProject: listBuildsForProject,
  ListProjects: listProjects,
  StartBuild: startBuild,
  StopBuild: stopBuild,
};

/** AWS publishes no rates for CodeBuild; these are small enough for a careless poller to feel them. */
const LIMITS: ServiceLimits = {
  buckets: { read: { burst: 20, perSecond: 10 }, write: { burst: 10, perSecond: 5 } },
  operations: Object.fromEntries(
    Object.keys(OPERATIONS).map((name) => [name, /^(?:BatchGet|List)/.test(name) ? 'read' : 'write']),
  ),
  refusal: { code: 'ThrottlingException', message: 'Rate exceeded' },
};

/** CodeBuild of one account and region. Its world section is described in section.ts, scripts of builds in outcomes.ts. */
export function createCodeBuildService(context: RegionContext): CodeBuildService {
  const state = createState(context);
  return {
    name: 'codebuild',
    operations: Object.fromEntries(
      Object.entries(OPERATIONS).map(([name, operation]): [string, Operation] => [
        name,
        (input, caller) => operation(state, input, caller),
      ]),
    ),
    limits: LIMITS,
    load: (section) => loadSection(state, section),
    dump: () => dumpSection(state),
    setOutcomes: (outcomes) => {
      const parsed = outcomesShape.safeParse(outcomes);
      if (!parsed.success) throw new Error(`codebuild outcomes: ${z.prettifyError(parsed.error)}`);
      state.outcomes = parsed.data;
    },
  };
}

/** Whether a service of a region is this one, with what a test can do to it. */
export function isCodeBuildService(service: Service | undefined): service is CodeBuildService {
  return service?.name === 'codebuild';
}
