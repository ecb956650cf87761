import { connect, inspectApps, nameOf, requestPass } from '../compose.ts';
import { findPlace } from '../fleet.ts';
import {
  ACCOUNT_OPTION,
  accountIn,
  type CommandDefinition,
  CommandError,
  type Invocation,
  PLACE,
} from './command.ts';

export const approveCommand: CommandDefinition = {
  name: 'approve',
  arguments: { usage: '<app>', help: 'the app whose held plan may pass' },
  summary: 'Let exactly the held plan shown by `trimtab plan` pass.',
  details: `A plan that would delete more than five and more than half of what an app has is held until a person
approves it. The approval is for the plan as it is now; if anything else is planned later, that is held again.

Examples:
  trimtab plan shop        shows what is held, and the plan's digest
  trimtab approve shop
  trimtab approve shop --plan 3f2a9c0d1e4b5a67    only if the plan still is this one

Exit code: 0 approved, 1 nothing is held or the plan is another.`,
  settings: [...PLACE, 'intakeQueue'],
  options: [{ flags: '--plan <digest>', help: 'approve only this plan' }, ACCOUNT_OPTION],
  run: approve,
};

async function approve({ terminal, config, names, options }: Invocation): Promise<number> {
  const connection = await connect(config, terminal);
  const place = await findPlace(connection, accountIn(options));
  const [inspection] = await inspectApps(place, names);
  if (inspection?.plan.held === undefined) throw new CommandError(`nothing of ${names.join(' ')} is held`);
  const { key, digest } = inspection;
  if (options.plan !== undefined && options.plan !== digest) {
    throw new CommandError(
      `the plan of ${nameOf(key)} is ${digest} by now, not ${String(options.plan)}; look at it again`,
    );
  }
  await connection.statuses.approve(key, digest);
  await requestPass(connection, key);
  terminal.write(
    `approved plan ${digest} of ${nameOf(key)}: ${inspection.plan.held.actions.length} actions may pass\n`,
  );
  return 0;
}
