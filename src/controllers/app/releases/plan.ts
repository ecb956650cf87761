import type { PlanContext } from '../../../reconcile/controller.ts';
import { type Condition, type Difference, digestOf } from '../../../reconcile/plan.ts';
import { titleOf } from '../../../store/releases.ts';
import type { AppDesired } from '../desired.ts';
import { type AppNames, actionId, serviceName } from '../names.ts';
import type { DeleteService } from '../services/actions.ts';
import { DIGEST_TAG, OWNER_TAG, type ServicesFacts } from '../services/observed.ts';
import type { ServicesPlan } from '../services/plan.ts';
import { BUILD_TAG, tagsOf } from '../services/releasing.ts';
import type { SubPlan } from '../subplan.ts';
import type { CreateService, RegisterFamily, ReleasesAction } from './actions.ts';
import { answerOf, type ReleaseAnswer } from './answer.ts';
import { planDeployStatus } from './deploy-status.ts';
import { parseReleasesMemory, type ReleasesMemory } from './memory.ts';
import type { ReleasesFacts } from './observed.ts';
import { placingOf } from './placing.ts';
import { type FamilyWish, familyWishes, SHELL } from './wishes.ts';

/** How soon what a release waits for is looked at again. */
const PREPARING_LOOK_MS = 1_000;
const MAKING_LOOK_MS = 5_000;

export interface ReleasesInput {
  readonly facts: ReleasesFacts;
  readonly desired: AppDesired;
  readonly names: AppNames;
  readonly services: ServicesPlan;
  readonly servicesFacts: ServicesFacts;
  /** Nothing of the app is left in desired state. */
  readonly gone: boolean;
  readonly memory: unknown;
  readonly context: PlanContext;
}

export interface ReleasesPlan extends SubPlan<ReleasesAction | DeleteService> {
  /** What the build controller is told; absent when nothing is released. */
  readonly answer?: ReleaseAnswer;
}

const NOTHING: ReleasesPlan = { actions: [], differences: [], conditions: [] };

/**
 * Plans what a release needs besides new revisions of the services that are there: task families, services that are
 * to be made or that the release has no process for any more, the deployment record, and the answer to whoever asked.
 */
export function planReleases(input: ReleasesInput): ReleasesPlan {
  const { desired, gone, services } = input;
  if (gone) return NOTHING;
  const memory = parseReleasesMemory(input.memory);
  const wishes = familyWishes(wishesInput(input));
  const made = 'problem' in wishes ? [] : wishes.map((wish) => planFamily(wish, input, memory));
  const registrations = made.flatMap(({ register }) => register ?? []);
  const awaited = registrations.filter(({ wish }) => isAwaited(wish, desired));
  const blocked = 'problem' in wishes ? wishes.problem : refusalOf(awaited, input.context);
  const families = made.flatMap(({ known }) => known ?? []);
  const answer = answerOf({ ...input, families, blocked });
  const creations = made.flatMap(({ wish, known }) =>
    wish.isService ? planCreation(wish, known?.arn, input) : [],
  );
  const mayRemove = answer?.stage === 'complete' && desired.ecsConfig.problem === undefined;
  const removals = mayRemove ? planRemovals(input) : [];
  const record = planDeployStatus({ ...input, answer });
  // What failed or could not be read is tried again when its time has come; looking sooner changes nothing.
  const isOpen = blocked === undefined && registrations.some((one) => !isFailing(one, input.context));
  const isMaking = answer?.stage === 'rollingOut' && !isUnread(input);
  const looks = [isOpen ? PREPARING_LOOK_MS : undefined, isMaking ? MAKING_LOOK_MS : undefined];
  const wait = looks.find((one) => one !== undefined);
  return {
    actions: [...registrations, ...creations, ...removals, ...record.actions],
    differences: [
      ...creations.map(
        ({ service }): Difference => ({
          path: `services/${service}`,
          desired: 'present',
          observed: 'absent',
        }),
      ),
      ...removals.map(
        ({ service }): Difference => ({ path: `services/${service}`, desired: 'absent', observed: 'ACTIVE' }),
      ),
      ...record.differences,
    ],
    conditions: [
      ...made.flatMap(({ conditions }) => conditions),
      ...blockedCondition('problem' in wishes ? wishes.problem : undefined, desired, input.names),
    ],
    closedIntents: families.map(({ type }) => registerId(type)),
    memory: { families: 'problem' in wishes ? memory.families : families } satisfies ReleasesMemory,
    marked: services.claimed.filter((one) => one.marked).length,
    ...(answer === undefined ? {} : { answer }),
    ...(wait === undefined ? {} : { wakeAt: input.context.now + wait }),
  };
}

/**
 * Whether the release cannot go on without a family: its tasks while it is a candidate, then services that are to be
 * made. The shell follows when it can; people who open one meanwhile get the release before.
 */
function isAwaited({ type, isService }: FamilyWish, { releaseRecord: { record } }: AppDesired): boolean {
  return record?.candidate === undefined ? isService : !isService && type !== SHELL;
}

/** What cannot be read is tried again ever later; looking sooner shows nothing. */
function isUnread({ servicesFacts: { services } }: ReleasesInput): boolean {
  return services.some(({ reading }) => reading.state === 'unreadable');
}

function isFailing({ id }: RegisterFamily, { status }: PlanContext): boolean {
  return status.failures?.[id] !== undefined;
}

/** Why a registration that was tried did not succeed, in the words of the condition that tells of it. */
function refusalOf(registrations: readonly RegisterFamily[], context: PlanContext): string | undefined {
  const failing = registrations.find((one) => isFailing(one, context));
  if (failing === undefined) return undefined;
  const said = context.status.conditions.find(
    ({ type, resource }) => type === 'Applied' && resource === failing.resource,
  );
  return said?.message ?? `${failing.resource} could not be registered.`;
}

function wishesInput({ desired, names, context, servicesFacts }: ReleasesInput) {
  return { desired, names, place: context.key, services: servicesFacts };
}

type KnownFamily = ReleasesMemory['families'][number];

interface MadeFamily {
  readonly wish: FamilyWish;
  readonly known?: KnownFamily;
  readonly register?: RegisterFamily;
  readonly conditions: readonly Condition[];
}

/** A registration is not safe to repeat, so its effect is looked for first. */
function planFamily(wish: FamilyWish, input: ReleasesInput, memory: ReleasesMemory): MadeFamily {
  const { facts, context, names } = input;
  const { type, digest, family } = wish;
  const newest = facts.newest[family];
  const shown = newest?.state === 'found' && newest.value.active && newest.value.tags[DIGEST_TAG] === digest;
  const arn =
    (shown ? newest.value.arn : undefined) ??
    givenBy(context, type, digest) ??
    memory.families.find((one) => one.type === type && one.digest === digest)?.arn;
  if (arn !== undefined) return { wish, known: { type, digest, arn }, conditions: [] };
  if (newest?.state === 'unreadable')
    return { wish, conditions: [unreadable(family, newest.failure.message, newest.failure.code)] };
  const register: RegisterFamily = {
    id: registerId(type),
    type: 'registerFamily',
    resource: `task definition ${family}`,
    wish,
    owner: names.owner,
    intent: digest,
    fingerprint: digest,
  };
  return { wish, register, conditions: [] };
}

function registerId(type: string): string {
  return actionId('releases', type, 'register');
}

function givenBy({ status }: PlanContext, type: string, digest: string): string | undefined {
  const write = status.writes[registerId(type)];
  if (write === undefined || write.digest !== digest) return undefined;
  const { result } = write;
  const arn = typeof result === 'object' && result !== null && 'arn' in result ? result.arn : undefined;
  return typeof arn === 'string' ? arn : undefined;
}

/** A service for a process that has none: with the size and count that `scaling` says, else one task. */
function planCreation(wish: FamilyWish, arn: string | undefined, input: ReleasesInput): CreateService[] {
  const { desired, names, servicesFacts, context } = input;
  const { cluster } = servicesFacts;
  const spec = desired.releaseRecord.record?.current;
  if (cluster === undefined || spec === undefined) return [];
  const { type, family, port } = wish;
  const { targetGroupArn } = desired.settings.value;
  const scaling = desired.scaling.wishes.find(({ process }) => process === type);
  const loadBalancer =
    type !== 'web' || targetGroupArn === undefined || port === undefined
      ? {}
      : { loadBalancer: { targetGroupArn, container: type, port } };
  const asked = {
    cluster,
    service: family,
    desiredCount: scaling?.minProcesses ?? 1,
    placing: placingOf(desired, servicesFacts, 'service'),
    ...loadBalancer,
    tags: { ...tagsOf(type, { spec, names }), [OWNER_TAG]: names.owner },
  };
  return [
    {
      id: actionId('releases', type, 'create'),
      type: 'createService',
      resource: `service ${family}`,
      ...asked,
      revision: arn === undefined ? { from: registerId(type) } : { arn },
      token: digestOf([context.key, family, wish.digest]),
      // The revision is named in another way once it is there, and is the same.
      fingerprint: digestOf([asked, wish.digest]),
      ...(arn === undefined ? { after: [registerId(type)] } : {}),
    },
  ];
}

/** A service that a release of ours deployed, and that the current one has no process for. */
function planRemovals({ desired, services }: ReleasesInput): DeleteService[] {
  const wanted = new Set(desired.releaseRecord.record?.current?.processes.map(({ process }) => process));
  return services.claimed
    .filter(({ process, marked, writable }) => marked && writable && !wanted.has(process))
    .filter(
      ({ facts }) => facts.revision?.state === 'found' && facts.revision.value.tags[BUILD_TAG] !== undefined,
    )
    .map(({ process, service }) => ({
      id: actionId('releases', process, 'remove'),
      type: 'deleteService',
      resource: `service ${service.name}`,
      cluster: service.clusterArn,
      service: service.name,
      deletes: true,
      after: [actionId('autoscaling', process, 'remove')],
    }));
}

function unreadable(family: string, why: string, reason: string): Condition {
  const message = `The newest revision of ${family} could not be read: ${why} No other is registered before it is known that it was not registered already.`;
  return { type: 'Readable', status: 'False', reason, message, resource: `task definition ${family}` };
}

function blockedCondition(
  problem: string | undefined,
  { releaseRecord }: AppDesired,
  names: AppNames,
): Condition[] {
  const spec = releaseRecord.record?.candidate ?? releaseRecord.record?.current;
  if (problem === undefined || spec === undefined) return [];
  const title = titleOf(spec.source, spec.buildNumber);
  const message = `The release of ${title} of ${names.app} waits: ${problem} Its services stay as they are until that is mended.`;
  return [
    {
      type: 'Supported',
      status: 'False',
      reason: 'ReleaseBlocked',
      message,
      resource: `release of ${serviceName(names, '').slice(0, -1)}`,
    },
  ];
}
