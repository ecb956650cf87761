import { DeleteItemCommand, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  ListTaskDefinitionsCommand,
} from '@aws-sdk/client-ecs';
import { DeleteParametersCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { fromAttributes, toAttributes } from '../../../aws/attributes.ts';
import { unreachable } from '../../../reconcile/errors.ts';
import { type ItemKey, OWNER_ATTRIBUTE } from '../../../store/table.ts';
import type { ServicesPorts } from '../services/apply.ts';
import { familyOf, OWNER_TAG } from '../services/observed.ts';
import type { DeleteRecords, RetireFamily, ReviewsAction } from './actions.ts';

/** Pages of revisions or records that are looked at in one pass; what is left is found by the next. */
const PAGES_MAX = 5;

/** Does one write for a review app; throws what AWS threw. */
export async function applyReviews(action: ReviewsAction, ports: ServicesPorts): Promise<undefined> {
  const { ssm } = ports.clients;
  switch (action.type) {
    case 'putReviewStatus': {
      const { parameter: Name, value: Value } = action;
      await ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true }));
      return;
    }
    case 'deleteParameters':
      await ssm.send(new DeleteParametersCommand({ Names: [...action.names] }));
      return;
    case 'retireFamily':
      return retire(action, ports);
    case 'deleteRecords':
      return deleteRecords(action, ports);
    default:
      return unreachable(action);
  }
}

/** A family's name may begin another's, so each revision is looked at; only marked ones go. */
async function retire(
  { family, owner }: RetireFamily,
  { clients: { ecs } }: ServicesPorts,
): Promise<undefined> {
  let nextToken: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const listed = await ecs.send(
      new ListTaskDefinitionsCommand({ familyPrefix: family, status: 'ACTIVE', nextToken }),
    );
    for (const taskDefinition of listed.taskDefinitionArns ?? []) {
      if (familyOf(taskDefinition) !== family) continue;
      const { tags = [] } = await ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }),
      );
      const isOurs = tags.some(({ key, value }) => key === OWNER_TAG && value === owner);
      if (isOurs) await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
    }
    nextToken = listed.nextToken;
    if (nextToken === undefined) return;
  }
}

async function deleteRecords(action: DeleteRecords, ports: ServicesPorts): Promise<undefined> {
  const { dynamodb } = ports.clients;
  const builds = await dynamodb.send(
    new QueryCommand({
      TableName: ports.table,
      KeyConditionExpression: 'primary_id = :app AND begins_with(secondary_id, :builds)',
      ExpressionAttributeValues: toAttributes({ ':app': action.builds, ':builds': 'BUILD#' }),
      ConsistentRead: true,
    }),
  );
  const found = (builds.Items ?? []).map((item): ItemKey => {
    const { primary_id, secondary_id } = fromAttributes(item);
    return { partition: String(primary_id), sort: String(secondary_id) };
  });
  const { table, home = dynamodb } = ports;
  for (const key of [...found, ...action.items]) await deleteRecord(key, action.owner, { dynamodb, table });
  for (const key of action.own) await deleteRecord(key, action.owner, { dynamodb: home, table });
}

async function deleteRecord(
  { partition, sort }: ItemKey,
  owner: string,
  { dynamodb, table }: { readonly dynamodb: DynamoDBClient; readonly table: string },
): Promise<void> {
  try {
    await dynamodb.send(
      new DeleteItemCommand({
        TableName: table,
        Key: toAttributes({ primary_id: partition, secondary_id: sort }),
        ConditionExpression:
          'attribute_not_exists(#owner) AND attribute_not_exists(primary_id) OR #owner = :owner',
        ExpressionAttributeNames: { '#owner': OWNER_ATTRIBUTE },
        ExpressionAttributeValues: toAttributes({ ':owner': owner }),
      }),
    );
  } catch (error) {
    // Somebody else wrote it, so it is not ours to delete.
    if (!(error instanceof Error && error.name === 'ConditionalCheckFailedException')) throw error;
  }
}
