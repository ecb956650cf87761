import { randomInteger } from '../../random.ts';
import type { Caller } from '../../region.ts';
import { clusterNotFound, invalidParameter } from './errors.ts';
import type { ClusterRecord, ServiceRecord } from './records.ts';
import type { EcsState } from './state.ts';

const TOKEN_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';

/** Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html */
export const PASSED_TO_TASKS = { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } as const;

/** ECS takes `default` for a cluster that is not named. */
const DEFAULT_CLUSTER = 'default';

/** The name in a cluster's name or ARN. */
export function clusterName(state: EcsState, cluster: string | undefined): string {
  const given = cluster === undefined || cluster === '' ? DEFAULT_CLUSTER : cluster;
  if (!given.startsWith('arn:')) return given;
  const prefix = state.context.arn('ecs', 'cluster/');
  if (!given.startsWith(prefix)) throw clusterNotFound();
  return given.slice(prefix.length);
}

/** The ACTIVE cluster of that name or ARN. */
export function requireCluster(state: EcsState, cluster: string | undefined): ClusterRecord {
  const found = state.clusters.get(clusterName(state, cluster));
  if (found === undefined) throw clusterNotFound();
  if (found.status === 'INACTIVE') throw clusterNotFound('The referenced cluster was inactive.');
  return found;
}

/** The ARN of a service given by name or ARN; the ARN must be of `cluster`. */
export function serviceArn(state: EcsState, cluster: ClusterRecord, service: string): string {
  if (service !== '' && !service.startsWith('arn:')) return state.serviceArn(cluster.name)(service);
  return memberArn(state, 'service', cluster, service);
}

/** The ARN of a task given by id or ARN; the ARN must be of `cluster`. */
export function taskArn(state: EcsState, cluster: ClusterRecord, task: string): string {
  return memberArn(state, 'task', cluster, task);
}

/** An ARN of another cluster is refused, which is how a forgotten `cluster` shows. */
function memberArn(state: EcsState, kind: 'service' | 'task', cluster: ClusterRecord, given: string): string {
  if (given === '') throw invalidParameter('Invalid identifier: Unexpected number of separators');
  if (!given.startsWith('arn:')) return state.context.arn('ecs', `${kind}/${cluster.name}/${given}`);
  const prefix = state.context.arn('ecs', `${kind}/`);
  const parts = given.startsWith(prefix) ? given.slice(prefix.length).split('/') : [];
  if (parts.length === 1 && parts[0]) return `${prefix}${cluster.name}/${parts[0]}`;
  if (parts.length !== 2) throw invalidParameter(`Invalid identifier: ${given}`);
  if (parts[0] !== cluster.name) {
    throw invalidParameter(
      `Invalid identifier: Identifier is for cluster ${parts[0]}. Your cluster is ${cluster.name}`,
    );
  }
  return given;
}

/** The service as it is, or was at `at`; gone when its time as INACTIVE is over. */
export function findService(state: EcsState, arn: string, at?: number): ServiceRecord | undefined {
  const service = state.services.get(arn, at);
  const purgeAt = service?.purgeAt;
  return purgeAt !== undefined && purgeAt <= state.context.clock.now() ? undefined : service;
}

/** A new `ecs-svc/…` id. */
export function newDeploymentId(state: EcsState): string {
  return `ecs-svc/${digits(state)}`;
}

export function newServiceDeploymentArn(state: EcsState, cluster: string, service: string): string {
  let id = '';
  while (id.length < 21) id += TOKEN_LETTERS[randomInteger(state.context.random, TOKEN_LETTERS.length)];
  return state.context.arn('ecs', `service-deployment/${cluster}/${service}/${id}`);
}

export function newServiceRevisionArn(state: EcsState, cluster: string, service: string): string {
  return state.context.arn('ecs', `service-revision/${cluster}/${service}/${digits(state)}`);
}

function digits(state: EcsState): string {
  let text = String(1 + randomInteger(state.context.random, 9));
  while (text.length < 19) text += String(randomInteger(state.context.random, 10));
  return text;
}

/** Who `registeredBy` and `createdBy` name. */
export function principalArn(state: EcsState, caller: Caller): string {
  return `arn:aws:iam::${state.context.account}:user/${caller.client}`;
}

/** Epoch seconds, as the wire has them. */
export function seconds(at: number): number {
  return at / 1000;
}

/** The member in epoch seconds, or no member. */
export function instant(name: string, at: number | undefined): Record<string, number> {
  return at === undefined ? {} : { [name]: seconds(at) };
}
