import type { Condition } from '../../../reconcile/plan.ts';
import type { Parameter, Reading } from '../../../reconcile/reading.ts';
import { onceEachBeside } from '../../../reconcile/recall.ts';
import { openJson } from '../document.ts';
import type { AppNames } from '../names.ts';
import { invalid, restoreCommand, shown } from '../wording.ts';
import { commandInput, INPUT_MAX } from './command.ts';
import { canonicalCron, cronProblem } from './cron.ts';

/** More tasks than any parameter holds; a bound for everything that is made from them. */
const TASKS_MAX = 250;

/** More mistakes than this are counted, not listed. */
const MISTAKES_MAX = 10;

/** One scheduled task. It has no name: the same command at the same times may be wanted twice. */
export interface ScheduledTask {
  /** Six fields as EventBridge gets them. */
  readonly schedule: string;
  readonly command: string;
}

/** The `scheduled-tasks` of an app; valid as a whole or not at all. */
export interface SchedulesDesired {
  /** `broken`: what is there stays as it is. `absent` and an empty list both mean that no task is wanted. */
  readonly state: 'found' | 'absent' | 'broken';
  readonly tasks: readonly ScheduledTask[];
  readonly conditions: readonly Condition[];
}

const SHAPE = 'a JSON array [{"schedule": "<six cron fields, UTC>", "command": "…"}]';
const BROKEN = 'All scheduled tasks stay as they are until then.';

const NO_SCHEDULES: SchedulesDesired = { state: 'absent', tasks: [], conditions: [] };

/** Parses `scheduled-tasks`; nothing of it counts when any of it is wrong. */
export const parseScheduledTasks = onceEachBeside(parseTasks);

function parseTasks(reading: Reading<Parameter>, names: AppNames): SchedulesDesired {
  const name = names.documents.scheduledTasks;
  if (name === undefined) return NO_SCHEDULES;
  const opened = openJson(name, reading, { allowed: SHAPE, now: BROKEN, command: exampleCommand(name) });
  if (opened.state === 'absent') return NO_SCHEDULES;
  if (opened.state === 'broken') return broken(opened.conditions);
  const { parameter, value } = opened;
  const list = Array.isArray(value) ? value : undefined;
  const mistakes = list === undefined ? [notAList(value)] : list.flatMap(mistakesIn);
  if (list !== undefined && list.length > TASKS_MAX) {
    mistakes.unshift({ reason: 'TooMuch', found: `${list.length} tasks`, allowed: `at most ${TASKS_MAX}` });
  }
  if (mistakes.length > 0) return broken(conditionsOf(mistakes, parameter));
  // Every entry was just found to have both.
  const tasks = (list ?? []).map(({ schedule, command }: ScheduledTask) => ({
    schedule: canonicalCron(schedule),
    command: command.trim(),
  }));
  return { state: 'found', tasks, conditions: opened.remarks };
}

interface Mistake {
  readonly path?: string;
  readonly reason: string;
  readonly found: string;
  readonly allowed: string;
}

function broken(conditions: readonly Condition[]): SchedulesDesired {
  return { state: 'broken', tasks: [], conditions };
}

function notAList(value: unknown): Mistake {
  return { reason: 'NotAList', found: shown(value), allowed: SHAPE };
}

function mistakesIn(entry: unknown, index: number): Mistake[] {
  const path = `[${index}]`;
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    return [
      { path, reason: 'InvalidTask', found: shown(entry), allowed: '{"schedule": "…", "command": "…"}' },
    ];
  const schedule = 'schedule' in entry ? entry.schedule : undefined;
  const command = 'command' in entry ? entry.command : undefined;
  return [...scheduleMistake(schedule, `${path}.schedule`), ...commandMistake(command, `${path}.command`)];
}

function scheduleMistake(schedule: unknown, path: string): Mistake[] {
  if (typeof schedule !== 'string') {
    const found = schedule === undefined ? 'missing' : shown(schedule);
    return [{ path, reason: 'InvalidSchedule', found, allowed: 'six cron fields such as "0 3 * * ? *"' }];
  }
  const problem = cronProblem(schedule);
  if (problem === undefined) return [];
  const { position, found, suggestion } = problem;
  const hint = suggestion === undefined ? '' : `; you may mean "${suggestion}"`;
  return [
    {
      path,
      reason: 'InvalidSchedule',
      found: `wrong at character ${position}: it has ${found}`,
      allowed: `${problem.allowed}${hint}`,
    },
  ];
}

function commandMistake(command: unknown, path: string): Mistake[] {
  if (typeof command !== 'string' || command.trim() === '') {
    const found = command === undefined ? 'missing' : command === '' ? 'empty' : shown(command);
    return [{ path, reason: 'InvalidCommand', found, allowed: 'a shell command line' }];
  }
  const length = commandInput(command.trim(), { container: 'scheduler', wrap: 'shell' }).length;
  if (length <= INPUT_MAX) return [];
  const found = `too long: EventBridge would hand over ${length} characters for it`;
  const allowed = `at most ${INPUT_MAX}; put it into a script of the image`;
  return [{ path, reason: 'InvalidCommand', found, allowed }];
}

function conditionsOf(mistakes: readonly Mistake[], parameter: Parameter): Condition[] {
  const command = restoreCommand(parameter) ?? exampleCommand(parameter.name);
  const conditions = mistakes
    .slice(0, MISTAKES_MAX)
    .map((mistake) => invalid({ parameter, ...mistake, now: BROKEN, command }));
  const unlisted = mistakes.length - conditions.length;
  if (unlisted > 0) {
    const mistake = { reason: 'TooMuch', found: `wrong in ${unlisted} more places`, allowed: SHAPE };
    conditions.push(invalid({ parameter, ...mistake, now: BROKEN, command }));
  }
  return conditions;
}

/** Commands are never repeated: they are the app's own business. */
function exampleCommand(parameter: string): string {
  return `aws ssm put-parameter --name ${parameter} --type String --overwrite --value '[{"schedule":"0 3 * * ? *","command":"COMMAND"}]'`;
}
