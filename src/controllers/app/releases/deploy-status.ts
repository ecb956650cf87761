import type { PlanContext } from '../../../reconcile/controller.ts';
import type { Difference } from '../../../reconcile/plan.ts';
import { canonicalJson } from '../../../reconcile/plan.ts';
import type { ReleaseAnswer } from '../../../store/releases.ts';
import type { DeployedProcess, DeployStatus } from '../../../store/table.ts';
import type { AppDesired } from '../desired.ts';
import { type AppNames, actionId } from '../names.ts';
import type { ServicesPlan } from '../services/plan.ts';
import type { PutDeployStatus } from './actions.ts';

export interface DeployStatusInput {
  readonly desired: AppDesired;
  readonly names: AppNames;
  readonly services: ServicesPlan;
  readonly answer: ReleaseAnswer | undefined;
  readonly context: PlanContext;
}

export interface DeployStatusPlan {
  readonly actions: readonly PutDeployStatus[];
  readonly differences: readonly Difference[];
}

/**
 * Keeps the record that `apppack ps` shows: of the current release once there is one, with the sizes and bounds that
 * hold now. One that another orchestrator wrote is kept up to date in its sizes; where there is none, none is made
 * before the first release.
 */
export function planDeployStatus(input: DeployStatusInput): DeployStatusPlan {
  const { desired, names, context } = input;
  const { status: before, state } = desired.deployStatus;
  const isKnown =
    state !== 'broken' && desired.scaling.state !== 'broken' && desired.ecsConfig.problem === undefined;
  if (!isKnown) return { actions: [], differences: [] };
  const wanted =
    desired.releaseRecord.record?.current === undefined ? resized(before, input) : released(input);
  if (wanted === undefined || isSame(before, wanted)) return { actions: [], differences: [] };
  const status = { ...wanted, lastUpdateSeconds: Math.floor(context.now / 1000) };
  const action: PutDeployStatus = {
    id: actionId('releases', 'deploy-status', 'put'),
    type: 'putDeployStatus',
    resource: `DEPLOYSTATUS of ${names.app}`,
    app: names.app,
    status,
    owner: names.owner,
    fingerprint: canonicalJson(wanted),
  };
  return {
    actions: [action],
    differences: [
      {
        path: 'deployStatus',
        desired: 'as deployed',
        observed: before === undefined ? 'absent' : 'outdated',
      },
    ],
  };
}

function isSame(before: DeployStatus | undefined, wanted: DeployStatus): boolean {
  if (before === undefined) return false;
  const { lastUpdateSeconds: _at, ...known } = before;
  const { lastUpdateSeconds: _then, ...now } = wanted;
  return canonicalJson(known) === canonicalJson(now);
}

function released(input: DeployStatusInput): DeployStatus | undefined {
  const { desired, answer } = input;
  const { current: spec, overtaken } = desired.releaseRecord.record ?? {};
  if (spec === undefined) return undefined;
  // While a younger one is prepared the answer is about that one.
  const own = answer?.sequence === spec.sequence ? answer : undefined;
  const { stage } = own ?? { stage: overtaken === true ? 'rollingOut' : 'complete' };
  const isFailed = stage === 'failed';
  return {
    phase: stage === 'complete' ? 'deployed' : isFailed ? 'failed' : 'deploy',
    processes: spec.processes.map(({ process, command }) => ({
      ...sizesOf(process, input),
      name: process,
      state:
        own?.services.find((one) => one.process === process)?.state ??
        (stage === 'complete' ? stage : 'running'),
      command,
    })),
    ...(spec.buildId === undefined ? {} : { buildId: spec.buildId }),
    buildNumber: spec.buildNumber,
    ...(spec.commit === undefined ? {} : { commit: spec.commit }),
    failed: isFailed,
  };
}

function resized(before: DeployStatus | undefined, input: DeployStatusInput): DeployStatus | undefined {
  if (before === undefined) return undefined;
  const isKnown = (name: string) => input.services.claimed.some(({ process }) => process === name);
  return {
    ...before,
    processes: before.processes.map((one) =>
      isKnown(one.name) ? { ...one, ...sizesOf(one.name, input) } : one,
    ),
  };
}

/** As `scaling` says, else as the service is, else as the app's stack says. */
function sizesOf(process: string, { desired, services }: DeployStatusInput): Partial<DeployedProcess> {
  const wish = desired.scaling.wishes.find((one) => one.process === process);
  const claimed = services.claimed.find((one) => one.process === process);
  const revision = claimed?.facts.revision?.state === 'found' ? claimed.facts.revision.value : undefined;
  const cpu = wish?.cpu ?? revision?.cpu ?? desired.ecsConfig.cpu;
  const memory = wish?.memory ?? revision?.memory ?? desired.ecsConfig.memory;
  const count = claimed?.service.desiredCount ?? 1;
  return {
    ...(cpu === undefined ? {} : { cpu: String(cpu) }),
    ...(memory === undefined ? {} : { memory: String(memory) }),
    minProcesses: wish?.minProcesses ?? count,
    maxProcesses: wish?.maxProcesses ?? count,
  };
}
