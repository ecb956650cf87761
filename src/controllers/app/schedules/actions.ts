import type { Action } from '../../../reconcile/plan.ts';
import type { SchedulerEdits } from './family.ts';
import type { WantedTask } from './grouping.ts';
import type { Placement } from './targets.ts';

/** What a rule is to run: everything its targets are made from. */
export interface RuleContent {
  readonly tasks: readonly WantedTask[];
  readonly place: Placement;
  /** The scheduler's revision: its ARN, or the registration in this plan that gives it. */
  readonly revision: RevisionRef;
}

export type RevisionRef =
  | { readonly digest: string; readonly arn: string }
  | { readonly digest: string; readonly from: string };

/** Registers a revision of the scheduler's family; not safe to repeat. Gives `RevisionResult`. */
export interface RegisterScheduler extends Action {
  readonly type: 'registerScheduler';
  readonly family: string;
  readonly base: string;
  readonly edits: SchedulerEdits;
  readonly owner: string;
  readonly digest: string;
}

/** Writes a rule as a whole: schedule, state, and a description with mark and digest; safe to repeat. */
export interface PutRule extends Action {
  readonly type: 'putRule';
  readonly rule: string;
  readonly expression: string;
  readonly owner: string;
  readonly content: RuleContent;
}

/** Puts all targets of a rule, at most five, in one call. */
export interface PutTargets extends Action {
  readonly type: 'putTargets';
  readonly rule: string;
  readonly content: RuleContent;
}

/** Takes targets off a rule. */
export interface RemoveTargets extends Action {
  readonly type: 'removeTargets';
  readonly rule: string;
  readonly ids: readonly string[];
}

/** Takes a rule away with whatever targets it has; safe to repeat. */
export interface DeleteRule extends Action {
  readonly type: 'deleteRule';
  readonly rule: string;
}

export type SchedulesAction = RegisterScheduler | PutRule | PutTargets | RemoveTargets | DeleteRule;
