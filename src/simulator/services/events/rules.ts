import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { type Document, defined, flag, requiredText, text, wholeNumber } from '../members.ts';
import { beginningWith, cutSorted, readToken } from '../paging.ts';
import { readTags, type Tags } from '../tags.ts';
import { usesWildcards } from './matchers.ts';
import { compilePattern } from './pattern.ts';
import { parseSchedule } from './schedule.ts';
import {
  DEFAULT_BUS,
  type EventsState,
  findRule,
  invalid,
  type Rule,
  readBus,
  refuseManaged,
  ruleArn,
  STATES,
} from './state.ts';

/** Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const SMALL_REGIONS = ['af-south-1', 'eu-south-1'];
const RULES_MAX = 300;
const RULES_MAX_SMALL = 100;
const WILDCARD_RULES_MAX = 30;
const PATTERN_MAX = 2048;
const TAGS_MAX = 50;
const PAGE_MAX = 100;

/** Names of rules and ids of targets. */
export const NAME = { min: 1, max: 64, pattern: /^[.\-_A-Za-z0-9]+$/ } as const;

/** What PutRule says of a rule. */
export type RuleDraft = Pick<
  Rule,
  'name' | 'state' | 'description' | 'eventPattern' | 'scheduleExpression' | 'roleArn'
>;

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html */
export function putRule(state: EventsState, input: Document, caller: Caller): unknown {
  const { context } = state;
  const draft = readDraft(input);
  const tags = readTags(input, 'Tags', TAGS_MAX);
  const bus = readBus(state, input);
  const arn = ruleArn(context, bus, draft.name);
  context.authorize('events:PutRule', arn, caller);
  if (tags !== undefined) context.authorize('events:TagResource', arn, caller);
  if (draft.roleArn !== undefined) context.authorize('iam:PassRole', draft.roleArn, caller);
  checkDraft(draft, bus);
  const existing = state.rule(bus, draft.name);
  refuseManaged(existing);
  checkQuotas(state, bus, draft, existing);
  state.setRule(bus, draft.name, makeRule(draft, { bus, existing, tags, now: context.clock.now() }));
  return { RuleArn: arn };
}

/** Throws when EventBridge would refuse the rule, whoever asks. */
export function checkDraft(draft: RuleDraft, bus: string): void {
  const { eventPattern, scheduleExpression } = draft;
  if (eventPattern === undefined && scheduleExpression === undefined) {
    throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.');
  }
  if (scheduleExpression !== undefined) {
    if (bus !== DEFAULT_BUS) throw invalid('ScheduleExpression is supported only on the default event bus.');
    if (parseSchedule(scheduleExpression) === undefined) {
      throw invalid('Parameter ScheduleExpression is not valid.');
    }
  }
  if (eventPattern === undefined) return;
  if (eventPattern.length > PATTERN_MAX) {
    throw new AwsError(
      'LimitExceededException',
      'The requested resource exceeds the maximum number allowed.',
    );
  }
  compilePattern(eventPattern);
}

/**
 * The rule as it is after PutRule: what the draft leaves out is gone, targets stay, and tags count only for
 * a new rule.
 */
export function makeRule(
  draft: RuleDraft,
  facts: {
    readonly bus: string;
    readonly existing: Rule | undefined;
    readonly tags: Tags | undefined;
    readonly now: number;
  },
): Rule {
  const { bus, existing, tags, now } = facts;
  const sameSchedule = existing !== undefined && existing.scheduleExpression === draft.scheduleExpression;
  return {
    ...draft,
    bus,
    tags: existing?.tags ?? tags ?? new Map(),
    targets: existing?.targets ?? new Map(),
    startedAt: sameSchedule ? existing.startedAt : now,
  };
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html */
export function deleteRule(state: EventsState, input: Document, caller: Caller): unknown {
  const { bus, name } = readReference(state, input, 'DeleteRule', caller);
  const rule = state.rule(bus, name);
  // "If you call delete rule multiple times for the same rule, all calls will succeed."
  if (rule === undefined) return {};
  refuseManaged(rule, flag(input, 'Force'));
  if (rule.targets.size > 0) throw invalid("Rule can't be deleted since it has targets.");
  state.setRule(bus, name, undefined);
  return {};
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html */
export function describeRule(state: EventsState, input: Document, caller: Caller): unknown {
  const { bus, name } = readReference(state, input, 'DescribeRule', caller);
  return { ...showRule(state, findRule(state, bus, name)), CreatedBy: state.context.account };
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EnableRule.html */
export function switchRule(
  state: EventsState,
  operation: 'EnableRule' | 'DisableRule',
  input: Document,
  caller: Caller,
): unknown {
  const { bus, name } = readReference(state, input, operation, caller);
  const rule = findRule(state, bus, name);
  refuseManaged(rule);
  state.setRule(bus, name, { ...rule, state: operation === 'EnableRule' ? 'ENABLED' : 'DISABLED' });
  return {};
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html */
export function listRules(state: EventsState, input: Document, caller: Caller): unknown {
  const { context } = state;
  const prefix = text(input, 'NamePrefix', NAME) ?? '';
  const bus = readBus(state, input);
  context.authorize('events:ListRules', ruleArn(context, bus, '*'), caller);
  const rules = beginningWith(state.rulesOf(bus), (rule) => rule.name, prefix);
  const page = listPage(input, `ListRules ${bus} ${prefix}`, rules, (rule) => rule.name);
  return defined({ Rules: page.items.map((rule) => showRule(state, rule)), NextToken: page.nextToken });
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html */
export function listRuleNamesByTarget(state: EventsState, input: Document, caller: Caller): unknown {
  const { context } = state;
  const target = requiredText(input, 'TargetArn', { min: 1, max: 1600 });
  const bus = readBus(state, input);
  context.authorize('events:ListRuleNamesByTarget', ruleArn(context, bus, '*'), caller);
  const names = state
    .rulesOf(bus)
    .filter((rule) => [...rule.targets.values()].some(({ Arn }) => Arn === target))
    .map((rule) => rule.name);
  const page = listPage(input, `ListRuleNamesByTarget ${bus} ${target}`, names, (name) => name);
  return defined({ RuleNames: page.items, NextToken: page.nextToken });
}

/** One page of any of EventBridge's lists, whose items are in the order of their names: `Limit` of at most 100, `NextToken`. */
export function listPage<Item>(
  input: Document,
  scope: string,
  items: readonly Item[],
  nameOf: (item: Item) => string,
): { readonly items: readonly Item[]; readonly nextToken?: string } {
  const take = wholeNumber(input, 'Limit', { min: 1, max: PAGE_MAX }) ?? PAGE_MAX;
  const after = readToken(text(input, 'NextToken', { min: 1, max: 2048 }), scope);
  if (after === false) throw new AwsError('InvalidToken', 'The pagination token is not valid.');
  return cutSorted(items, nameOf, { scope, take, ...(after === undefined ? {} : { after }) });
}

/** Reads the bus and name of a rule, and checks that the caller may do `action` to it. */
export function readReference(
  state: EventsState,
  input: Document,
  action: string,
  caller: Caller,
  member = 'Name',
): { readonly bus: string; readonly name: string } {
  const name = requiredText(input, member, NAME);
  const bus = readBus(state, input);
  state.context.authorize(`events:${action}`, ruleArn(state.context, bus, name), caller);
  return { bus, name };
}

function readDraft(input: Document): RuleDraft {
  const rule = text(input, 'State', { oneOf: STATES });
  return defined({
    name: requiredText(input, 'Name', NAME),
    description: text(input, 'Description', { max: 512 }),
    eventPattern: text(input, 'EventPattern', { max: 4096 }) || undefined,
    scheduleExpression: text(input, 'ScheduleExpression', { max: 256 }) || undefined,
    roleArn: text(input, 'RoleArn', { min: 1, max: 1600 }),
    state: STATES.find((known) => known === rule) ?? 'ENABLED',
  });
}

function checkQuotas(state: EventsState, bus: string, draft: RuleDraft, existing: Rule | undefined): void {
  const rules = state.rulesOf(bus);
  const most = SMALL_REGIONS.includes(state.context.region) ? RULES_MAX_SMALL : RULES_MAX;
  const wildcards = rules.filter(
    (rule) => rule.name !== draft.name && usesWildcards(rule.eventPattern ?? ''),
  );
  const tooMany = existing === undefined && rules.length >= most;
  if (tooMany || (usesWildcards(draft.eventPattern ?? '') && wildcards.length >= WILDCARD_RULES_MAX)) {
    throw new AwsError(
      'LimitExceededException',
      'The requested resource exceeds the maximum number allowed.',
    );
  }
}

/** Neither tags nor targets are shown. */
function showRule(state: EventsState, rule: Rule): Record<string, unknown> {
  return defined({
    Name: rule.name,
    Arn: ruleArn(state.context, rule.bus, rule.name),
    EventPattern: rule.eventPattern,
    State: rule.state,
    Description: rule.description,
    ScheduleExpression: rule.scheduleExpression,
    RoleArn: rule.roleArn,
    ManagedBy: rule.managedBy,
    EventBusName: rule.bus,
  });
}
