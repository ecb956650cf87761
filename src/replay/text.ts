import { formatDuration, formatElapsed } from './instant.ts';
import { actionLine, conditionLine } from './lines.ts';
import type { SnapshotReport, StepReport } from './report.ts';
import { foldActions } from './summary.ts';

/** More lines of a kind than this are counted. */
const LINES_MAX = 12;
const LINE_MAX = 160;

/** A report as a person reads it in a terminal; who checks a library reads only of what is not as recorded. */
export function renderText(report: SnapshotReport): string {
  const isAsRecorded = report.check?.same === true && verdictOf(report) === 'ok';
  const steps = report.steps.filter((step) => step.step === 0 || step.changes > 0);
  const lines = [
    `${verdictOf(report).padEnd(12)} ${report.name}`,
    `             ${report.about}`,
    ...(isAsRecorded ? [] : steps.flatMap((step) => stepLines(step, report))),
    ...report.unsettled.map((why) => `  not settled: ${why}`),
    ...report.violations.map(({ invariant, what }) => `  broken promise ${invariant}: ${what}`),
    ...checkLines(report),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

/** Names and values are other people's: none of them may move the cursor or change colours. */
function printable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, '\ufffd');
}

/** One word for how a replay went: `ok`, `differs`, `not settled`, `broken`. */
export function verdictOf({ settled, violations, check }: SnapshotReport): string {
  if (violations.length > 0) return 'broken';
  if (!settled) return 'not settled';
  return check?.same === false ? 'differs' : 'ok';
}

function stepLines(step: StepReport, report: SnapshotReport): readonly string[] {
  const elapsed = formatElapsed(Date.parse(step.at) - Date.parse(report.startAt));
  const { differences, rollouts, conditions, failures, refused } = step;
  const actions = foldActions(step.actions.map(({ afterMs: _afterMs, ...action }) => action));
  return [
    `  ${elapsed}  ${step.what}  (${effortOf(step)})`,
    ...some('refused', refused),
    ...some('differs', differences.map(differenceLine)),
    ...some('did', actions.map(actionLine)),
    ...some('rollout', rollouts.map(rolloutLine)),
    ...someConditions(conditions),
    ...some('failed', failures),
  ];
}

/** The first of many lines, each cut to a length that can be read; JSON has all of them whole. */
function some(kind: string, lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, LINES_MAX).map((line) => `      ${kind.padEnd(9)}${cut(line)}`);
  return lines.length > LINES_MAX
    ? [...shown, `      ${kind.padEnd(9)}and ${lines.length - LINES_MAX} more`]
    : shown;
}

function someConditions(conditions: StepReport['conditions']): readonly string[] {
  const shown = conditions.slice(0, LINES_MAX).map((condition) => `      ${conditionLine(condition)}`);
  const rest = conditions.length - shown.length;
  return rest > 0 ? [...shown, `      ${'says'.padEnd(9)}and ${rest} more`] : shown;
}

function cut(line: string): string {
  return line.length <= LINE_MAX ? line : `${line.slice(0, LINE_MAX - 1)}…`;
}

/** `shop: services/web/desiredCount is 1, should be 2` */
export function differenceLine({ app, path, desired, observed }: StepReport['differences'][number]): string {
  return `${app}: ${path} is ${shown(observed)}, should be ${shown(desired)}`;
}

/** `main/shop-web failed after 6.3 s (why)` */
export function rolloutLine({ service, ended, tookMs, reason }: StepReport['rollouts'][number]): string {
  const took = tookMs === undefined ? '' : ` after ${formatDuration(tookMs)}`;
  return `${service} ${ended}${took}${reason === undefined ? '' : ` (${reason})`}`;
}

function effortOf({ convergedMs, passes, calls }: StepReport): string {
  const count = Object.values(calls).reduce((sum, value) => sum + value, 0);
  const moved = convergedMs === 0 ? 'nothing to do' : `settled in ${formatDuration(convergedMs)}`;
  return `${moved}; ${passes} ${passes === 1 ? 'pass' : 'passes'}, ${count} calls`;
}

function checkLines({ check }: SnapshotReport): readonly string[] {
  if (check === undefined || check.same) return [];
  return [
    '  differs from what is recorded (- recorded, + replayed):',
    ...check.lines.map((line) => `  ${line}`),
  ];
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The last line: how many snapshots went how. */
export function renderSummary(reports: readonly SnapshotReport[]): string {
  const verdicts = new Map<string, number>();
  for (const report of reports) verdicts.set(verdictOf(report), (verdicts.get(verdictOf(report)) ?? 0) + 1);
  const counts = [...verdicts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([verdict, count]) => `${count} ${verdict === 'differs' && count !== 1 ? 'differ' : verdict}`);
  return `${reports.length} ${reports.length === 1 ? 'snapshot' : 'snapshots'}: ${counts.join(', ')}\n`;
}
