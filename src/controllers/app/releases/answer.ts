import type { PlanContext } from '../../../reconcile/controller.ts';
import type { ReleaseAnswer, ReleaseSpec } from '../../../store/releases.ts';
import type { AppDesired } from '../desired.ts';
import { entryOf } from '../lookup.ts';
import { type AppNames, serviceName } from '../names.ts';
import { clusterName, primaryOf, type ServicesFacts } from '../services/observed.ts';
import type { ClaimedService, ServicesPlan } from '../services/plan.ts';
import { type Releasing, releaseEdits } from '../services/releasing.ts';
import { explainStopped } from '../services/trouble.ts';
import type { ReleasesMemory } from './memory.ts';
import type { ReleasesFacts } from './observed.ts';
import { placingOf } from './placing.ts';
import { partitionOf, releasingOf } from './wishes.ts';

export type { ReleaseAnswer };

export interface AnswerInput {
  readonly desired: AppDesired;
  readonly names: AppNames;
  readonly services: ServicesPlan;
  readonly servicesFacts: ServicesFacts;
  readonly facts: ReleasesFacts;
  readonly context: PlanContext;
  /** Families that are registered as wanted. */
  readonly families: ReleasesMemory['families'];
  /** Why nothing can be made. */
  readonly blocked: string | undefined;
}

type AnsweredService = ReleaseAnswer['services'][number];

const NOWHERE = 'nothing says in which cluster its tasks run.';

/** What became of the release record, for the build controller; undefined when there is none. */
export function answerOf(input: AnswerInput): ReleaseAnswer | undefined {
  const { candidate, current } = input.desired.releaseRecord.record ?? {};
  if (candidate !== undefined) return preparing(candidate, input);
  const releasing = releasingOf(input.desired, input.names, input.context.key.region);
  return current === undefined || releasing === undefined ? undefined : rollingOut(current, releasing, input);
}

function preparing(spec: ReleaseSpec, input: AnswerInput): ReleaseAnswer {
  const { families, blocked, desired, servicesFacts } = input;
  const { cluster } = servicesFacts;
  const of = (type: string) => families.find((one) => one.type === type)?.arn;
  const [release, postdeploy] = [of('release'), of('postdeploy')];
  const isPrepared =
    (spec.releaseCommand === undefined || release !== undefined) &&
    (spec.postdeployCommand === undefined || postdeploy !== undefined);
  const reason = blocked ?? (cluster === undefined ? NOWHERE : undefined);
  const tasks = {
    ...(release === undefined ? {} : { release }),
    ...(postdeploy === undefined ? {} : { postdeploy }),
  };
  return {
    sequence: spec.sequence,
    stage: reason !== undefined ? 'blocked' : isPrepared ? 'prepared' : 'preparing',
    tasks,
    services: foreseen(spec, input),
    ...(cluster === undefined
      ? {}
      : { run: { cluster, arguments: placingOf(desired, servicesFacts, 'task') } }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** The services a release will end in, so that whoever watches it knows them before the first one is touched. */
function foreseen(
  spec: ReleaseSpec,
  { names, services, servicesFacts, context }: AnswerInput,
): AnsweredService[] {
  const { account, region } = context.key;
  const cluster = clusterName(servicesFacts.cluster ?? '');
  const base = `arn:${partitionOf(region)}:ecs:${region}:${account}:service/${cluster}`;
  return spec.processes.map(({ process }) => {
    const claimed = services.claimed.find((one) => one.process === process);
    return {
      process,
      service: claimed?.service.arn ?? `${base}/${serviceName(names, process)}`,
      state: 'waiting',
    };
  });
}

function rollingOut(spec: ReleaseSpec, releasing: Releasing, input: AnswerInput): ReleaseAnswer {
  const services = spec.processes.map(({ process }) => serviceState(process, releasing, input));
  const failed = services.find(({ state }) => state === 'failed');
  const isComplete = services.every(({ state }) => state === 'complete');
  const waiting = services.filter(({ state }) => state === 'waiting');
  const hindrance =
    waiting.length === 0
      ? undefined
      : (input.blocked ??
        waiting.find((one) => one.reason !== undefined)?.reason ??
        (input.servicesFacts.cluster === undefined ? NOWHERE : undefined));
  const reason = failed?.reason ?? hindrance ?? services.find(({ failing }) => failing === true)?.reason;
  const stage =
    failed !== undefined
      ? 'failed'
      : isComplete
        ? 'complete'
        : hindrance !== undefined
          ? 'blocked'
          : 'rollingOut';
  return {
    sequence: spec.sequence,
    stage,
    tasks: {},
    services,
    ...(reason === undefined ? {} : { reason }),
  };
}

function serviceState(process: string, releasing: Releasing, input: AnswerInput): AnsweredService {
  const claimed = input.services.claimed.find((one) => one.process === process);
  if (claimed === undefined) return unclaimedState(process, input);
  const { service, facts } = claimed;
  const answered = { process, service: service.arn };
  if (!claimed.writable) return { ...answered, state: 'waiting', ...because(problemOf(service.name, input)) };
  const failure = failureOf(service.name, input);
  const revision = facts.revision?.state === 'found' ? facts.revision.value : undefined;
  const runs = revision !== undefined && releaseEdits(revision, process, releasing) === undefined;
  if (!runs) return { ...answered, state: failure === undefined ? 'running' : 'failed', ...because(failure) };
  return { ...answered, ...verdictOf(claimed, failure, input) };
}

/** A service that is there and not the app's stands in the way; one that is not there is made. */
function unclaimedState(process: string, input: AnswerInput): AnsweredService {
  const facts = input.servicesFacts.services.find((one) => one.process === process);
  const reason = facts?.reading.state === 'found' ? problemOf(facts.service, input) : undefined;
  return { process, state: 'waiting', ...because(reason) };
}

/** What became of a service that runs the release's revision. */
function verdictOf(
  { process, service }: ClaimedService,
  failure: string | undefined,
  { facts }: AnswerInput,
): Pick<AnsweredService, 'state' | 'reason' | 'failing'> {
  const primary = primaryOf(service);
  if (primary?.rolloutState === 'COMPLETED') return { state: 'complete' };
  const why = primary === undefined ? '' : explainStopped(entryOf(facts.stopped, process) ?? [], primary);
  if (primary?.rolloutState === 'FAILED' || failure !== undefined)
    return { state: 'failed', reason: failure ?? `ECS could not bring ${service.name} up. ${why}`.trim() };
  if (primary === undefined || primary.failedTasks === 0) return { state: 'running' };
  return { state: 'running', failing: true, reason: `Tasks of ${service.name} fail. ${why}`.trim() };
}

function problemOf(service: string, { services }: AnswerInput): string | undefined {
  const about = services.conditions.find(
    ({ status, resource }) => status === 'False' && resource === `service ${service}`,
  );
  return about?.message;
}

/** Why the last rollout of a service did not work; one that a newer deployment replaced says nothing of this release. */
function failureOf(service: string, { services }: AnswerInput): string | undefined {
  const failed = services.conditions.find(
    ({ type, status, resource, reason }) =>
      type === 'RolledOut' &&
      status === 'False' &&
      reason !== 'Superseded' &&
      resource === `service ${service}`,
  );
  return failed?.message;
}

function because(reason: string | undefined): Pick<AnsweredService, 'reason'> {
  return reason === undefined ? {} : { reason };
}
