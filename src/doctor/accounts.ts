import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import type { Connection } from '../connection.ts';
import { openFleet } from '../fleet.ts';
import { ask, type Finding, join, type Look, SOUND } from './finding.ts';
import type { Ground } from './ground.ts';
import { PROBE_APP } from './probe.ts';

/** Looks whether the list of further accounts can be read, and whether the role of each can be taken on. */
export async function lookAtAccounts({ connection }: Ground): Promise<Look> {
  if (connection.config.accounts === undefined) return SOUND;
  const senseless: Look[] = [];
  const answer = await ask(
    openFleet(connection, (_doing, error) => {
      senseless.push(found(error instanceof Error ? error.message : String(error), MEND_LIST));
    }),
  );
  if (answer.type !== 'told') {
    const why = answer.type === 'failed' ? answer.message : `it is ${answer.type}`;
    return found(`the list of further accounts (--accounts) cannot be read: ${why}`, MEND_LIST);
  }
  const fleet = answer.value;
  const others = fleet.places().filter((place) => place !== connection);
  const looks = await Promise.all(others.map(lookAtAccount));
  await fleet.stop();
  return join([...senseless, ...looks]);
}

const MEND_LIST =
  'docs/install-ecs.md shows what an entry looks like: account (in the table, the item ACCT#<id>), role_arn, region and external_id.';

/** Any read will do: keys are fetched for the first call. */
async function lookAtAccount({ account, region, config, clients }: Connection): Promise<Look> {
  const Path = `${config.prefix}/apps/${PROBE_APP}`;
  const answer = await ask(clients.ssm.send(new GetParametersByPathCommand({ Path })));
  if (answer.type === 'told' || answer.type === 'missing') return SOUND;
  const why = answer.type === 'failed' ? `${answer.code} ${answer.message}` : 'access is denied';
  return found(
    `nothing can be read in account ${account}, region ${region}: ${why}`,
    'Is the stack of deploy/account.yaml there, with HomeRoleArn of this installation? Are role_arn and external_id on the list those of the stack, and does AccountRoles at home cover the role?',
  );
}

function found(message: string, mend: string): Look {
  const finding: Finding = { check: 'accounts', message, mend };
  return { findings: [finding], unseen: [] };
}
