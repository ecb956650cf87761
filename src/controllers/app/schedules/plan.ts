import type { Difference } from '../../../reconcile/plan.ts';
import { actionId } from '../names.ts';
import type { SubPlan } from '../subplan.ts';
import type { DeleteRule, SchedulesAction } from './actions.ts';
import { parseSchedulesMemory } from './memory.ts';
import type { ObservedRule } from './observed.ts';
import { planPuts } from './puts.ts';
import { ruleResource } from './rule.ts';
import { type SchedulesInput, sortRules } from './sorting.ts';
import { unreadableRules } from './wording.ts';

/**
 * Plans the rules of an app and the revision that they run. A rule that is ours and not wanted goes, whether its
 * schedule was taken from the list or the whole parameter is gone; a list that cannot be used changes nothing.
 */
export function planSchedules(input: SchedulesInput): SubPlan<SchedulesAction> {
  const { facts, desired, names } = input;
  const memory = parseSchedulesMemory(input.memory);
  const nothing = { actions: [], differences: [], memory };
  if (facts.rules.state === 'absent') return { ...nothing, conditions: desired.conditions };
  if (facts.rules.state === 'unreadable') {
    const conditions = [...desired.conditions, unreadableRules(names, facts.rules.failure)];
    // Nobody knows what is there, so for now something is: the app is not gone.
    return { ...nothing, conditions, marked: 1 };
  }
  const sorted = sortRules(facts.rules.value, input);
  const gone = desired.state === 'broken' ? [] : sorted.unwanted;
  const deletions = gone.map(deleteRule);
  const puts = planPuts(input, sorted, memory, deletions);
  return {
    ...puts,
    actions: [...deletions, ...puts.actions],
    differences: [...gone.map(vanishing), ...puts.differences],
    conditions: [...desired.conditions, ...puts.conditions],
    marked: sorted.owned.size,
    deletionsAsked: desired.state === 'found' && desired.tasks.length === 0,
  };
}

function deleteRule({ name }: ObservedRule): DeleteRule {
  const id = actionId('schedules', name, 'delete');
  return { id, type: 'deleteRule', resource: ruleResource(name), rule: name, deletes: true };
}

function vanishing({ name, expression }: ObservedRule): Difference {
  return { path: `schedules/${name}`, desired: 'absent', observed: expression };
}
