import { connect } from '../compose.ts';
import type { Change } from '../replay/changes.ts';
import { describeChange } from '../replay/changes.ts';
import { asDocument } from '../replay/documents.ts';
import { createGrowingFile, writeSnapshot } from '../replay/files.ts';
import { type FollowOptions, follow, record } from '../replay/recorder.ts';
import type { Snapshot } from '../replay/snapshot.ts';
import { type CommandDefinition, CommandError, type Invocation, PLACE, type Terminal } from './command.ts';

export const recordCommand: CommandDefinition = {
  name: 'record',
  arguments: { usage: '[app...]', help: 'apps to record (default: all)' },
  summary: 'Write a snapshot of the account, without any secret value, for `trimtab replay`.',
  details: `Reads what a controller reads, and writes nothing to the account. No value below config/, no value of a
SecureString and no environment of a task is in the file; docs/snapshots.md says what is.

Examples:
  trimtab record -o today.snapshot.json
  trimtab record -o shop.snapshot.json shop
  trimtab record -o week.snapshot.json --follow      add what happens until Ctrl-C
  trimtab record -o hour.snapshot.json --follow --for 3600

Exit code: 0 recorded, 1 an error.`,
  settings: PLACE,
  options: [
    { flags: '-o, --output <file>', help: 'the file to write; by custom *.snapshot.json' },
    { flags: '--about <text>', help: 'what it says of itself' },
    { flags: '--follow', help: 'go on and add every change, until SIGTERM or Ctrl-C' },
    { flags: '--every <seconds>', help: 'how often --follow looks', fallback: '10' },
    { flags: '--for <seconds>', help: 'how long --follow goes on (default: until it is told to stop)' },
  ],
  run: runRecord,
};

async function runRecord({ terminal, config, names, options }: Invocation): Promise<number> {
  const file = options.output;
  if (typeof file !== 'string') throw new CommandError('say where to write it: trimtab record -o FILE');
  const everyMs = secondsOf(options.every, '--every') * 1000;
  const connection = await connect(config, terminal);
  const about = aboutOf(options.about, connection);
  if (options.follow !== true) {
    const snapshot = await record(connection, { apps: names, about });
    await writeSnapshot(file, snapshot);
    report(terminal, snapshot, file);
    return 0;
  }
  terminal.complain(`recording into ${file}; Ctrl-C ends it\n`);
  const stop = stopAfter(terminal, options.for);
  const following: FollowOptions = {
    apps: names,
    about,
    everyMs,
    stop,
    onChanges: (changes) => terminal.complain(changes.map(lineOf).join('')),
    onTrouble: (what) => terminal.complain(`could not look: ${what}\n`),
  };
  report(terminal, await follow(connection, createGrowingFile(file), following), file);
  return 0;
}

function aboutOf(given: unknown, { account, region }: { account: string; region: string }): string {
  return typeof given === 'string' && given !== '' ? given : `Recorded from account ${account} in ${region}.`;
}

function lineOf(change: Change): string {
  return `${change.at}  ${describeChange(change)}\n`;
}

function report(terminal: Terminal, { world, recorded }: Snapshot, file: string): void {
  const { parameters } = asDocument(world.accounts[0]?.ssm);
  const count = Object.keys(asDocument(parameters)).length;
  terminal.write(`recorded ${count} parameters and what belongs to them in ${file}\n`);
  for (const note of recorded?.notes ?? []) terminal.complain(`note: ${note}\n`);
}

/** Aborted when the process is told to stop, or when the time is over. */
function stopAfter(terminal: Terminal, given: unknown): AbortSignal {
  if (given === undefined) return terminal.stop;
  const timeout = new AbortController();
  terminal.clock.setTimer(secondsOf(given, '--for') * 1000, () => timeout.abort());
  return AbortSignal.any([terminal.stop, timeout.signal]);
}

function secondsOf(given: unknown, flag: string): number {
  const seconds = Number(given);
  if (Number.isFinite(seconds) && seconds > 0 && seconds <= 31 * 86_400) return seconds;
  throw new CommandError(`${flag} is "${String(given)}"; it can be a number of seconds above 0`);
}
