import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteServiceCommand,
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  TagResourceCommand,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs';
import { toAttributes } from '../../../aws/attributes.ts';
import type { Clients } from '../../../aws/clients.ts';
import type { TaskDefinition } from '../../../aws/shapes.ts';
import type { TaskDefinitionCache } from '../../../aws/task-definitions.ts';
import type { ApplyContext } from '../../../reconcile/controller.ts';
import { assert, unreachable } from '../../../reconcile/errors.ts';
import { OWNER_ATTRIBUTE, serviceIndexKey } from '../../../store/table.ts';
import type {
  IndexService,
  RegisterTaskDefinition,
  RevisionResult,
  ServicesAction,
  UpdateResult,
  UpdateService,
} from './actions.ts';
import { OWNER_TAG } from './observed.ts';
import { editDefinition, revisionTags } from './revision.ts';

export interface ServicesPorts {
  readonly clients: Clients;
  readonly table: string;
  /** Where the index of services is, when that is another account's table. */
  readonly home?: DynamoDBClient | undefined;
  /** Revisions this process knows: a base that was read for the plan is not read again to make the next one. */
  readonly taskDefinitions: TaskDefinitionCache;
}

/** Does one write of an app's services; throws what AWS threw. */
export async function applyServices(
  action: ServicesAction,
  context: ApplyContext,
  ports: ServicesPorts,
): Promise<unknown> {
  const { ecs } = ports.clients;
  switch (action.type) {
    case 'tagService': {
      const tags = [{ key: OWNER_TAG, value: action.owner }];
      await ecs.send(new TagResourceCommand({ resourceArn: action.arn, tags }));
      return undefined;
    }
    case 'registerTaskDefinition':
      return register(action, ports);
    case 'updateService':
      return update(action, context, ports);
    case 'deleteService': {
      const { cluster, service } = action;
      // Force: a REPLICA service with running tasks is not deleted otherwise.
      await ecs.send(new DeleteServiceCommand({ cluster, service, force: true }));
      return undefined;
    }
    case 'indexService':
      return index(action, context, ports);
    default:
      return unreachable(action);
  }
}

/**
 * Takes the base's content only now: what is in its environment never gets into facts, plans or status. The
 * registration is tried once; whether one that got no answer took effect is found out by the next pass.
 */
async function register(action: RegisterTaskDefinition, ports: ServicesPorts): Promise<RevisionResult> {
  const { clients, taskDefinitions } = ports;
  const base = await baseOf(action.base, ports);
  const { containerDefinitions, ...rest } = editDefinition(base.definition, action.edits);
  const tags = Object.fromEntries(base.tags.map(({ key = '', value = '' }) => [key, value]));
  const registered = await clients.ecsOnce.send(
    new RegisterTaskDefinitionCommand({
      ...rest,
      family: action.family,
      containerDefinitions,
      tags: revisionTags(tags, { ...action, tags: action.edits.release?.tags ?? {} }),
    }),
  );
  const definition = registered.taskDefinition;
  const arn = definition?.taskDefinitionArn;
  assert(
    definition !== undefined && arn !== undefined,
    `ECS registered a revision of ${action.family} without saying which`,
  );
  taskDefinitions.set(arn, { definition, tags: registered.tags ?? [] });
  return { arn };
}

/** The revision that another one is made from; one that was read for the plan is not read again. */
export async function baseOf(
  arn: string,
  { clients, taskDefinitions }: Pick<ServicesPorts, 'clients' | 'taskDefinitions'>,
): Promise<TaskDefinition> {
  const known = taskDefinitions.get(arn);
  if (known !== undefined) return known;
  const described = await clients.ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: arn, include: ['TAGS'] }),
  );
  const { taskDefinition: definition, tags = [] } = described;
  assert(definition !== undefined, `ECS described ${arn} without saying anything`);
  return { definition, tags };
}

async function update(
  action: UpdateService,
  { results }: ApplyContext,
  { clients }: ServicesPorts,
): Promise<UpdateResult> {
  const { cluster, service, desiredCount, propagateTags, deploymentConfiguration } = action;
  const input: UpdateServiceCommandInput = {
    cluster,
    service,
    ...(desiredCount === undefined ? {} : { desiredCount }),
    ...(action.revision === undefined ? {} : { taskDefinition: revisionArn(action.revision, results) }),
    ...(propagateTags === undefined ? {} : { propagateTags }),
    ...(deploymentConfiguration === undefined ? {} : { deploymentConfiguration }),
  };
  // A forced one is tried once: whether it took effect without an answer is found out by the next pass.
  const updated =
    action.force === true
      ? await clients.ecsOnce.send(new UpdateServiceCommand({ ...input, forceNewDeployment: true }))
      : await clients.ecs.send(new UpdateServiceCommand(input));
  const primary = updated.service?.deployments?.find(({ status }) => status === 'PRIMARY');
  const createdAt = primary?.createdAt?.getTime();
  return {
    ...(primary?.id === undefined ? {} : { deployment: primary.id }),
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}

function revisionArn(
  revision: NonNullable<UpdateService['revision']>,
  results: ReadonlyMap<string, unknown>,
): string {
  if ('arn' in revision) return revision.arn;
  const given = results.get(revision.from);
  const arn = typeof given === 'object' && given !== null && 'arn' in given ? given.arn : undefined;
  assert(typeof arn === 'string', `${revision.from} gave no revision`);
  return arn;
}

async function index(
  action: IndexService,
  { key }: ApplyContext,
  { clients, table, home }: ServicesPorts,
): Promise<undefined> {
  const dynamodb = home ?? clients.dynamodb;
  const place = serviceIndexKey(key.account, key.region, action.cluster, action.service);
  const itemKey = { primary_id: place.partition, secondary_id: place.sort };
  if (action.claimed) {
    const item = { ...itemKey, app: action.app, [OWNER_ATTRIBUTE]: action.owner };
    await dynamodb.send(new PutItemCommand({ TableName: table, Item: toAttributes(item) }));
    return;
  }
  try {
    await dynamodb.send(
      new DeleteItemCommand({
        TableName: table,
        Key: toAttributes(itemKey),
        // Another app may have put its own name there since.
        ConditionExpression: 'attribute_not_exists(app) OR app = :app',
        ExpressionAttributeValues: toAttributes({ ':app': action.app }),
      }),
    );
  } catch (error) {
    // The entry is somebody else's now, so there is nothing of ours to take away.
    if (!(error instanceof Error && error.name === 'ConditionalCheckFailedException')) throw error;
  }
}
