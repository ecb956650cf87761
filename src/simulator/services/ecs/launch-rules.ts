import { invalidParameter } from './errors.ts';
import type { Document } from './input.ts';
import type { ClusterRecord, StrategyItem, TaskDefinitionRecord } from './records.ts';
import { suitsFargate } from './task-definition-rules.ts';
import { isFargate } from './task-start.ts';

/** Where tasks run and in which network: the rules that RunTask, CreateService and UpdateService share. */

export interface Launch {
  readonly launchType?: string | undefined;
  readonly capacityProviderStrategy?: readonly StrategyItem[] | undefined;
  readonly platformVersion?: string | undefined;
}

const PROVIDERS_MAX = 20;
const SUBNETS_MAX = 16;
const SECURITY_GROUPS_MAX = 5;

/** A launch type or a strategy: the given one, else the cluster's, else EC2. */
export function resolveLaunch(cluster: ClusterRecord, given: Launch): Launch {
  const { launchType, capacityProviderStrategy: strategy = [], platformVersion } = given;
  if (launchType !== undefined && strategy.length > 0) {
    throw invalidParameter(
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    );
  }
  const usual = launchType === undefined && strategy.length === 0;
  const chosen = usual ? cluster.defaultCapacityProviderStrategy : strategy;
  checkStrategy(cluster, chosen);
  const launch =
    chosen.length > 0 ? { capacityProviderStrategy: chosen } : { launchType: launchType ?? 'EC2' };
  if (isFargate(launch)) return { ...launch, platformVersion: platformVersion ?? 'LATEST' };
  if (platformVersion !== undefined && platformVersion !== '') {
    throw invalidParameter('The platform version must be null when specifying an EC2 launch type.');
  }
  return launch;
}

function checkStrategy(cluster: ClusterRecord, strategy: readonly StrategyItem[]): void {
  if (strategy.length > PROVIDERS_MAX) {
    throw invalidParameter(
      `A capacity provider strategy can contain a maximum of ${PROVIDERS_MAX} capacity providers.`,
    );
  }
  if (strategy.some(({ capacityProvider }) => !cluster.capacityProviders.includes(capacityProvider))) {
    throw invalidParameter(
      'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.',
    );
  }
  if (strategy.length > 0 && strategy.every(({ weight = 0, base = 0 }) => weight + base === 0)) {
    throw invalidParameter(
      'The specified capacity provider strategy must have at least one capacity provider with a weight greater than 0.',
    );
  }
}

/** Whether the definition can run there. */
export function checkCompatible(definition: TaskDefinitionRecord, launch: Launch): void {
  if (isFargate(launch) && !suitsFargate(definition.body)) {
    throw invalidParameter('Task definition does not support launch_type FARGATE.');
  }
}

/** `awsvpc` needs subnets, every other mode refuses them. */
export function checkNetwork(
  definition: TaskDefinitionRecord,
  launch: Launch,
  network: Document | undefined,
): void {
  const awsvpc = awsvpcOf(network);
  if (definition.body.networkMode !== 'awsvpc') {
    if (awsvpc === undefined) return;
    throw invalidParameter(
      'Network Configuration is not valid for the given networkMode of this task definition.',
    );
  }
  if (awsvpc === undefined) {
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  const { subnets, securityGroups, assignPublicIp } = awsvpc;
  if (subnets.length === 0) throw invalidParameter('subnets can not be empty.');
  if (subnets.length > SUBNETS_MAX) {
    throw invalidParameter(`subnets can have at most ${SUBNETS_MAX} items.`);
  }
  if (securityGroups.length > SECURITY_GROUPS_MAX) {
    throw invalidParameter(`securityGroups can have at most ${SECURITY_GROUPS_MAX} items.`);
  }
  if (assignPublicIp === 'ENABLED' && !isFargate(launch)) {
    throw invalidParameter('Assign public IP is not supported for this launch type.');
  }
}

interface Awsvpc {
  readonly subnets: readonly unknown[];
  readonly securityGroups: readonly unknown[];
  readonly assignPublicIp: unknown;
}

function awsvpcOf(network: Document | undefined): Awsvpc | undefined {
  const awsvpc = network?.awsvpcConfiguration;
  if (typeof awsvpc !== 'object' || awsvpc === null) return undefined;
  const members = new Map<string, unknown>(Object.entries(awsvpc));
  const list = (name: string): readonly unknown[] => {
    const value = members.get(name);
    return Array.isArray(value) ? value : [];
  };
  return {
    subnets: list('subnets'),
    securityGroups: list('securityGroups'),
    assignPublicIp: members.get('assignPublicIp'),
  };
}

/** ECS Exec works through the task's own role. */
export function checkExecuteCommand(
  definition: TaskDefinitionRecord,
  enabled: boolean | undefined,
  problem: string,
): void {
  if (enabled !== true || definition.body.taskRoleArn !== undefined) return;
  throw invalidParameter(
    `${problem} because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.`,
  );
}

/** Load balancers name a container and a port of the definition. */
export function checkLoadBalancers(
  definition: TaskDefinitionRecord,
  balancers: readonly Document[] = [],
): void {
  if (balancers.length > 5) throw invalidParameter('loadBalancers can have at most 5 items.');
  for (const { containerName, containerPort } of balancers) {
    const container = definition.body.containerDefinitions.find(({ name }) => name === containerName);
    if (container === undefined) {
      throw invalidParameter(`The container ${containerName} does not exist in the task definition.`);
    }
    if (!container.portMappings?.some((mapping) => mapping.containerPort === containerPort)) {
      throw invalidParameter(
        `The container ${containerName} did not have a container port ${containerPort} defined.`,
      );
    }
  }
}
