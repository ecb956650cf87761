import {
  type EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
} from '@aws-sdk/client-eventbridge';
import { ABSENT, type Reading } from '../reconcile/reading.ts';
import { readList } from './complete.ts';
import type { Rule, RuleTarget } from './shapes.ts';

/** A hundred rules a page; ten times what an account is given when it asks for more. */
const RULE_PAGES_MAX = 200;

/** A rule has five targets at most. */
const TARGET_PAGES_MAX = 5;

/** Rules of the default bus, the only one that takes schedules; those whose name begins with `prefix`, if given. */
export function listRules(
  events: EventBridgeClient,
  prefix: string | undefined,
): Promise<Reading<readonly Rule[]>> {
  return readList(
    'rules',
    () => RULE_PAGES_MAX,
    async (NextToken) => {
      const page = await events.send(new ListRulesCommand({ NamePrefix: prefix, Limit: 100, NextToken }));
      return { items: page.Rules ?? [], next: page.NextToken };
    },
  );
}

/** Targets of one rule; absent when there is no such rule. */
export async function listTargets(
  events: EventBridgeClient,
  rule: string,
): Promise<Reading<readonly RuleTarget[]>> {
  const read = await readList(
    `targets of ${rule}`,
    () => TARGET_PAGES_MAX,
    async (NextToken) => {
      const page = await events.send(new ListTargetsByRuleCommand({ Rule: rule, NextToken }));
      return { items: page.Targets ?? [], next: page.NextToken };
    },
  );
  const isGone = read.state === 'unreadable' && read.failure.code === 'ResourceNotFoundException';
  return isGone ? ABSENT : read;
}
