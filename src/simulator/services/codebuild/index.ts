import type { ServiceLimits } from '../../limits.ts';
import type { Caller, Operation, RegionContext, Service } from '../../region.ts';
import type { Document } from '../ecs/input.ts';
import { batchGetBuilds, listBuilds, listBuildsForProject, startBuild, stopBuild } from './builds.ts';
import { batchGetProjects, createProject, deleteProject, listProjects } from './projects.ts';
import { dumpSection, loadSection } from './section.ts';
import { type CodeBuildState, createState } from './state.ts';

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
export function createCodeBuildService(context: RegionContext): Service {
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
  };
}
