import type { PlanContext } from '../../../reconcile/controller.ts';
import type { Condition } from '../../../reconcile/plan.ts';
import { AFTER_WRITE_FIRST_MS } from '../../../reconcile/retry.ts';
import {
  type ObservedDeployment as FollowedDeployment,
  type RolloutContext,
  type RolloutWish,
  rollout,
  rolloutContext,
  sameWish,
} from '../../../workflows/rollout.ts';
import { peekWorkflow, type Stepped, stepWorkflow } from '../../../workflows/step.ts';
import type { ServiceDeployment } from './deployments.ts';
import { deploymentsSeen, nextLook } from './looking.ts';
import type { RememberedRollout, ServicesMemory } from './memory.ts';
import { type ObservedService, primaryOf, type ServiceFacts } from './observed.ts';
import { failedCondition, progressing, unreadableDeployments } from './outcome.ts';

/** What should be rolled out to a service now. */
export interface WishedRollout extends RolloutWish {
  /** The revision's ARN, if it was registered before. */
  readonly taskDefinition?: string;
  /** Its deployment must be as young as this: when the config was written that its tasks are to read. */
  readonly notBefore: number;
}

export interface RolloutQuestion {
  readonly service: ObservedService;
  readonly facts: ServiceFacts;
  /** Undefined when the service is as it should be, as far as that is known. */
  readonly wish: WishedRollout | undefined;
  /** More may be wished than is known now, or than may begin now: nothing is forgotten meanwhile. */
  readonly waits: boolean;
  readonly before: RememberedRollout | undefined;
  /** When the service was last updated by us. */
  readonly updatedAt: number | undefined;
  /** One that goes on although nobody remembered it. */
  readonly adopted: WishedRollout | undefined;
  /** The revision of an update whose registration was asked for before, by the wish's digest. */
  readonly revisionOf: (digest: string) => string | undefined;
  /** A forced deployment that ECS answered to have begun, by the wish. */
  readonly begun: (wish: RolloutWish) => FollowedDeployment | undefined;
  readonly context: PlanContext;
}

/** How a rollout goes on. */
export interface RolloutStep {
  /** Whether the update has to be asked for. */
  readonly asks: boolean;
  /** It is wished and has no verdict yet. */
  readonly isOpen?: boolean;
  /** Its deployment shows: the intent to ask for it may be closed. */
  readonly shown?: boolean;
  readonly remembered?: RememberedRollout;
  readonly conditions: readonly Condition[];
  readonly wakeAt?: number;
}

const NOTHING: RolloutStep = { asks: false, conditions: [] };

interface Known {
  readonly remembered: RememberedRollout;
  readonly context: RolloutContext;
  readonly state: string;
  readonly terminal: boolean;
}

/**
 * Follows the rollout of one service, begins the one that is wished, or remembers that the wished one did not
 * work: it is not tried again until desired state asks for another.
 */
export function planRollout(question: RolloutQuestion): RolloutStep {
  const { wish, adopted } = question;
  const known = readRollout(question.before);
  if (wish !== undefined && (known === undefined || !sameWish(known.context, wish))) {
    const shownAt = known === undefined ? undefined : staleUntil(question, known);
    if (known === undefined || shownAt === undefined) return begin(question, wish, known);
    // A revision made from what ran before our update would be one too many.
    const followed = follow({ ...question, wish: undefined, waits: true }, known);
    return { ...followed, wakeAt: Math.min(shownAt, followed.wakeAt ?? shownAt) };
  }
  if (known === undefined) return adopted === undefined ? NOTHING : begin(question, adopted, undefined);
  return known.terminal ? recall(question, known) : follow(question, known);
}

/** Since when an open rollout wants to see deployments; undefined when there is nothing to follow. */
function followedSince(remembered: RememberedRollout | undefined): number | undefined {
  const known = readRollout(remembered);
  return known === undefined || known.terminal ? undefined : known.remembered.since;
}

/** Since when deployments are followed, by process. */
export function followedIn({ progress }: Pick<ServicesMemory, 'progress'>): ReadonlyMap<string, number> {
  return new Map(
    progress.flatMap(({ process, rollout: remembered }) => {
      const since = followedSince(remembered);
      return since === undefined ? [] : [[process, since] as const];
    }),
  );
}

/** What is remembered, or undefined when it cannot be read. */
function readRollout(remembered: RememberedRollout | undefined): Known | undefined {
  if (remembered === undefined) return undefined;
  const peeked = peekWorkflow(rollout, remembered.workflow);
  if (peeked === undefined) return undefined;
  return { ...peeked, remembered, context: rolloutContext(peeked.context) };
}

/** Whether what is remembered of a rollout makes no sense any more. */
export function isDamaged(remembered: RememberedRollout | undefined): boolean {
  return remembered !== undefined && readRollout(remembered) === undefined;
}

/** Until when a read that does not show the revision of our last update may be of before it: reads of ECS lag. */
function staleUntil(question: RolloutQuestion, known: Known): number | undefined {
  const { service, updatedAt, context } = question;
  const target = targetOf(question, known);
  if (known.terminal || updatedAt === undefined || target === undefined) return undefined;
  const until = updatedAt + AFTER_WRITE_FIRST_MS;
  return service.taskDefinition !== target && context.now < until ? until : undefined;
}

/** A new wish takes the place of the rollout before it at once, whatever became of that one. */
function begin(question: RolloutQuestion, wish: WishedRollout, before: Known | undefined): RolloutStep {
  const { service, context } = question;
  const since = Math.max(
    wish === question.adopted ? 0 : (primaryOf(service)?.createdAt ?? 0),
    // What the rollout before it made is not what is asked for now, even if it is of the same revision.
    before === undefined ? 0 : before.context.deployedAt + 1,
    wish.notBefore,
  );
  const { digest, restartFor } = wish;
  const input = { service: wish.service, digest, restartFor, requestedAt: context.now };
  const target = wish.taskDefinition;
  return advance(question, { input, since, stored: undefined, deployments: [], target });
}

function follow(question: RolloutQuestion, known: Known): RolloutStep {
  const { facts, service, wish, waits } = question;
  const { remembered, context, state } = known;
  const target = targetOf(question, known);
  // It never began, and nobody wants it any more.
  if (state === 'updating' && wish === undefined && !waits && service.taskDefinition !== target)
    return NOTHING;
  const { deployments } = facts;
  if (deployments?.state !== 'found') {
    const conditions =
      deployments?.state === 'unreadable' ? [unreadableDeployments(service, deployments.failure)] : [];
    return { ...NOTHING, remembered, conditions, wakeAt: nextLook(context, service, question.context.now) };
  }
  return advance(question, {
    input: context,
    since: remembered.since,
    stored: remembered.workflow,
    deployments: deployments.value,
    target,
  });
}

interface Advance {
  readonly input: RolloutWish & { readonly requestedAt: number };
  readonly since: number;
  readonly stored: unknown;
  readonly deployments: readonly ServiceDeployment[];
  readonly target?: string | undefined;
}

function advance(
  question: RolloutQuestion,
  { input, since, stored, deployments, target }: Advance,
): RolloutStep {
  const { service, facts, context, wish } = question;
  const taskDefinition = target ?? targetOfWish(question, input.digest);
  const seen = deploymentsSeen(deployments, taskDefinition, facts);
  const begun = seen.some(({ matches }) => matches) ? undefined : question.begun(input);
  const step = stepWorkflow(rollout, stored, input, {
    type: 'observed',
    at: context.now,
    deployments: begun === undefined ? seen : [...seen, begun],
    breaker: service.breaker,
  });
  const remembered = {
    since,
    ...(taskDefinition === undefined ? {} : { taskDefinition }),
    workflow: step.stored,
  };
  const { state, terminal } = step;
  const known = { remembered, context: rolloutContext(step.context), state, terminal };
  if (step.terminal) return recall(question, known);
  const asks = asksForUpdate(step) && wish !== undefined;
  return {
    asks,
    isOpen: wish !== undefined,
    shown: known.context.deployment !== '',
    remembered,
    conditions: known.context.deployment === '' ? [] : [progressing(service, known.context, deployments[0])],
    // There is nothing to look at before the update went out; whatever becomes of that says when to look again.
    ...(asks ? {} : { wakeAt: nextLook(known.context, service, context.now) }),
  };
}

function asksForUpdate(step: Stepped): boolean {
  return step.effects.some((effect) => effect.type === 'updateService');
}

/** One that ended is remembered as long as it says why the service is not as wished. */
function recall(question: RolloutQuestion, known: Known): RolloutStep {
  const { state, remembered } = known;
  const ended = { ...NOTHING, shown: known.context.deployment !== '' };
  if (state === 'complete' || isHealed(question, known)) return ended;
  const { service, wish, waits } = question;
  const stays = state !== 'superseded' && service.taskDefinition === targetOf(question, known);
  if (wish === undefined && !waits && !stays) return ended;
  return { ...ended, remembered, conditions: [failedCondition(service, known)] };
}

/** Somebody deployed the same by hand since, and it worked; or it worked after all, too late for us. */
function isHealed(question: RolloutQuestion, known: Known): boolean {
  const primary = primaryOf(question.service);
  if (primary === undefined || primary.rolloutState !== 'COMPLETED') return false;
  if (primary.taskDefinition !== targetOf(question, known)) return false;
  // After a rollback of a restart the PRIMARY is of the same revision, from before.
  if (known.state === 'rolledBack') return primary.createdAt > known.context.endedAt;
  return primary.createdAt >= known.remembered.since;
}

function targetOf(question: RolloutQuestion, { remembered, context }: Known): string | undefined {
  return remembered.taskDefinition ?? targetOfWish(question, context.digest);
}

function targetOfWish({ wish, revisionOf }: RolloutQuestion, digest: string): string | undefined {
  return (wish?.digest === digest ? wish.taskDefinition : undefined) ?? revisionOf(digest);
}
