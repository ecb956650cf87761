import { beginningOf, type PlanContext, type Told } from '../../../reconcile/controller.ts';
import type { Condition, Deferral, Difference, Gathering } from '../../../reconcile/plan.ts';
import { AFTER_WRITE_FIRST_MS } from '../../../reconcile/retry.ts';
import { type AppConfig, versionsOf, youngestAt } from '../config.ts';
import { type AppNames, actionId, isTaskType } from '../names.ts';
import type { SubPlan } from '../subplan.ts';
import type { DeleteService, ServicesAction, UpdateService } from './actions.ts';
import { claimOf, resourceOf } from './claims.ts';
import type { ProcessWish, ScalingDesired } from './desired.ts';
import { arrangeRegistrations } from './families.ts';
import type { Launch } from './fargate.ts';
import { indexChanges } from './indexing.ts';
import {
  type Progress,
  parseServicesMemory,
  type RememberedRevision,
  type ServicesMemory,
} from './memory.ts';
import { clusterName, type ObservedService, type ServiceFacts, type ServicesFacts } from './observed.ts';
import type { Releasing } from './releasing.ts';
import type { RevisionEdits } from './revision.ts';
import { isDamaged } from './rollouts.ts';
import { type Pace, type Settled, settleConfig } from './settling.ts';
import { sizeCondition } from './sizing.ts';
import { draining, retained, spared, unreadable, unsupportedBy, vanished } from './states.ts';
import { changesOf } from './update.ts';

/** How soon a service that is being deleted is looked at again. */
const DRAINING_LOOK_MS = 10_000;

export interface ServicesInput {
  readonly facts: ServicesFacts;
  readonly scaling: ScalingDesired;
  /** Processes whose count an autoscaler moves. */
  readonly autoscaled: ReadonlySet<string>;
  /** Undefined while it cannot be read. */
  readonly config: AppConfig | undefined;
  readonly pace: Pace;
  /** What is released; absent for apps that nobody releases by us. */
  readonly release: Releasing | undefined;
  /** How the app runs where no service shows it. */
  readonly launch?: Launch;
  /** Processes that the app's records name. */
  readonly named: ReadonlySet<string>;
  readonly names: AppNames;
  /** What this resource remembered. */
  readonly memory: unknown;
  readonly context: PlanContext;
  /** Set when nothing of the app is left in desired state: what becomes of its services. */
  readonly gone?: 'retain' | 'delete';
  /** It was said in so many words that all of it goes: no deletion is held back. */
  readonly goneForGood?: boolean;
}

/** A service that is ours, and what other resources need of it. */
export interface ClaimedService {
  readonly process: string;
  readonly service: ObservedService;
  /** It carries our mark. */
  readonly marked: boolean;
  readonly facts: ServiceFacts;
  /** It may be written: supported and not going away. */
  readonly writable: boolean;
  /** A valid entry of `scaling` for it. */
  readonly wish?: ProcessWish;
  /** What the revision that is being rolled out changes of the one it runs. */
  readonly next?: RevisionEdits;
}

export interface ServicesPlan extends SubPlan<ServicesAction> {
  /** That deployments begin which are asked for here; gathered while nobody waits for them. */
  readonly beginnings: readonly Gathering[];
  readonly claimed: readonly ClaimedService[];
}

/** What planning one service gives. */
interface Part {
  readonly actions?: readonly ServicesAction[];
  readonly differences?: readonly Difference[];
  readonly conditions?: readonly Condition[];
  readonly closedIntents?: readonly string[];
  readonly revision?: RememberedRevision;
  readonly progress?: Progress;
  readonly wakeAt?: number;
  readonly claimed?: ClaimedService;
  /** Remembered as claimed although it was not seen now. */
  readonly kept?: boolean;
}

/** What planning one service knows of the others: what was remembered, and whether config has come to rest. */
interface Background {
  readonly memory: ServicesMemory;
  readonly settled: Partial<Settled>;
}

/** Plans counts, sizes, config, rollouts, marks and deletions of an app's services. */
export function planServices(input: ServicesInput): ServicesPlan {
  const memory = parseServicesMemory(input.memory);
  const settled = settledConfig(input, memory);
  const background = { memory, settled };
  const parts = input.facts.services.map((facts) => ({ facts, part: planService(facts, input, background) }));
  const claimed = parts.flatMap(({ part }) => part.claimed ?? []);
  const remembered = rememberClaims(parts, memory, input);
  const index = indexChanges(remembered, memory.indexed, input);
  const wakes = [
    ...parts.flatMap(({ part }) => part.wakeAt ?? []),
    ...(settled.settlesAt === undefined ? [] : [settled.settlesAt]),
  ];
  const actions = arrangeRegistrations(parts.flatMap(({ part }) => part.actions ?? []));
  return {
    claimed,
    actions: [...actions, ...index.actions],
    differences: parts.flatMap(({ part }) => part.differences ?? []),
    conditions: [...distinct(parts.flatMap(({ part }) => part.conditions ?? [])), ...sizesOfMissing(input)],
    closedIntents: parts.flatMap(({ part }) => part.closedIntents ?? []),
    memory: {
      claimed: remembered,
      indexed: index.indexed,
      revisions: rememberRevisions(parts, memory, remembered),
      config: settled.memory ?? memory.config,
      progress: rememberProgress(parts, memory, remembered),
    } satisfies ServicesMemory,
    ...(wakes.length === 0 ? {} : { wakeAt: Math.min(...wakes) }),
    gathering: gatheringOf(input, settled),
    ...deferringOf(input, settled),
    beginnings: beginningsOf(actions, input.context.now),
    marked: claimed.filter((one) => one.marked).length,
    ...(input.goneForGood === true ? { deletionsAsked: true } : {}),
  };
}

/** Services that share a task definition share what is wrong with it. */
function distinct(conditions: readonly Condition[]): Condition[] {
  return [...new Map(conditions.map((condition) => [JSON.stringify(condition), condition])).values()];
}

/** Until config settles nothing is done for it; whatever else is changed is looked at at once. */
function gatheringOf(
  { config }: ServicesInput,
  { settlesAt: until }: Partial<Settled>,
): readonly Gathering[] {
  if (config === undefined || until === undefined) return [];
  return config.paths.map((path) => ({ about: `${path}/`, until, lasting: true }));
}

/** Config at rest that is told to change must rest anew before anything is done for it. */
function deferringOf(
  { config, pace }: ServicesInput,
  { settlesAt }: Partial<Settled>,
): { readonly deferring?: readonly Deferral[] } {
  if (config === undefined || settlesAt !== undefined) return {};
  return { deferring: config.paths.map((path) => ({ about: `${path}/`, forMs: pace.quietMs })) };
}

/** We look soon whether a deployment that we ask for began, so that it did is no news. */
function beginningsOf(actions: readonly ServicesAction[], now: number): readonly Gathering[] {
  const begin = actions.flatMap((action) => (beginsDeployment(action) ? action.service : []));
  return begin.map((service) => ({ about: beginningOf(service), until: now + 2 * AFTER_WRITE_FIRST_MS }));
}

function beginsDeployment(action: ServicesAction): action is UpdateService {
  return action.type === 'updateService' && (action.revision !== undefined || action.force === true);
}

function settledConfig({ config, pace, context }: ServicesInput, memory: ServicesMemory): Partial<Settled> {
  if (config === undefined) return {};
  const { variables, paths } = config;
  const instants = (changes: readonly Told[] = []) =>
    changes.filter(({ parameter }) => isVariable(parameter, paths)).map(({ at }) => at);
  const told = instants(context.told);
  const unseen = instants(context.status.unseen);
  const seen = {
    versions: versionsOf(variables),
    youngestAt: youngestAt(variables),
    toldAt: told.length === 0 ? undefined : Math.max(...told),
    toldSince: told.length === 0 ? undefined : Math.min(...told),
    unseenAt: unseen.length === 0 ? undefined : Math.max(...unseen),
  };
  return settleConfig(memory.config, seen, pace, context.now);
}

/** Variables lie directly below; what lies deeper is none and never shows. */
function isVariable(parameter: string, paths: readonly string[]): boolean {
  return paths.includes(parameter.slice(0, parameter.lastIndexOf('/')));
}

function planService(facts: ServiceFacts, input: ServicesInput, background: Background): Part {
  const { memory } = background;
  const { reading, process, service: name } = facts;
  const before = memory.claimed.some((one) => one.service === name);
  if (reading.state === 'unreadable')
    return { kept: before, conditions: [unreadable(name, reading.failure)] };
  if (reading.state === 'absent') {
    const missed = before && input.named.has(process);
    return missed ? { kept: true, conditions: [vanished(name, process)] } : {};
  }
  const service = reading.value;
  const claim = claimOf(facts, service, input.named.has(process), input.names);
  if (claim.type === 'unclaimed') return {};
  // While it cannot be told whose it is, it stays what it was; claimed twice, it is nobody's.
  if (claim.type === 'refused') return { kept: before && claim.undecided, conditions: [claim.condition] };
  const unsupported = unsupportedBy(service);
  const writable = unsupported === undefined && service.status === 'ACTIVE';
  const wish = input.scaling.wishes.find((one) => one.process === process);
  const claimed = {
    process,
    service,
    facts,
    writable,
    marked: claim.type === 'owned',
    ...(wish === undefined ? {} : { wish }),
  };
  if (service.status === 'DRAINING') {
    const conditions = input.gone === undefined ? [draining(service)] : [];
    return { claimed, conditions, wakeAt: input.context.now + DRAINING_LOOK_MS };
  }
  if (unsupported !== undefined) return { claimed, conditions: [unsupported] };
  if (input.gone !== undefined) return { claimed, ...planGone(claimed, input) };
  return planChanges(claimed, input, background);
}

function planGone({ service, process, marked }: ClaimedService, input: ServicesInput): Part {
  if (!marked) return input.goneForGood === true ? { conditions: [spared(service, input.names)] } : {};
  if (input.gone === 'retain') return { conditions: [retained(service, input.names.app)] };
  const action: DeleteService = {
    id: actionId('services', process, 'delete'),
    type: 'deleteService',
    resource: resourceOf(service),
    cluster: service.clusterArn,
    service: service.name,
    deletes: true,
  };
  const difference = { path: `services/${process}`, desired: 'absent', observed: service.status };
  return { actions: [action], differences: [difference] };
}

/** An entry of `scaling` that is wrong, or that is not there, leaves size and count as they are; config goes on. */
function planChanges(claimed: ClaimedService, input: ServicesInput, { memory, settled }: Background): Part {
  const { service, facts, wish, process } = claimed;
  const current = facts.revision?.state === 'found' ? facts.revision.value : {};
  const wrong = wish === undefined ? undefined : sizeCondition(wish, current, service.launch, input.scaling);
  const changes = changesOf({
    claimed,
    wish: wrong === undefined ? (wish ?? {}) : {},
    autoscaled: input.autoscaled.has(process),
    config: input.config,
    release: input.release,
    settlesAt: settled.settlesAt,
    doubtful: input.config === undefined || input.scaling.state === 'broken',
    names: input.names,
    context: input.context,
    remembered: memory.revisions,
    progress: progressOf(process, input, memory),
  });
  const next = changes.next === undefined ? {} : { next: changes.next };
  const { wish: _wrong, ...unwished } = claimed;
  return {
    ...changes,
    claimed: { ...(wrong === undefined ? claimed : unwished), ...next },
    conditions: [...(wrong === undefined ? [] : [wrong]), ...changes.conditions],
  };
}

/** How a service stands; one that is new, or of which nothing can be read any more, takes config as it is now. */
function progressOf(process: string, { config }: ServicesInput, memory: ServicesMemory): Progress {
  const before = memory.progress.find((one) => one.process === process);
  const kept = before === undefined || isDamaged(before.rollout) ? { process } : before;
  if (kept.baseline !== undefined || config === undefined) return kept;
  return { ...kept, baseline: youngestAt(config.variables) };
}

/** Sizes of processes without a service, and of tasks: wrong ones are told before they are needed. */
function sizesOfMissing({ facts, scaling, launch }: ServicesInput): Condition[] {
  const there = facts.services.filter(({ reading }) => reading.state !== 'absent');
  const missing = scaling.wishes.filter(
    (wish) => isTaskType(wish.process) || !there.some(({ process }) => process === wish.process),
  );
  const running = there.flatMap(({ reading }) => (reading.state === 'found' ? [reading.value.launch] : []));
  return missing.flatMap((wish) => sizeCondition(wish, {}, launch ?? running[0] ?? 'fargate', scaling) ?? []);
}

type Planned = { readonly facts: ServiceFacts; readonly part: Part };

function rememberClaims(
  parts: readonly Planned[],
  memory: ServicesMemory,
  input: ServicesInput,
): ServicesMemory['claimed'] {
  // Without a cluster nothing was looked at, so nothing was lost.
  if (input.facts.cluster === undefined) return memory.claimed;
  return parts.flatMap(({ facts: { process, service }, part }) => {
    const before = memory.claimed.find((one) => one.service === service);
    if (part.claimed !== undefined) {
      const { marked, service: found } = part.claimed;
      return [{ process, cluster: clusterName(found.clusterArn), service, marked }];
    }
    return part.kept === true && before !== undefined ? [before] : [];
  });
}

function rememberRevisions(
  parts: readonly Planned[],
  memory: ServicesMemory,
  claimed: ServicesMemory['claimed'],
): ServicesMemory['revisions'] {
  return claimed.flatMap(({ process }) => {
    const found = parts.find(({ facts, part }) => facts.process === process && part.revision !== undefined);
    return found?.part.revision ?? memory.revisions.find((one) => one.process === process) ?? [];
  });
}

function rememberProgress(
  parts: readonly Planned[],
  memory: ServicesMemory,
  claimed: ServicesMemory['claimed'],
): ServicesMemory['progress'] {
  return claimed.flatMap(({ process }) => {
    const found = parts.find(({ facts, part }) => facts.process === process && part.progress !== undefined);
    return found?.part.progress ?? memory.progress.find((one) => one.process === process) ?? [];
  });
}
