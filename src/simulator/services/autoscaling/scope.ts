import { AwsError } from '../../errors.ts';
import type { RegionContext } from '../../region.ts';
import { type Document, requiredText, type TextRule, text, wholeNumber } from '../members.ts';
import { cutPage, type Page, readToken } from '../paging.ts';
import { invalid } from './state.ts';

/** Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html */
const SERVICE_NAMESPACES = [
  ...['ecs', 'elasticmapreduce', 'ec2', 'appstream', 'dynamodb', 'rds', 'sagemaker', 'custom-resource'],
  ...['comprehend', 'lambda', 'cassandra', 'kafka', 'elasticache', 'neptune', 'workspaces'],
];
const SCALABLE_DIMENSIONS = [
  'ecs:service:DesiredCount',
  'ec2:spot-fleet-request:TargetCapacity',
  'elasticmapreduce:instancegroup:InstanceCount',
  'appstream:fleet:DesiredCapacity',
  'dynamodb:table:ReadCapacityUnits',
  'dynamodb:table:WriteCapacityUnits',
  'dynamodb:index:ReadCapacityUnits',
  'dynamodb:index:WriteCapacityUnits',
  'rds:cluster:ReadReplicaCount',
  'sagemaker:variant:DesiredInstanceCount',
  'custom-resource:ResourceType:Property',
  'comprehend:document-classifier-endpoint:DesiredInferenceUnits',
  'comprehend:entity-recognizer-endpoint:DesiredInferenceUnits',
  'lambda:function:ProvisionedConcurrency',
  'cassandra:table:ReadCapacityUnits',
  'cassandra:table:WriteCapacityUnits',
  'kafka:broker-storage:VolumeSize',
  'elasticache:cache-cluster:Nodes',
  'elasticache:replication-group:NodeGroups',
  'elasticache:replication-group:Replicas',
  'neptune:cluster:ReadReplicaCount',
  'sagemaker:variant:DesiredProvisionedConcurrency',
  'sagemaker:inference-component:DesiredCopyCount',
  'workspaces:workspacespool:DesiredUserSessions',
];

/** Everything registered here is of ECS. */
export const ECS_SCOPE = { ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount' } as const;

/** `service/<cluster>/<service>` */
export const ECS_RESOURCE = /^service\/([\w-]{1,255})\/([\w-]{1,255})$/;

/** What AWS allows in most of its texts. */
export const RESOURCE_TEXT: TextRule = {
  min: 1,
  max: 1600,
  pattern: /^[\u0020-\uD7FF\uE000-\uFFFD\r\n\t]*$/,
};

/** Cluster and service of a resource id that `readScope` or a world let through. */
export function partsOf(resourceId: string): { readonly cluster: string; readonly service: string } {
  const [, cluster = '', service = ''] = ECS_RESOURCE.exec(resourceId) ?? [];
  return { cluster, service };
}

/** The resource that namespace, id and dimension of a request name together. */
export function readScope(input: Document): string {
  const namespace = requiredText(input, 'ServiceNamespace', { oneOf: SERVICE_NAMESPACES });
  const resourceId = requiredText(input, 'ResourceId', RESOURCE_TEXT);
  const dimension = requiredText(input, 'ScalableDimension', { oneOf: SCALABLE_DIMENSIONS });
  const ofEcs = namespace === ECS_SCOPE.ServiceNamespace && dimension === ECS_SCOPE.ScalableDimension;
  if (ofEcs && ECS_RESOURCE.test(resourceId)) return resourceId;
  throw invalid('Unsupported service namespace, resource type or scalable dimension');
}

/** What a listing asks for. Nothing but ECS services is ever registered here, so other namespaces are empty. */
export function readNamespace(input: Document, resources: 'ResourceId' | 'ResourceIds'): { ofEcs: boolean } {
  const namespace = requiredText(input, 'ServiceNamespace', { oneOf: SERVICE_NAMESPACES });
  const dimension = text(input, 'ScalableDimension', { oneOf: SCALABLE_DIMENSIONS });
  const named = input[resources] ?? [];
  // "If you specify a scalable dimension, you must also specify a resource ID."
  if (dimension !== undefined && (named === '' || (Array.isArray(named) && named.length === 0))) {
    throw invalid(`${resources} must be specified when ScalableDimension is specified`);
  }
  const fits = dimension === undefined || dimension === ECS_SCOPE.ScalableDimension;
  return { ofEcs: namespace === ECS_SCOPE.ServiceNamespace && fits };
}

/** One page of any of the lists: `MaxResults` of at most `max`, which is also what comes unasked. */
export function listPage<Item>(
  input: Document,
  list: { readonly scope: unknown; readonly items: readonly Item[]; readonly max: number },
  nameOf: (item: Item) => string,
): Page<Item> {
  const scope = JSON.stringify(list.scope);
  const take = wholeNumber(input, 'MaxResults', { min: 1, max: list.max }) ?? list.max;
  const after = readToken(text(input, 'NextToken'), scope);
  if (after === false) throw new AwsError('InvalidNextTokenException', 'The specified token is not valid.');
  return cutPage(list.items, nameOf, { scope, take, ...(after === undefined ? {} : { after }) });
}

/** "No scalable target registered for service namespace: ecs, resource ID: …, scalable dimension: …" */
export function notFound(what: string, resourceId: string, more = ''): AwsError {
  const { ServiceNamespace, ScalableDimension } = ECS_SCOPE;
  return new AwsError(
    'ObjectNotFoundException',
    `No ${what} for service namespace: ${ServiceNamespace}, resource ID: ${resourceId}, scalable dimension: ${ScalableDimension}${more}`,
  );
}

/** The ARN of a scalable target. */
export function targetArn(context: RegionContext, id: string): string {
  return context.arn('application-autoscaling', `scalable-target/${id}`);
}
