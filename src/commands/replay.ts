import { availableParallelism } from 'node:os';
import { findSnapshots } from '../replay/files.ts';
import { renderPage } from '../replay/html/page.ts';
import type { ReplayResult } from '../replay/job.ts';
import { replayFiles } from '../replay/pool.ts';
import type { SnapshotReport } from '../replay/report.ts';
import { SnapshotError } from '../replay/snapshot.ts';
import { renderSummary, renderText, verdictOf } from '../replay/text.ts';
import { type CommandDefinition, CommandError, type Invocation, type Terminal } from './command.ts';
import { outputOf, toJson } from './format.ts';

const BAR_WIDTH = 30;

export const replayCommand: CommandDefinition = {
  name: 'replay',
  arguments: { usage: '<file...>', help: 'snapshots, and directories of *.snapshot.json' },
  summary: 'Play snapshots through the whole controller on a simulated account, in virtual time.',
  details: `Nothing of AWS is needed or called. Each step of a snapshot is told with what differed, what the controller wrote,
how long it took in virtual time, its AWS calls, rollouts and conditions. The same snapshot gives the same report
on every machine.

Examples:
  trimtab replay today.snapshot.json                 what would this build do?
  trimtab replay snapshots --check                   does it do what is recorded? (docs/upgrade.md)
  trimtab replay snapshots --update                  record what this build does
  trimtab replay snapshots -o html > report.html     a page with a time line for each app

Exit code: 0 everything settled (and with --check is as recorded), 2 not, 1 an error.`,
  settings: [],
  options: [
    { flags: '-o, --output <form>', help: 'text, json or html', fallback: 'text' },
    { flags: '--check', help: 'compare with what is recorded in the snapshots' },
    { flags: '--update', help: 'record in the snapshots what this build does' },
    {
      flags: '--jobs <number>',
      help: 'snapshots at the same time (default: as many as there are processors)',
    },
  ],
  run: runReplay,
};

async function runReplay({ terminal, names, options }: Invocation): Promise<number> {
  const output = outputOf(options, ['text', 'json', 'html']);
  const task = { check: options.check === true, update: options.update === true, charts: output === 'html' };
  if (task.check && task.update) throw new CommandError('--check and --update do not go together');
  const threads = options.jobs === undefined ? availableParallelism() : jobsOf(options.jobs);
  const files = await findFiles(names);
  const results = await replayFiles(files, task, { threads, ...progressBar(terminal) });
  const reports = results.flatMap((result) => (result.type === 'replayed' ? [result.report] : []));
  if (output === 'json') terminal.write(toJson({ snapshots: reports }));
  else if (output === 'html') terminal.write(renderPage(reports));
  else terminal.write(reports.map(renderText).join('') + renderSummary(reports));
  complain(terminal, results);
  return exitCode(results, reports);
}

async function findFiles(paths: readonly string[]) {
  try {
    return await findSnapshots(paths);
  } catch (error) {
    throw error instanceof SnapshotError ? new CommandError(error.message) : error;
  }
}

function complain(terminal: Terminal, results: readonly ReplayResult[]): void {
  for (const result of results) {
    if (result.type === 'unusable') terminal.complain(`trimtab: ${result.message}\n`);
  }
}

function exitCode(results: readonly ReplayResult[], reports: readonly SnapshotReport[]): number {
  if (results.some(({ type }) => type === 'unusable')) return 1;
  return reports.every((report) => verdictOf(report) === 'ok') ? 0 : 2;
}

/** A line that is drawn over and over; only where somebody looks at it. */
function progressBar(terminal: Terminal): { onProgress?: (share: number) => void } {
  if (!terminal.isTerminal) return {};
  let shown = -1;
  return {
    onProgress(share) {
      const percent = Math.floor(share * 100);
      if (percent === shown) return;
      shown = percent;
      const done = Math.round(share * BAR_WIDTH);
      const bar = `${'#'.repeat(done)}${'.'.repeat(BAR_WIDTH - done)}`;
      terminal.complain(percent === 100 ? `\r${' '.repeat(BAR_WIDTH + 10)}\r` : `\r[${bar}] ${percent} %`);
    },
  };
}

function jobsOf(given: unknown): number {
  const jobs = Number(given);
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= 256) return jobs;
  throw new CommandError(`--jobs is "${String(given)}"; it can be 1 to 256`);
}
