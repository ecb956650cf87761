import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { type Document, defined, flag, missing, requiredTexts, structures } from '../members.ts';
import { compare } from '../paging.ts';
import { listPage, NAME, readReference } from './rules.ts';
import { type EventsState, findRule, invalid, type Rule, refuseManaged, type Target } from './state.ts';
import { authorizeRole, readTarget } from './target-input.ts';

/** Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html, not adjustable. */
const TARGETS_MAX = 5;
/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html */
const ENTRIES_MAX = 10;

/** One entry of a PutTargets or RemoveTargets call, as a rule for failures sees it. */
export interface TargetEntry {
  readonly operation: 'PutTargets' | 'RemoveTargets';
  readonly bus: string;
  readonly rule: string;
  readonly targetId: string;
}

/** Draws the error code an entry fails with; nothing when it succeeds. */
export type FailureDraw = (entry: TargetEntry) => string | undefined;

interface FailedEntry {
  readonly TargetId: string;
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** Upserts by id. Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html */
export function putTargets(state: EventsState, draw: FailureDraw, input: Document, caller: Caller): unknown {
  const { bus, name } = readReference(state, input, 'PutTargets', caller, 'Rule');
  const given = structures(input, 'Targets', { min: 1, max: ENTRIES_MAX });
  if (given === undefined) throw missing('targets');
  const targets = given.map((entry, index) =>
    readTarget(state.context, entry, `targets.${index + 1}.member.`),
  );
  for (const target of targets) authorizeRole(state.context, target, caller);
  const rule = findRule(state, bus, name);
  refuseManaged(rule);
  checkTargets(rule, targets);
  const failed = drawFailures(
    draw,
    { operation: 'PutTargets', bus, rule: name },
    targets.map(({ Id }) => Id),
  );
  const stored = new Map(rule.targets);
  for (const target of targets) if (!failed.has(target.Id)) stored.set(target.Id, target);
  state.setRule(bus, name, { ...rule, targets: stored });
  return { FailedEntryCount: failed.size, FailedEntries: [...failed.values()] };
}

/** Throws when the rule would have too many targets, or one twice. */
export function checkTargets(rule: Rule, targets: readonly Target[]): void {
  if (new Set(targets.map(({ Id }) => Id)).size < targets.length) {
    throw invalid('Duplicate target ids are not allowed in one request.');
  }
  if (new Set([...rule.targets.keys(), ...targets.map(({ Id }) => Id)]).size > TARGETS_MAX) {
    throw new AwsError(
      'LimitExceededException',
      'The requested resource exceeds the maximum number allowed.',
    );
  }
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemoveTargets.html */
export function removeTargets(
  state: EventsState,
  draw: FailureDraw,
  input: Document,
  caller: Caller,
): unknown {
  const { bus, name } = readReference(state, input, 'RemoveTargets', caller, 'Rule');
  const ids = requiredTexts(input, 'Ids', { min: 1, max: ENTRIES_MAX }, NAME);
  const rule = findRule(state, bus, name);
  refuseManaged(rule, flag(input, 'Force'));
  const failed = drawFailures(draw, { operation: 'RemoveTargets', bus, rule: name }, ids);
  const gone = ids.filter((id) => !failed.has(id));
  const targets = new Map([...rule.targets].filter(([id]) => !gone.includes(id)));
  state.setRule(bus, name, { ...rule, targets });
  return { FailedEntryCount: failed.size, FailedEntries: [...failed.values()] };
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html */
export function listTargetsByRule(state: EventsState, input: Document, caller: Caller): unknown {
  const { bus, name } = readReference(state, input, 'ListTargetsByRule', caller, 'Rule');
  const targets = [...findRule(state, bus, name).targets.values()].sort((a, b) => compare(a.Id, b.Id));
  const page = listPage(input, `ListTargetsByRule ${bus} ${name}`, targets, ({ Id }) => Id);
  return defined({ Targets: page.items, NextToken: page.nextToken });
}

function drawFailures(
  draw: FailureDraw,
  call: Omit<TargetEntry, 'targetId'>,
  ids: readonly string[],
): ReadonlyMap<string, FailedEntry> {
  const failed = new Map<string, FailedEntry>();
  for (const id of ids) {
    const code = draw({ ...call, targetId: id });
    if (code === undefined) continue;
    failed.set(id, {
      TargetId: id,
      ErrorCode: code,
      ErrorMessage: `${call.operation} failed for target ${id} of rule ${call.rule}.`,
    });
  }
  return failed;
}
