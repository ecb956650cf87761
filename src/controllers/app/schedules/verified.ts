import type { Status } from '../../../reconcile/status.ts';
import { type AppNames, actionId } from '../names.ts';
import { digestIn } from './marks.ts';
import type { VerifiedRule } from './memory.ts';
import type { ObservedRule } from './observed.ts';

/**
 * Whether what was seen of a rule's targets still holds: its description says the same, and no write to them is
 * under way of which we do not know whether it took effect.
 */
export function isStillTrue(
  seen: VerifiedRule,
  rule: ObservedRule | undefined,
  { owner }: Pick<AppNames, 'owner'>,
  status: Pick<Status, 'intents'>,
): boolean {
  if (rule === undefined || digestIn(rule.description, owner) !== seen.digest) return false;
  return openIntents(seen.name, status).length === 0;
}

/** Open intents about the targets of a rule. */
export function openIntents(rule: string, { intents }: Pick<Status, 'intents'>): readonly string[] {
  const start = actionId('schedules', rule, '');
  return intents.map(({ action }) => action).filter((action) => action.startsWith(start));
}
