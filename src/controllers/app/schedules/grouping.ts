import { digestOf } from '../../../reconcile/plan.ts';
import { onceEachBeside } from '../../../reconcile/recall.ts';
import type { AppNames } from '../names.ts';
import type { ScheduledTask } from './desired.ts';
import { ruleName } from './marks.ts';

/** EventBridge's limit, which is not adjustable. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
export const TARGETS_MAX = 5;

/** A rule that is wanted. */
export interface WantedRule {
  readonly name: string;
  /** `cron(0 3 * * ? *)`. */
  readonly expression: string;
  readonly tasks: readonly WantedTask[];
}

/** One task of a rule; its id is the target's. */
export interface WantedTask {
  readonly id: string;
  readonly command: string;
}

/**
 * The rules that run these tasks: those of one schedule together, five to a rule, in the order in which they
 * were put. A task added at the end changes one rule; the order inside a rule changes nothing.
 */
export const wantedRules = onceEachBeside(
  (tasks: readonly ScheduledTask[], names: Pick<AppNames, 'app' | 'owner'>): readonly WantedRule[] => {
    const groups = new Map<string, string[]>();
    for (const { schedule, command } of tasks) {
      const commands = groups.get(schedule);
      if (commands === undefined) groups.set(schedule, [command]);
      else commands.push(command);
    }
    return [...groups].flatMap(([schedule, commands]) => rulesOf(schedule, withIds(commands), names));
  },
);

function rulesOf(
  schedule: string,
  tasks: readonly WantedTask[],
  names: Pick<AppNames, 'app' | 'owner'>,
): WantedRule[] {
  const count = Math.ceil(tasks.length / TARGETS_MAX);
  return Array.from({ length: count }, (_, index) => ({
    name: ruleName(names, schedule, index),
    expression: `cron(${schedule})`,
    tasks: tasks.slice(index * TARGETS_MAX, (index + 1) * TARGETS_MAX),
  }));
}

/** Ids follow from the command, so that a task keeps its own when others come and go; equal ones are counted. */
function withIds(commands: readonly string[]): WantedTask[] {
  const seen = new Map<string, number>();
  return commands.map((command) => {
    const count = seen.get(command) ?? 0;
    seen.set(command, count + 1);
    return { id: `${digestOf(command)}-${count}`, command };
  });
}
