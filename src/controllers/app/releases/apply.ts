import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
} from '@aws-sdk/client-ecs';
import { toAttributes } from '../../../aws/attributes.ts';
import type { ApplyContext } from '../../../reconcile/controller.ts';
import { assert, unreachable } from '../../../reconcile/errors.ts';
import { deployStatusItem, OWNER_ATTRIBUTE } from '../../../store/table.ts';
import type { RevisionResult } from '../services/actions.ts';
import { baseOf, type ServicesPorts } from '../services/apply.ts';
import { DIGEST_TAG, OWNER_TAG } from '../services/observed.ts';
import type { CreateService, PutDeployStatus, RegisterFamily, ReleasesAction } from './actions.ts';
import { type BaseDefinition, familyDefinition } from './definition.ts';

/** How long the load balancer's verdict on a new task is not listened to, in seconds. */
const GRACE_SECONDS = 60;

/** Does one write that a release asks for; throws what AWS threw. */
export function applyReleases(
  action: ReleasesAction,
  context: ApplyContext,
  ports: ServicesPorts,
): Promise<unknown> {
  switch (action.type) {
    case 'registerFamily':
      return register(action, ports);
    case 'createService':
      return create(action, context, ports);
    case 'putDeployStatus':
      return putDeployStatus(action, ports);
    default:
      return unreachable(action);
  }
}

/** The content of the base is taken only now, and goes nowhere but to ECS. The registration is tried once. */
async function register({ wish, owner }: RegisterFamily, ports: ServicesPorts): Promise<RevisionResult> {
  const document =
    wish.base.type === 'arguments' ? wish.base.document : (await baseOf(wish.base.arn, ports)).definition;
  const tags = { ...wish.tags, [OWNER_TAG]: owner, [DIGEST_TAG]: wish.digest };
  // A registration of what ECS described, or of what the app's stack says it takes.
  const input = familyDefinition(
    document as BaseDefinition,
    wish,
  ) as unknown as RegisterTaskDefinitionCommandInput;
  const { taskDefinition, tags: registered } = await ports.clients.ecsOnce.send(
    new RegisterTaskDefinitionCommand({ ...input, tags: tagList(tags) }),
  );
  const arn = taskDefinition?.taskDefinitionArn;
  assert(
    taskDefinition !== undefined && arn !== undefined,
    `ECS registered a revision of ${wish.family} without saying which`,
  );
  ports.taskDefinitions.set(arn, { definition: taskDefinition, tags: registered ?? [] });
  return { arn };
}

async function create(
  action: CreateService,
  { results }: ApplyContext,
  { clients }: ServicesPorts,
): Promise<undefined> {
  const { cluster, service, desiredCount, placing, loadBalancer, revision } = action;
  // Members of CreateService that another service, the app's settings or its stack said.
  const input = {
    ...placing,
    cluster,
    serviceName: service,
    taskDefinition: 'arn' in revision ? revision.arn : givenBy(results, revision.from),
    desiredCount,
    propagateTags: 'TASK_DEFINITION',
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    tags: tagList(action.tags),
    clientToken: action.token,
    ...(loadBalancer === undefined
      ? {}
      : {
          healthCheckGracePeriodSeconds: GRACE_SECONDS,
          loadBalancers: [
            {
              targetGroupArn: loadBalancer.targetGroupArn,
              containerName: loadBalancer.container,
              containerPort: loadBalancer.port,
            },
          ],
        }),
  } as CreateServiceCommandInput;
  await clients.ecs.send(new CreateServiceCommand(input));
}

function givenBy(results: ReadonlyMap<string, unknown>, id: string): string {
  const given = results.get(id);
  const arn = typeof given === 'object' && given !== null && 'arn' in given ? given.arn : undefined;
  assert(typeof arn === 'string', `${id} gave no revision`);
  return arn;
}

/** Members of the item that nobody here knows stay what they are. */
async function putDeployStatus(
  { app, status, owner }: PutDeployStatus,
  { clients, table }: ServicesPorts,
): Promise<undefined> {
  const { primary_id, secondary_id, value } = deployStatusItem(app, status, owner);
  await clients.dynamodb.send(
    new UpdateItemCommand({
      TableName: table,
      Key: toAttributes({ primary_id, secondary_id }),
      UpdateExpression: 'SET #value = :value, #owner = :owner',
      ExpressionAttributeNames: { '#value': 'value', '#owner': OWNER_ATTRIBUTE },
      ExpressionAttributeValues: toAttributes({ ':value': value, ':owner': owner }),
    }),
  );
}

function tagList(tags: Readonly<Record<string, string>>): Array<{ key: string; value: string }> {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
