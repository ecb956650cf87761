import { type Action, type Condition, type Difference, digestOf } from '../../../reconcile/plan.ts';
import type { Reading } from '../../../reconcile/reading.ts';
import { type AppNames, actionId } from '../names.ts';
import type { PutRule, PutTargets, RemoveTargets, RuleContent, SchedulesAction } from './actions.ts';
import { TARGETS_MAX, type WantedRule } from './grouping.ts';
import { ruleDescription } from './marks.ts';
import type { VerifiedRule } from './memory.ts';
import type { ObservedRule } from './observed.ts';
import { type TargetDocument, targetsDigest, wantedTargetsDigest } from './targets.ts';

/** A rule of ours that is wanted, and all that is known of it. */
export interface RuleInput {
  readonly wanted: WantedRule;
  /** Absent when there is no such rule. */
  readonly observed?: ObservedRule;
  /** Its targets, when they were read now. */
  readonly targets?: Reading<readonly TargetDocument[]>;
  /** What its targets were when they were read last and nothing was changed since. */
  readonly verified?: VerifiedRule;
  readonly content: RuleContent;
  readonly names: AppNames;
  readonly now: number;
}

export interface RulePlan {
  readonly actions: readonly SchedulesAction[];
  readonly differences: readonly Difference[];
  readonly conditions: readonly Condition[];
  /** Set when nothing is to be done: what was seen. */
  readonly verified?: VerifiedRule;
}

const NOTHING: RulePlan = { actions: [], differences: [], conditions: [] };

/**
 * Plans one rule.
 *
 * A new rule needs PutRule first, for targets are put on a rule; without targets it runs nothing, so a crash in
 * between runs no half of it. Its description already has the digest of the targets it is to get: that saves
 * a third call, and is harmless because a description is believed only together with what was remembered from
 * reading the targets. Nothing is remembered of a rule that was just written, so the next pass reads
 * them, finds out about a crash or about targets that EventBridge refused with HTTP 200, and heals.
 *
 * A rule that is there gets its targets first and its description last: until all is done the old digest says
 * that something is left to do. Targets are added before others are taken off, since running a task twice is
 * what EventBridge's schedules may do anyway and missing one is not, unless there is no room for both.
 */
export function planRule(input: RuleInput): RulePlan {
  const { observed, targets, wanted } = input;
  if (observed === undefined)
    return { ...NOTHING, actions: newRule(input), differences: [difference(input, 'absent')] };
  if (targets?.state === 'unreadable') {
    const { code: reason, message: why } = targets.failure;
    const message = `The targets of ${ruleResource(wanted.name)} could not be read: ${why} It stays as it is until they can.`;
    const resource = ruleResource(wanted.name);
    return { ...NOTHING, conditions: [{ type: 'Readable', status: 'False', reason, message, resource }] };
  }
  const seen = seenTargets(input);
  return seen === undefined ? NOTHING : changes(input, observed, seen);
}

/** What a rule runs now. */
interface Seen {
  readonly digest: string;
  readonly ids: readonly string[];
  readonly at: number;
}

function seenTargets({ targets, verified, now }: RuleInput): Seen | undefined {
  if (targets === undefined)
    return verified === undefined ? undefined : { ...verified, ids: verified.targets };
  const list = targets.state === 'found' ? targets.value : [];
  return { digest: targetsDigest(list), ids: list.flatMap(({ Id }) => Id ?? []), at: now };
}

function changes(input: RuleInput, observed: ObservedRule, seen: Seen): RulePlan {
  const { wanted, content, names } = input;
  const digest = wantedDigest(content);
  const isRuleRight =
    digest !== undefined &&
    observed.description === ruleDescription(names.owner, digest) &&
    observed.expression === wanted.expression &&
    observed.enabled &&
    !observed.altered;
  const areTargetsRight = digest === seen.digest;
  if (isRuleRight && areTargetsRight) {
    return { ...NOTHING, verified: { name: wanted.name, digest, targets: [...seen.ids], at: seen.at } };
  }
  const targets = areTargetsRight ? [] : targetChanges(input, seen);
  const rule = isRuleRight
    ? []
    : [
        putRule(
          input,
          targets.map(({ id }) => id),
        ),
      ];
  const observedText = areTargetsRight ? ruleState(observed) : `${seen.ids.length} targets, not as wanted`;
  return { ...NOTHING, actions: [...targets, ...rule], differences: [difference(input, observedText)] };
}

/** Undefined while the revision is not registered: then the rule's targets are others in any case. */
function wantedDigest({ revision, tasks, place }: RuleContent): string | undefined {
  if (!('arn' in revision)) return undefined;
  return wantedTargetsDigest(tasks, { place, arn: revision.arn });
}

function newRule(input: RuleInput): SchedulesAction[] {
  const rule = putRule(input, []);
  return [rule, putTargets(input, [rule.id])];
}

function targetChanges(input: RuleInput, seen: Seen): SchedulesAction[] {
  const wanted = new Set(input.wanted.tasks.map(({ id }) => id));
  const stale = seen.ids.filter((id) => !wanted.has(id));
  if (stale.length === 0) return [putTargets(input, [])];
  if (wanted.size + stale.length > TARGETS_MAX) {
    const remove = removeTargets(input, stale, []);
    return [remove, putTargets(input, [remove.id])];
  }
  const put = putTargets(input, []);
  return [put, removeTargets(input, stale, [put.id])];
}

function putRule({ wanted, content, names }: RuleInput, after: readonly string[]): PutRule {
  const { name: rule, expression } = wanted;
  return {
    id: actionId('schedules', rule, 'rule'),
    type: 'putRule',
    resource: ruleResource(rule),
    rule,
    expression,
    owner: names.owner,
    content,
    fingerprint: contentDigest(expression, content),
    after: [...registration(content), ...after],
  };
}

function putTargets({ wanted, content }: RuleInput, after: readonly string[]): PutTargets {
  const digest = contentDigest(wanted.name, content);
  return {
    id: actionId('schedules', wanted.name, 'targets'),
    type: 'putTargets',
    resource: ruleResource(wanted.name),
    rule: wanted.name,
    content,
    intent: digest,
    fingerprint: digest,
    after: [...registration(content), ...after],
  };
}

function removeTargets(
  { wanted }: RuleInput,
  ids: readonly string[],
  after: readonly string[],
): RemoveTargets {
  const { name: rule } = wanted;
  const id = actionId('schedules', rule, 'trim');
  const resource = ruleResource(rule);
  return { id, type: 'removeTargets', resource, rule, ids, intent: digestOf([rule, ids]), after };
}

/** The same before and after the revision's ARN is known. */
function contentDigest(of: string, { tasks, place, revision }: RuleContent): string {
  return digestOf({ of, tasks, place, revision: revision.digest });
}

function registration({ revision }: RuleContent): readonly string[] {
  return 'from' in revision ? [revision.from] : [];
}

/** A rule as people and conditions call it. */
export function ruleResource(name: string): Action['resource'] {
  return `rule ${name}`;
}

/** Commands are the app's own business and not shown. */
function difference({ wanted }: RuleInput, observed: string): Difference {
  const { name, expression, tasks } = wanted;
  const count = tasks.length === 1 ? '1 task' : `${tasks.length} tasks`;
  return { path: `schedules/${name}`, desired: `${expression}, ${count}`, observed };
}

function ruleState({ expression, enabled, altered }: ObservedRule): string {
  return `${expression === '' ? 'no schedule' : expression}${enabled ? '' : ', disabled'}${altered ? ', altered' : ''}`;
}
