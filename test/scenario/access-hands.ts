import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { DeleteParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { fromAttributes } from '../../src/aws/attributes.ts';
import type { LoggedCall } from '../../src/simulator/region.ts';
import { DEFAULT_ACCOUNT } from '../../src/simulator/transport.ts';
import type { Stage } from './stage.ts';

/** What a person does to lists of people, and what the index then says. */

export const ROLES = {
  TRIMTAB_USER_ROLE_TEMPLATE: 'arn:aws:iam::{account}:role/{app}-user',
  TRIMTAB_ADMINISTRATOR_ROLE_TEMPLATE: 'arn:aws:iam::{account}:role/administrator',
};

/** Puts a parameter below `/apppack/`: a list of texts as JSON, a text as StringList. */
export async function putList(on: Stage, path: string, people: string | readonly string[]): Promise<void> {
  const isText = typeof people === 'string';
  await on.person.ssm.send(
    new PutParameterCommand({
      Name: `/apppack/${path}`,
      Value: isText ? people : JSON.stringify(people),
      Type: isText ? 'StringList' : 'String',
      // Long lists need it.
      Tier: 'Advanced',
      Overwrite: true,
    }),
  );
}

export async function removeParameter(on: Stage, path: string): Promise<void> {
  await on.person.ssm.send(new DeleteParameterCommand({ Name: `/apppack/${path}` }));
}

/** `USER#anna@example.com` → the sort keys it has, from the whole table. */
export async function indexOf(on: Stage): Promise<Record<string, string[]>> {
  const index: Record<string, string[]> = {};
  for (const item of await indexItems(on)) {
    const partition = String(item.primary_id);
    index[partition] = [...(index[partition] ?? []), String(item.secondary_id)].sort();
  }
  return index;
}

export async function indexItems(on: Stage): Promise<Array<Record<string, unknown>>> {
  const items: Array<Record<string, unknown>> = [];
  let start: ScanCommand['input']['ExclusiveStartKey'];
  do {
    const page = await on.person.dynamodb.send(
      new ScanCommand({ TableName: 'apppack', ConsistentRead: true, ExclusiveStartKey: start }),
    );
    items.push(...(page.Items ?? []).map(fromAttributes));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return items.filter(({ primary_id }) => /^(USER|ADMIN)#/.test(String(primary_id)));
}

/** What a transaction did: how many items it put and deleted. */
export interface Written {
  readonly puts: number;
  readonly deletes: number;
}

/** Every transaction on the index since an instant, in order. */
export function indexWrites(on: Stage, since = 0): readonly Written[] {
  return transactions(on, since).map(({ input }) => {
    const items = input.TransactItems as ReadonlyArray<Record<string, unknown>>;
    return {
      puts: items.filter((item) => item.Put !== undefined).length,
      deletes: items.filter((item) => item.Delete !== undefined).length,
    };
  });
}

export function transactions(on: Stage, since = 0): readonly LoggedCall[] {
  return on.simulator.calls.filter(
    (call) => call.operation === 'TransactWriteItems' && call.at >= since && call.code === 'OK',
  );
}

/** Lets time pass until the index says what is expected; tells how long that took. */
export async function waitForIndex(
  on: Stage,
  isThere: (index: Record<string, string[]>) => boolean,
  limitMs = 900_000,
): Promise<number> {
  const from = on.clock.now();
  while (!isThere(await indexOf(on))) {
    if (on.clock.now() - from >= limitMs) throw new Error(`the index is not so within ${limitMs} ms`);
    await on.clock.advance(100);
  }
  return on.clock.now() - from;
}

/** The sort key of an app in the first account. */
export function at(app: string): string {
  return `${DEFAULT_ACCOUNT}#${app}`;
}
