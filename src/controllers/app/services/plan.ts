import type { PlanContext } from '../../../reconcile/controller.ts';
import type { Condition, Difference } from '../../../reconcile/plan.ts';
import { type AppNames, actionId, isTaskType } from '../names.ts';
import type { SubPlan } from '../subplan.ts';
import type { DeleteService, ServicesAction } from './actions.ts';
import { claimOf, resourceOf } from './claims.ts';
import type { ProcessWish, ScalingDesired } from './desired.ts';
import type { Launch } from './fargate.ts';
import { indexChanges } from './indexing.ts';
import { parseServicesMemory, type RememberedRevision, type ServicesMemory } from './memory.ts';
import { clusterName, type ObservedService, type ServiceFacts, type ServicesFacts } from './observed.ts';
import { sizeCondition } from './sizing.ts';
import { draining, retained, unreadable, unsupportedBy, vanished } from './states.ts';
import { changesOf } from './update.ts';

/** How soon a service that is being deleted is looked at again. */
const DRAINING_LOOK_MS = 10_000;

export interface ServicesInput {
  readonly facts: ServicesFacts;
  readonly scaling: ScalingDesired;
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
}

export interface ServicesPlan extends SubPlan<ServicesAction> {
  readonly claimed: readonly ClaimedService[];
}

/** What planning one service gives. */
interface Part {
  readonly actions?: readonly ServicesAction[];
  readonly differences?: readonly Difference[];
  readonly conditions?: readonly Condition[];
  readonly closedIntents?: readonly string[];
  readonly revision?: RememberedRevision;
  readonly wakeAt?: number;
  readonly claimed?: ClaimedService;
  /** Remembered as claimed although it was not seen now. */
  readonly kept?: boolean;
}

/** Plans counts, sizes, marks and deletions of an app's services. */
export function planServices(input: ServicesInput): ServicesPlan {
  const memory = parseServicesMemory(input.memory);
  const parts = input.facts.services.map((facts) => ({ facts, part: planService(facts, input, memory) }));
  const claimed = parts.flatMap(({ part }) => part.claimed ?? []);
  const remembered = rememberClaims(parts, memory, input);
  const index = indexChanges(remembered, memory.indexed, input);
  const wakes = parts.flatMap(({ part }) => part.wakeAt ?? []);
  return {
    claimed,
    actions: [...oneByOne(parts.flatMap(({ part }) => part.actions ?? [])), ...index.actions],
    differences: parts.flatMap(({ part }) => part.differences ?? []),
    conditions: [...parts.flatMap(({ part }) => part.conditions ?? []), ...sizesOfMissing(input)],
    closedIntents: parts.flatMap(({ part }) => part.closedIntents ?? []),
    memory: {
      claimed: remembered,
      indexed: index.indexed,
      revisions: rememberRevisions(parts, memory, remembered),
    } satisfies ServicesMemory,
    ...(wakes.length === 0 ? {} : { wakeAt: Math.min(...wakes) }),
    marked: claimed.filter((one) => one.marked).length,
  };
}

function planService(facts: ServiceFacts, input: ServicesInput, memory: ServicesMemory): Part {
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
  return wish === undefined ? { claimed } : { claimed, ...planWish(claimed, wish, input, memory) };
}

function planGone({ service, process, marked }: ClaimedService, input: ServicesInput): Part {
  if (!marked) return {};
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

function planWish(
  claimed: ClaimedService,
  wish: ProcessWish,
  input: ServicesInput,
  memory: ServicesMemory,
): Part {
  const { service, facts } = claimed;
  const current = facts.revision?.state === 'found' ? facts.revision.value : {};
  const wrong = sizeCondition(wish, current, service.launch, input.scaling);
  if (wrong !== undefined) return { conditions: [wrong] };
  return changesOf({
    claimed,
    wish,
    names: input.names,
    context: input.context,
    remembered: memory.revisions,
  });
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

/**
 * Registrations of one family one after the other: "too many concurrent attempts to create a new revision of
 * the specified family" otherwise. Services made by hand may share a family.
 */
function oneByOne(actions: readonly ServicesAction[]): readonly ServicesAction[] {
  const last = new Map<string, string>();
  return actions.map((action) => {
    if (action.type !== 'registerTaskDefinition') return action;
    const before = last.get(action.family);
    last.set(action.family, action.id);
    return before === undefined ? action : { ...action, after: [before] };
  });
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
