import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { fromAttributes, toAttributes } from '../../src/aws/attributes.ts';
import { DEFAULT_REGION } from '../../src/simulator/transport.ts';
import type { World } from '../../src/simulator/world.ts';
import type { Stage } from './stage.ts';
import { scaled, worldOf } from './worlds.ts';

/** Accounts beside the home of an installation, and what a person does and sees there. */

export const TABLE_OF_ACCOUNTS = { TRIMTAB_ACCOUNTS: 'table', TRIMTAB_SWEEP_SECONDS: '60' };

/** `100000000001`, `100000000002`, … */
export function accountIds(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => String(100_000_000_001 + index));
}

export function roleIn(account: string): string {
  return `arn:aws:iam::${account}:role/trimtab-account`;
}

/** An account with some apps whose services have one process, and as many wished as `wished` says. */
export function accountWith(id: string, apps: readonly string[], wished = 1): World['accounts'][number] {
  const sections = worldOf(
    Object.fromEntries(
      apps.map((app) => [
        app,
        { scaling: { web: scaled({ min_processes: wished, max_processes: wished }) } },
      ]),
    ),
  );
  return {
    id,
    region: DEFAULT_REGION,
    ...sections,
    sts: { roles: { [roleIn(id)]: { externalId: 'between us' } } },
  };
}

/** Puts accounts on the list: items `ACCT#<id>` as AppPack's onboarding writes them. */
export async function list(on: Stage, accounts: readonly string[]): Promise<void> {
  for (const account of accounts) {
    const item = {
      primary_id: `ACCT#${account}`,
      secondary_id: '-',
      external_id: 'between us',
      region: DEFAULT_REGION,
      role_arn: roleIn(account),
      alias: `account ${account.slice(-2)}`,
    };
    await on.person.dynamodb.send(new PutItemCommand({ TableName: 'apppack', Item: toAttributes(item) }));
  }
}

export async function scaleIn(on: Stage, account: string, app: string, count: number): Promise<void> {
  await on.personIn(account).ssm.send(
    new PutParameterCommand({
      Name: `/apppack/apps/${app}/scaling`,
      Value: JSON.stringify({ web: scaled({ min_processes: count, max_processes: count }) }),
      Type: 'String',
      Overwrite: true,
    }),
  );
}

export async function countIn(on: Stage, account: string, app: string): Promise<number | undefined> {
  const { services } = await on
    .personIn(account)
    .ecs.send(new DescribeServicesCommand({ cluster: 'main', services: [`${app}-web`] }));
  return services?.[0]?.desiredCount;
}

/** Lets time pass until a service in an account has so many; tells how long that took. */
export async function waitForCountIn(
  on: Stage,
  place: { readonly account: string; readonly app: string },
  count: number,
  limitMs: number,
): Promise<number> {
  const from = on.clock.now();
  while ((await countIn(on, place.account, place.app)) !== count) {
    if (on.clock.now() - from >= limitMs)
      throw new Error(`${place.app} has not got ${count} in ${limitMs} ms`);
    await on.clock.advance(1_000);
  }
  return on.clock.now() - from;
}

/** The partitions of our own items in the home's table. */
export async function ownPartitions(on: Stage): Promise<ReadonlySet<string>> {
  const { Items = [] } = await on.person.dynamodb.send(new ScanCommand({ TableName: 'apppack' }));
  return new Set(
    Items.map(fromAttributes)
      .map(({ primary_id }) => String(primary_id))
      .filter((partition) => partition.startsWith('TRIMTAB#')),
  );
}
