import { readFile, writeFile } from 'node:fs/promises';
import { openSimulation } from '../simulation.ts';
import { dumpWorld, parseWorld } from '../simulator/world.ts';
import { type CommandDefinition, CommandError, type Invocation, PLACE } from './command.ts';

export const SIMULATED_PORT = '4566';

export const simulateCommand: CommandDefinition = {
  name: 'simulate',
  summary: 'Serve a simulated AWS account over HTTP.',
  details: `Any AWS client can talk to it: set AWS_ENDPOINT_URL and any credentials.

Examples:
  trimtab simulate --world examples/worlds/shop.json
  trimtab simulate --state account.json     keeps the account in a file between runs
  AWS_ENDPOINT_URL=http://127.0.0.1:4566 aws ecs list-services --cluster main

Parameter Store, ECS with load balancers, Application Auto Scaling, EventBridge, CodeBuild, S3, CloudWatch Logs, SQS,
DynamoDB and STS are there; docs/worlds.md says what a world may hold. The queues, rules and table of an installation are
created when the world lacks them, so \`trimtab run\` works against it.

Exit code: 0 on SIGTERM or Ctrl-C, 1 an error.`,
  settings: [...PLACE, 'intakeQueue', 'workQueue'],
  options: [
    { flags: '--world <file>', help: 'the account to start with (default: an empty one)' },
    { flags: '--port <number>', help: 'port to listen on; 0 picks a free one', fallback: SIMULATED_PORT },
    {
      flags: '--state <file>',
      help: 'read the account from here if it is there, and write it here at the end',
    },
  ],
  run: simulate,
};

async function simulate({ terminal, config, options }: Invocation): Promise<number> {
  const stateFile = options.state === undefined ? undefined : String(options.state);
  const saved = stateFile === undefined ? undefined : await readIfThere(stateFile);
  const world =
    saved ?? (options.world === undefined ? undefined : await readWorldFile(String(options.world)));
  const simulation = await openSimulation(config, terminal.clock, { world, port: portOf(options.port) });
  terminal.write(
    `A simulated AWS account answers on ${simulation.url}. In another terminal:\n\n${shellLines(simulation.url)}\n`,
  );
  await stopped(terminal.stop);
  if (stateFile !== undefined)
    await writeFile(stateFile, `${JSON.stringify(dumpWorld(simulation.simulator), null, 2)}\n`);
  await simulation.close();
  return 0;
}

/** Resolves when the process is told to stop. */
export function stopped(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** What to type so that any AWS client reaches the simulated account. */
export function shellLines(url: string): string {
  return [
    `  export AWS_ENDPOINT_URL=${url} AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1\n`,
    '  export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any\n',
  ].join('');
}

/** A port from an option; throws `CommandError` for anything else. */
export function portOf(option: unknown): number {
  const port = Number(option);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new CommandError(`"${String(option)}" is no port; it can be 0 to 65535`);
}

/** Reads a world file; throws `CommandError` with what is wrong with it. */
export async function readWorldFile(file: string): Promise<ReturnType<typeof parseWorld>> {
  try {
    return parseWorld(await readFile(file, 'utf8'), file);
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
}

async function readIfThere(file: string): Promise<ReturnType<typeof parseWorld> | undefined> {
  try {
    return parseWorld(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
}
