import { Command, CommanderError } from 'commander';
import { ConfigError, readConfig, SETTINGS } from '../config.ts';
import { VERSION } from '../version.ts';
import { approveCommand } from './approve.ts';
import { type CommandDefinition, CommandError, type Terminal } from './command.ts';
import { doctorCommand } from './doctor.ts';
import { fuzzCommand } from './fuzz.ts';
import { planCommand } from './plan.ts';
import { reconcileCommand } from './reconcile.ts';
import { recordCommand } from './record.ts';
import { replayCommand } from './replay.ts';
import { runCommand } from './run.ts';
import { simulateCommand } from './simulate.ts';
import { statusCommand } from './status.ts';

const COMMANDS: readonly CommandDefinition[] = [
  runCommand,
  planCommand,
  statusCommand,
  reconcileCommand,
  approveCommand,
  doctorCommand,
  simulateCommand,
  recordCommand,
  replayCommand,
  fuzzCommand,
];

const DESCRIPTION = `Keeps ECS services where Parameter Store says they should be.

People put what they want of an app into Parameter Store (/apppack/apps/<app>/scaling and so on);
trimtab reads it, compares it with what ECS shows, and makes the two agree.`;

const FOOTER = `
Every option can also be set as an environment variable, shown in brackets; an option wins.
AWS credentials and region come from where the AWS SDK looks for them; AWS_ENDPOINT_URL is honoured.

First steps:
  trimtab run --simulate examples/worlds/shop.json    watch it work on an account in this process
  trimtab plan                                        what it would change in your account; changes nothing
  trimtab status                                      what is wrong, since when, and what to type`;

/** Parses the arguments, runs one command, and resolves to the process's exit code. Never rejects. */
export async function runProgram(argv: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = 0;
  const program = new Command('trimtab')
    .description(DESCRIPTION)
    .version(VERSION)
    .addHelpText('after', FOOTER)
    .showHelpAfterError('(trimtab --help tells more)');
  prepare(program, terminal);
  for (const definition of COMMANDS) {
    const command = describe(program.command(definition.name), definition);
    prepare(command, terminal);
    command.action(async (...given: unknown[]) => {
      const names = definition.arguments === undefined ? [] : asNames(given[0]);
      const options = command.opts<Record<string, unknown>>();
      const config = readConfig(terminal.environment, options);
      exitCode = await definition.run({ terminal, config, names, options });
    });
  }
  try {
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    return explain(error, terminal);
  }
}

function prepare(command: Command, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => terminal.write(text),
    writeErr: (text) => terminal.complain(text),
  });
}

function describe(command: Command, definition: CommandDefinition): Command {
  command
    .summary(definition.summary)
    .description(definition.summary)
    .addHelpText('after', `\n${definition.details}`);
  if (definition.arguments !== undefined)
    command.argument(definition.arguments.usage, definition.arguments.help);
  for (const option of definition.options ?? []) command.option(option.flags, option.help, option.fallback);
  for (const setting of SETTINGS) {
    if (!definition.settings.includes(setting.name)) continue;
    const fallback = setting.defaultValue === undefined ? '' : `, default ${setting.defaultValue}`;
    command.option(`--${setting.flag} <value>`, `${setting.help} [${setting.variable}${fallback}]`);
  }
  return command;
}

/** Commander gives a list for `[app...]` and a word for `<app>`. */
function asNames(given: unknown): readonly string[] {
  if (Array.isArray(given)) return given.map(String);
  return given === undefined ? [] : [String(given)];
}

function explain(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode;
  if (error instanceof ConfigError || error instanceof CommandError) {
    terminal.complain(`trimtab: ${error.message}\n`);
    return 1;
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  // AWS's own name of an error is worth knowing; ours says no more than its message.
  const which = name.endsWith('Error') ? '' : ` (${name})`;
  terminal.complain(`trimtab: ${message}${which}\n${hintFor(name, message)}`);
  return 1;
}

function hintFor(name: string, message: string): string {
  if (/credential/i.test(name + message)) {
    return 'No AWS credentials were found. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (any will do for a simulated account).\n';
  }
  if (/EADDRINUSE/.test(message)) {
    return 'Something listens there already, perhaps another trimtab. Choose other ports: --port, --simulate-port (0 picks a free one).\n';
  }
  if (/ECONNREFUSED/.test(message))
    return 'Nothing answers there. Is `trimtab simulate` or `npm start` running, and AWS_ENDPOINT_URL right?\n';
  if (/AccessDenied|NotAuthorized/.test(name))
    return 'The role may not do this; docs/architecture.md lists the calls trimtab makes.\n';
  return '';
}
