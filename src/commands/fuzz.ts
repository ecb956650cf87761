import { findSnapshots, readSnapshot, SNAPSHOT_ENDING, writeSnapshot } from '../replay/files.ts';
import { type FuzzProgress, fuzz } from '../replay/fuzz/fuzzer.ts';
import { openStopwatch, type Shares } from '../replay/fuzz/shares.ts';
import { SHIPPED_SNAPSHOTS } from '../replay/fuzz/shipped.ts';
import { isTrouble, TROUBLES, type Trouble } from '../replay/fuzz/troubles.ts';
import { progressLine, renderFuzz } from '../replay/fuzz/wording.ts';
import { type Snapshot, SnapshotError } from '../replay/snapshot.ts';
import { type CommandDefinition, CommandError, type Invocation, type Terminal } from './command.ts';

const RUNS_MAX = 10_000_000;
const SEED_MAX = 0xffffffff;

/** How often a line of progress is told: on a terminal, where it replaces the one before, and elsewhere. */
const TERMINAL_EVERY_MS = 1_000;
const LOG_EVERY_MS = 10_000;

export const fuzzCommand: CommandDefinition = {
  name: 'fuzz',
  arguments: { usage: '[file...]', help: 'snapshots to start from (default: those that come with trimtab)' },
  summary: 'Look for broken promises: play mutated snapshots with faults, on a simulated account.',
  details: `Starts from snapshots, changes what people want, what befalls the controller and when, plays each case through
the whole controller in virtual time, and checks every promise of docs/snapshots.md. What shows something new is
kept and changed further. A case that breaks a promise is made as small as it can be and written to
fuzz-<seed>${SNAPSHOT_ENDING} in this directory. Nothing of AWS is needed or called. The same seed plays the same cases.

Examples:
  trimtab fuzz --runs 2000 --seed 1                  look for something
  trimtab fuzz --faults lostResponse,kill            with these faults only; none for no faults at all
  trimtab fuzz fuzz-4217${SNAPSHOT_ENDING} --runs 1       see a failure again; trimtab replay tells more of it

--faults: ${TROUBLES.join(', ')}

Exit code: 0 no promise was broken, 2 one was, 1 an error.`,
  settings: [],
  options: [
    { flags: '--runs <number>', help: 'cases to play', fallback: '1000' },
    { flags: '--seed <number>', help: 'what decides everything', fallback: '1' },
    { flags: '--faults <list>', help: 'what may befall the controller, by commas (default: everything)' },
  ],
  run: runFuzz,
};

async function runFuzz({ terminal, names, options }: Invocation): Promise<number> {
  const runs = numberOf(options.runs, '--runs', 1, RUNS_MAX);
  const seed = numberOf(options.seed, '--seed', 0, SEED_MAX);
  const troubles = troublesOf(options.faults);
  const given = await readAll(names.length === 0 ? [SHIPPED_SNAPSHOTS] : names);
  const startedAt = terminal.clock.now();
  const teller = await openTeller(terminal, startedAt);
  const result = await fuzz(given, { runs, seed, troubles, onRun: teller.onRun, stop: terminal.stop });
  await teller.end(result);
  const files = result.found.map((failure) => `fuzz-${failure.seed}${SNAPSHOT_ENDING}`);
  for (const [index, { snapshot }] of result.found.entries()) {
    await writeSnapshot(files[index] ?? '', snapshot);
  }
  terminal.write(renderFuzz(result, seed, files));
  return result.found.length === 0 ? 0 : 2;
}

async function readAll(paths: readonly string[]): Promise<readonly Snapshot[]> {
  try {
    const files = await findSnapshots(paths);
    return await Promise.all(files.map(({ path }) => readSnapshot(path)));
  } catch (error) {
    throw error instanceof SnapshotError ? new CommandError(error.message) : error;
  }
}

interface Teller {
  readonly onRun: (progress: FuzzProgress) => void;
  /** Tells how it ended, with where the time went. */
  end(progress: FuzzProgress): Promise<void>;
}

/** Progress goes where complaints go, so that what is found can be piped. */
async function openTeller(terminal: Terminal, startedAt: number): Promise<Teller> {
  const stopwatch = await openStopwatch();
  const everyMs = terminal.isTerminal ? TERMINAL_EVERY_MS : LOG_EVERY_MS;
  let toldAt = startedAt;
  let shares: Shares | undefined;
  let taking: Promise<void> = Promise.resolve();
  const take = async () => {
    shares = (await stopwatch.take()) ?? shares;
  };
  const tell = (progress: FuzzProgress, isLast: boolean) => {
    const line = progressLine(progress, terminal.clock.now() - startedAt, shares);
    terminal.complain(terminal.isTerminal ? `\r${line.padEnd(110)}${isLast ? '\n' : ''}` : `${line}\n`);
  };
  return {
    onRun(progress) {
      if (terminal.clock.now() < toldAt + everyMs) return;
      toldAt = terminal.clock.now();
      tell(progress, false);
      taking = taking.then(take);
    },
    async end(progress) {
      await taking.then(take);
      stopwatch.close();
      tell(progress, true);
    },
  };
}

function troublesOf(given: unknown): readonly Trouble[] {
  if (given === undefined) return TROUBLES;
  const words = String(given)
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  if (words.length === 1 && words[0] === 'none') return [];
  return words.map((word) => {
    if (isTrouble(word)) return word;
    throw new CommandError(`--faults has "${word}"; it can have ${TROUBLES.join(', ')}, or be none`);
  });
}

function numberOf(given: unknown, option: string, low: number, high: number): number {
  const number = Number(given);
  if (Number.isInteger(number) && number >= low && number <= high) return number;
  throw new CommandError(`${option} is "${String(given)}"; it can be ${low} to ${high}`);
}
