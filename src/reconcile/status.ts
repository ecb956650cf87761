import { z } from 'zod';
import type { Condition } from './plan.ts';

/** The record that an action that is not safe to repeat is about to go out. */
const intentSchema = z.object({ action: z.string(), digest: z.string(), at: z.number() });
export type Intent = z.infer<typeof intentSchema>;

const conditionSchema = z.object({
  type: z.enum(['Valid', 'Readable', 'Owned', 'Supported', 'Applied', 'RolledOut', 'Released', 'Active']),
  status: z.enum(['True', 'False']),
  reason: z.string(),
  message: z.string(),
  parameter: z.string().optional(),
  path: z.string().optional(),
  version: z.number().optional(),
  resource: z.string().optional(),
  since: z.number(),
});

/** A condition with the instant it became so. */
export interface DatedCondition extends Condition {
  readonly since: number;
}

/** A write that succeeded and that no read has shown yet, or that somebody keeps undoing. */
const writeSchema = z.object({
  digest: z.string(),
  /** When it was last sent, and how often in a row without a read showing it. */
  at: z.number(),
  sent: z.number(),
  /** Whether a later read showed it done. */
  seen: z.boolean(),
  /** Instants at which it had to be sent again after a read had shown it. */
  corrections: z.array(z.number()),
  /** What an action that is not safe to repeat gave, such as the ARN of a new revision; JSON. */
  result: z.unknown().optional(),
});
export type Write = z.infer<typeof writeSchema>;

/** An action that failed, and failed again: what it asked for, how often in a row, and when it is tried again. */
const failureSchema = z.object({ digest: z.string(), tries: z.number(), until: z.number() });

export type Failed = z.infer<typeof failureSchema>;

const statusSchema = z.object({
  conditions: z.array(conditionSchema),
  parameters: z.record(z.string(), z.number()),
  memory: z.unknown().optional(),
  /** Failed passes in a row. */
  attempts: z.number().int(),
  intents: z.array(intentSchema),
  writes: z.record(z.string(), writeSchema),
  /** The planned actions that failed when they were tried last, by id. */
  failures: z.record(z.string(), failureSchema).optional(),
  /** The one outstanding wake. */
  wake: z.object({ at: z.number(), token: z.string() }).optional(),
  /** Changes we were told of that no read has shown yet, one a parameter, and how often we looked. */
  unseen: z
    .array(z.object({ parameter: z.string(), operation: z.string(), at: z.number(), looks: z.number() }))
    .optional(),
  /** Whether the last pass found no difference and no problem. */
  synced: z.boolean(),
  /** When the last pass that changed this record ended. */
  updatedAt: z.number(),
  /** SQS's clock when it first handed out the message that began the last recorded pass. */
  beganAt: z.number().optional(),
  /** Ids of the last `trimtab reconcile` requests that were carried out. */
  handledRequests: z.array(z.string()).optional(),
  /** Digest of the plan that a person let pass. */
  approved: z.string().optional(),
});

type ParsedStatus = z.infer<typeof statusSchema>;

/** What is remembered about a key between passes. Everything in it may be lost without harm but for time. */
export interface Status extends Omit<ParsedStatus, 'conditions' | 'memory' | 'wake' | 'unseen' | 'intents'> {
  /** Goes up by one with each write; the condition of the next. 0 = never written. */
  readonly revision: number;
  readonly intents: readonly Intent[];
  readonly conditions: readonly DatedCondition[];
  readonly memory: unknown;
  readonly wake?: { readonly at: number; readonly token: string } | undefined;
  readonly unseen?: readonly UnseenChange[] | undefined;
}

export interface UnseenChange {
  readonly parameter: string;
  readonly operation: string;
  readonly at: number;
  readonly looks: number;
}

export const EMPTY_STATUS: Status = {
  revision: 0,
  conditions: [],
  parameters: {},
  memory: undefined,
  attempts: 0,
  intents: [],
  writes: {},
  synced: false,
  updatedAt: 0,
};

/**
 * Parses a stored status. A record that another version wrote and we cannot read counts as forgotten (but
 * for its revision): a level-triggered loop starts afresh from observation.
 */
export function parseStatus(document: unknown, revision: number): Status {
  const parsed = statusSchema.safeParse(document);
  // The schema's optional members allow an explicit undefined, which `Condition` does not; both read the same.
  return parsed.success ? ({ ...parsed.data, revision } as Status) : { ...EMPTY_STATUS, revision };
}

/** Keeps `since` of conditions that were there before with the same type, reason and place. */
export function dateConditions(
  conditions: readonly Condition[],
  before: readonly DatedCondition[],
  now: number,
): readonly DatedCondition[] {
  return conditions.map((condition) => {
    const known = before.find((other) => conditionPlace(other) === conditionPlace(condition));
    return { ...condition, since: known?.since ?? now };
  });
}

/** Problems of `before` whose subject has no problem of that type any more. */
export function healedConditions(
  before: readonly DatedCondition[],
  after: readonly Condition[],
): readonly DatedCondition[] {
  const open = new Set(after.filter((condition) => condition.status === 'False').map(subjectOf));
  return before.filter((condition) => condition.status === 'False' && !open.has(subjectOf(condition)));
}

/** What a condition is about, whatever it says of it. */
function subjectOf({ type, parameter, path, resource }: Condition): string {
  return JSON.stringify([type, parameter, path, resource]);
}

function conditionPlace(condition: Condition): string {
  return JSON.stringify([
    condition.type,
    condition.status,
    condition.reason,
    condition.parameter,
    condition.path,
    condition.resource,
  ]);
}
