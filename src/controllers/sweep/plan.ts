import { z } from 'zod';
import type { PlanContext } from '../../reconcile/controller.ts';
import type { Failure } from '../../reconcile/errors.ts';
import type { Action, Condition, Plan } from '../../reconcile/plan.ts';

/** How many keys a sweep remembers; what is beyond is found by the next one. */
const PENDING_MAX = 2_000;

/** How soon a sweep looks whether there is room for more of its keys. */
const TOP_UP_MS = 1_000;

/** What it queued longer ago is done, or stuck for reasons of its own, and holds nothing else up. */
const OUTSTANDING_MS = 300_000;

/** What a look over the whole account found. */
export interface Survey {
  /** Keys that need a pass, as text, in the order they are to be worked on. */
  readonly keys: readonly string[];
  readonly surveyed: number;
}

export interface SweepFacts {
  readonly slot: number;
  /** Absent when this slot was surveyed before and only its remainder is to be queued. */
  readonly survey?: Survey | { readonly failure: Failure };
  /** Messages in the work queue that wait or are worked on, this one not counted. */
  readonly backlog: number;
  /** How many of its own keys a sweep keeps outstanding. */
  readonly outstandingMax: number;
}

/** Puts keys into the work queue; a repeated one falls to deduplication. */
export interface EnqueueKeys extends Action {
  readonly type: 'enqueueKeys';
  readonly keys: readonly string[];
  readonly slot: number;
}

const memorySchema = z.object({
  slot: z.number(),
  pending: z.array(z.string()),
  surveyed: z.number(),
  /** When so many keys were queued; what is long ago is forgotten. */
  queued: z.array(z.object({ at: z.number(), keys: z.number() })).catch([]),
  /** The key that was queued last. */
  last: z.string().optional().catch(undefined),
});
type Memory = z.infer<typeof memorySchema>;

/** The slot that was surveyed last, from what a sweep remembers; -1 when none was. */
export function surveyedSlot(memory: unknown): number {
  return memorySchema.safeParse(memory).data?.slot ?? -1;
}

/**
 * Queues what a survey found, a little at a time: never more than `outstandingMax` messages lie in the work
 * queue because of a sweep, so a person's change never waits behind ten thousand keys.
 */
export function planSweep(facts: SweepFacts, context: PlanContext): Plan<EnqueueKeys> {
  const memory = remember(facts, memorySchema.safeParse(context.status.memory).data);
  const queued = memory.queued.filter(({ at }) => at > context.now - OUTSTANDING_MS);
  const own = queued.reduce((sum, { keys }) => sum + keys, 0);
  const room = Math.max(0, facts.outstandingMax - Math.min(own, facts.backlog));
  const keys = memory.pending.slice(0, room);
  const pending = memory.pending.slice(keys.length);
  const more = keys.length === 0 ? [] : [{ at: context.now, keys: keys.length }];
  return {
    actions: keys.length === 0 ? [] : [enqueue(keys, facts.slot)],
    differences: [],
    conditions: conditionsOf(facts),
    memory: { ...memory, pending, queued: [...queued, ...more], last: keys.at(-1) ?? memory.last },
    parameters: {},
    ...(pending.length === 0 ? {} : { wakeAt: context.now + TOP_UP_MS }),
  };
}

function remember(facts: SweepFacts, before: Memory | undefined): Memory {
  const { slot, survey } = facts;
  const kept = before ?? { slot: -1, pending: [], surveyed: 0, queued: [] };
  if (survey === undefined) return { ...kept, slot };
  if ('failure' in survey) return kept;
  const pending = inTurn(survey.keys, kept.last).slice(0, PENDING_MAX);
  return { ...kept, slot, pending, surveyed: survey.surveyed };
}

/** Goes on where the sweep before ended, so that keys at the end are not passed over for ever. */
function inTurn(keys: readonly string[], last: string | undefined): readonly string[] {
  if (last === undefined) return keys;
  const later = keys.filter((key) => key > last);
  return [...later, ...keys.filter((key) => key <= last)];
}

function enqueue(keys: readonly string[], slot: number): EnqueueKeys {
  return { id: 'enqueue', type: 'enqueueKeys', resource: `${keys.length} keys`, keys, slot };
}

function conditionsOf(facts: SweepFacts): Condition[] {
  if (facts.survey === undefined || !('failure' in facts.survey)) return [];
  const { code, message } = facts.survey.failure;
  return [
    {
      type: 'Readable',
      status: 'False',
      reason: code,
      message: `The sweep could not read the account: ${message} Changes still arrive by events; drift nobody told of is not found until this is mended.`,
    },
  ];
}
