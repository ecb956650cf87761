import {
  type DynamoDBClient,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { toAttribute, toAttributes } from '../../aws/attributes.ts';
import { assert } from '../../reconcile/errors.ts';
import { type ItemKey, OWNER_ATTRIBUTE } from '../../store/table.ts';
import { TRANSACTION_ITEMS_MAX, type WriteIndex } from './actions.ts';

/** Where the index lies. */
export interface IndexPlace {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
}

/** An item of ours, or none: whatever another owner put there since it was read is not touched. */
const OWN = {
  ConditionExpression: 'attribute_not_exists(primary_id) OR #owner = :owner',
  ExpressionAttributeNames: { '#owner': OWNER_ATTRIBUTE },
};

/** Does one transaction; throws what AWS threw. */
export async function applyAccess(action: WriteIndex, place: IndexPlace): Promise<void> {
  const { owner, puts, removals } = action;
  assert(puts.length + removals.length <= TRANSACTION_ITEMS_MAX, 'a transaction has at most a hundred items');
  const condition = { ...OWN, ExpressionAttributeValues: { ':owner': toAttribute(owner) } };
  const TableName = place.table;
  const items: TransactWriteItem[] = [
    ...puts.map(({ key, entry }) => ({
      Put: {
        TableName,
        Item: { ...keyOf(key), ...toAttributes({ ...entry, [OWNER_ATTRIBUTE]: owner }) },
        ...condition,
      },
    })),
    ...removals.map((key) => ({ Delete: { TableName, Key: keyOf(key), ...condition } })),
  ];
  await place.dynamodb.send(new TransactWriteItemsCommand({ TransactItems: items }));
}

function keyOf({ partition, sort }: ItemKey) {
  return { primary_id: toAttribute(partition), secondary_id: toAttribute(sort) };
}
