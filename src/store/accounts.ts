import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { type ManagedPlace, parseAccounts } from '../aws/accounts.ts';
import { type Attributes, fromAttributes, toAttribute } from '../aws/attributes.ts';
import { ACCOUNT_PREFIX } from './table.ts';

/** Pages of 1 MB; a table of 5 GB is looked through. */
const PAGES_MAX = 5_000;

/**
 * The accounts that the items `ACCT#<id>` of a table name: `role_arn`, `external_id`, `region` or `regions`, `alias`.
 * One that makes no sense is told to `failing` and left out. Throws what AWS threw.
 */
export async function listAccountItems(
  dynamodb: DynamoDBClient,
  table: string,
  failing: (doing: string, error: unknown) => void,
): Promise<readonly ManagedPlace[]> {
  const places: ManagedPlace[] = [];
  let start: Attributes | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const output = await dynamodb.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        FilterExpression: 'begins_with(primary_id, :account)',
        ExpressionAttributeValues: { ':account': toAttribute(ACCOUNT_PREFIX) },
        ExclusiveStartKey: start,
      }),
    );
    for (const item of output.Items ?? []) places.push(...placesOf(fromAttributes(item), failing));
    start = output.LastEvaluatedKey;
    if (start === undefined) return places;
  }
  throw new Error(`${table} has more than ${PAGES_MAX} pages`);
}

function placesOf(
  item: Readonly<Record<string, unknown>>,
  failing: (doing: string, error: unknown) => void,
): readonly ManagedPlace[] {
  const id = String(item.primary_id);
  try {
    return parseAccounts([{ ...item, account: id.slice(ACCOUNT_PREFIX.length) }], id);
  } catch (error) {
    failing('reading the list of accounts', error);
    return [];
  }
}
