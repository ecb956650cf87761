import type { Config, ConfigName } from '../config.ts';
import type { Clock, Random } from '../reconcile/ports.ts';

/** What a command sees of the process it runs in. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborted on SIGTERM and SIGINT. */
  readonly stop: AbortSignal;
  readonly isTerminal: boolean;
  write(text: string): void;
  complain(text: string): void;
}

export interface Invocation {
  readonly terminal: Terminal;
  readonly config: Config;
  readonly names: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** One command: how it is called, what its help says, what it does. */
export interface CommandDefinition {
  readonly name: string;
  /** Positional arguments in commander's words: `[app...]`. */
  readonly arguments?: { readonly usage: string; readonly help: string };
  readonly summary: string;
  /** What stands below the options in its help: examples and exit codes. */
  readonly details: string;
  readonly settings: readonly ConfigName[];
  readonly options?: ReadonlyArray<{
    readonly flags: string;
    readonly help: string;
    readonly fallback?: string;
  }>;
  /** Resolves to the exit code. */
  run(invocation: Invocation): Promise<number>;
}

/** The settings that say where an installation lives, which every command needs. */
export const PLACE: readonly ConfigName[] = [
  'prefix',
  'installation',
  'table',
  'cluster',
  'eventsRoleArn',
  'cpuTarget',
  'userPath',
  'pipelineUserPath',
  'administratorPath',
  'userRoleTemplate',
  'administratorRoleTemplate',
  'accounts',
];

/** Leads a command elsewhere than to the installation's home. */
export const ACCOUNT_OPTION = {
  flags: '--account <account>',
  help: 'account, or account/region, of those --accounts lists (default: the home of the installation)',
} as const;

/** What was given for `ACCOUNT_OPTION`. */
export function accountIn(options: Readonly<Record<string, unknown>>): string | undefined {
  return typeof options.account === 'string' ? options.account : undefined;
}

/** Something a person can mend: the message says what happened and what to do. Exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
