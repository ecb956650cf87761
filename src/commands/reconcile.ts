import { connect, inspectApps, nameOf, requestPass } from '../compose.ts';
import { findPlace } from '../fleet.ts';
import { sleep } from '../reconcile/ports.ts';
import {
  ACCOUNT_OPTION,
  accountIn,
  type CommandDefinition,
  CommandError,
  type Invocation,
  PLACE,
} from './command.ts';
import { placeOf } from './format.ts';

const POLL_MS = 500;

export const reconcileCommand: CommandDefinition = {
  name: 'reconcile',
  arguments: { usage: '<app...>', help: 'apps to look at' },
  summary: 'Ask the running controller to look at apps again now.',
  details: `Examples:
  trimtab reconcile shop
  trimtab reconcile shop --wait    waits for the pass and prints how it ended

The command only queues the app; the controller does the work.

Exit code: 0 (with --wait: synced), 2 not synced, 1 an error or nobody answered in time.`,
  settings: [...PLACE, 'intakeQueue'],
  options: [
    { flags: '-w, --wait', help: 'wait until the pass is done' },
    { flags: '--timeout <seconds>', help: 'how long to wait', fallback: '60' },
    ACCOUNT_OPTION,
  ],
  run: reconcile,
};

async function reconcile({ terminal, config, names, options }: Invocation): Promise<number> {
  const connection = await connect(config, terminal);
  const place = await findPlace(connection, accountIn(options));
  const known = await inspectApps(place, names);
  const requests = await Promise.all(known.map(({ key }) => requestPass(connection, key)));
  if (options.wait !== true) {
    terminal.write(`queued: ${names.join(', ')}\n`);
    return 0;
  }
  const deadline = terminal.clock.now() + Number(options.timeout) * 1000;
  const outcomes = await Promise.all(
    requests.map(async (request) => {
      for (;;) {
        const status = await connection.statuses.read(request.key);
        if (status.handledRequests?.includes(request.id)) return status;
        if (terminal.clock.now() >= deadline || terminal.stop.aborted) {
          throw new CommandError(
            `nobody looked at ${nameOf(request.key)} within ${String(options.timeout)} seconds. Is a controller running on the queue ${config.intakeQueue}?`,
          );
        }
        await sleep(terminal.clock, POLL_MS, terminal.stop);
      }
    }),
  );
  known.forEach(({ key }, index) => {
    const status = outcomes[index];
    const problems = status?.conditions.filter((condition) => condition.status === 'False') ?? [];
    const why = problems.map((condition) => `${condition.reason} ${placeOf(condition)}`).join('; ');
    terminal.write(
      `${nameOf(key)}: ${status?.synced === true ? 'synced' : `not synced${why === '' ? ' yet' : `: ${why}`}`}\n`,
    );
  });
  return outcomes.every((status) => status.synced) ? 0 : 2;
}
