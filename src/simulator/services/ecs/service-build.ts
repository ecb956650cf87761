import { defined } from '../members.ts';
import { canonical, type Document } from './input.ts';
import { checkExecuteCommand, resolveLaunch } from './launch-rules.ts';
import type {
  ClusterRecord,
  DeploymentConfiguration,
  ServiceRecord,
  ServiceSettings,
  TaskDefinitionRecord,
  Workload,
} from './records.ts';
import type { CreateServiceInput, UpdateServiceInput } from './shapes.ts';
import type { EcsState } from './state.ts';
import { isFargate } from './task-start.ts';

/** Requests turned into the two halves of a service: what its deployments roll out, and the rest. */

const SERVICE_ROLE = 'role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS';

/** Members whose change starts a deployment. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html */
const TRIGGERS = [
  'networkConfiguration',
  'platformVersion',
  'loadBalancers',
  'serviceRegistries',
  'serviceConnectConfiguration',
  'volumeConfigurations',
  'vpcLatticeConfigurations',
] as const;

/** The workload of a new service; `definition` is absent for the EXTERNAL controller. */
export function newWorkload(
  cluster: ClusterRecord,
  request: Omit<CreateServiceInput, 'serviceName'>,
  definition: TaskDefinitionRecord | undefined,
): Workload {
  const launch = resolveLaunch(cluster, request);
  return {
    taskDefinition: definition?.arn ?? '',
    ...launch,
    platformFamily: isFargate(launch) ? familyOf(definition) : undefined,
    ...pick(request),
  };
}

function familyOf(definition: TaskDefinitionRecord | undefined): string {
  const system = definition?.body.runtimePlatform?.operatingSystemFamily ?? 'LINUX';
  return system === 'LINUX' ? 'Linux' : system;
}

function pick(request: Partial<CreateServiceInput>): Partial<Workload> {
  return {
    networkConfiguration: request.networkConfiguration,
    loadBalancers: request.loadBalancers,
    serviceRegistries: request.serviceRegistries,
    serviceConnectConfiguration: request.serviceConnectConfiguration,
    volumeConfigurations: request.volumeConfigurations,
    vpcLatticeConfigurations: request.vpcLatticeConfigurations,
  };
}

/** The settings of a new service, with AWS's defaults. */
export function newSettings(
  state: EcsState,
  request: Omit<CreateServiceInput, 'serviceName'>,
): ServiceSettings {
  const { context } = state;
  const schedulingStrategy = request.schedulingStrategy ?? 'REPLICA';
  const balanced = (request.loadBalancers ?? []).length > 0;
  return {
    controller: request.deploymentController?.type ?? 'ECS',
    schedulingStrategy,
    deploymentConfiguration: mergeConfiguration(
      defaultConfiguration(schedulingStrategy),
      request.deploymentConfiguration,
    ),
    placementConstraints: request.placementConstraints ?? [],
    placementStrategy: request.placementStrategy ?? [],
    healthCheckGracePeriodSeconds: request.healthCheckGracePeriodSeconds ?? (balanced ? 0 : undefined),
    enableECSManagedTags: request.enableECSManagedTags ?? false,
    enableExecuteCommand: request.enableExecuteCommand ?? false,
    propagateTags: request.propagateTags ?? 'NONE',
    availabilityZoneRebalancing: request.availabilityZoneRebalancing ?? 'ENABLED',
    role: request.role ?? `arn:aws:iam::${context.account}:${SERVICE_ROLE}`,
    gatewayConnectors: request.gatewayConnectors,
    monitoring: request.monitoring,
  };
}

function defaultConfiguration(schedulingStrategy: string): DeploymentConfiguration {
  const daemon = schedulingStrategy === 'DAEMON';
  return {
    deploymentCircuitBreaker: { enable: false, rollback: false },
    maximumPercent: daemon ? 100 : 200,
    minimumHealthyPercent: daemon ? 0 : 100,
    strategy: 'ROLLING',
    bakeTimeInMinutes: 0,
  };
}

/** Members that are not given stay as they are. */
function mergeConfiguration(
  current: DeploymentConfiguration,
  given: DeploymentConfiguration | undefined,
): DeploymentConfiguration {
  return { ...current, ...given };
}

/** The workload an UpdateService asks for. */
export function changedWorkload(
  cluster: ClusterRecord,
  service: ServiceRecord,
  request: UpdateServiceInput,
  definition: TaskDefinitionRecord | undefined,
): Workload {
  const given = defined(pick(request));
  const merged: Workload = {
    ...service.workload,
    ...given,
    ...(definition === undefined ? {} : { taskDefinition: definition.arn }),
  };
  const { capacityProviderStrategy: strategy, platformVersion } = request;
  const version = platformVersion ?? merged.platformVersion;
  if (strategy === undefined) {
    return platformVersion === undefined ? merged : { ...merged, platformVersion };
  }
  // An empty list goes back to a launch type.
  const fargate = isFargate(service.workload);
  const launch = resolveLaunch(
    { ...cluster, defaultCapacityProviderStrategy: [] },
    strategy.length > 0
      ? { capacityProviderStrategy: strategy }
      : { launchType: fargate ? 'FARGATE' : 'EC2' },
  );
  return {
    ...merged,
    launchType: undefined,
    capacityProviderStrategy: undefined,
    ...launch,
    ...(isFargate(launch) ? { platformVersion: version ?? 'LATEST', platformFamily: 'Linux' } : {}),
  };
}

/** Whether going from one workload to the other takes new tasks. */
export function needsDeployment(before: Workload, after: Workload): boolean {
  if (before.taskDefinition !== after.taskDefinition) return true;
  return TRIGGERS.some((name) => {
    const [old, wanted] = [before[name] ?? null, after[name] ?? null];
    return old !== wanted && canonical(old) !== canonical(wanted);
  });
}

/** The settings an UpdateService asks for. */
export function changedSettings(current: ServiceSettings, request: UpdateServiceInput): ServiceSettings {
  const given: Document = {
    placementConstraints: request.placementConstraints,
    placementStrategy: request.placementStrategy,
    healthCheckGracePeriodSeconds: request.healthCheckGracePeriodSeconds,
    enableECSManagedTags: request.enableECSManagedTags,
    enableExecuteCommand: request.enableExecuteCommand,
    propagateTags: request.propagateTags,
    availabilityZoneRebalancing: request.availabilityZoneRebalancing,
    gatewayConnectors: request.gatewayConnectors,
    monitoring: request.monitoring,
  };
  return {
    ...current,
    ...defined(given),
    deploymentConfiguration: mergeConfiguration(
      current.deploymentConfiguration,
      request.deploymentConfiguration,
    ),
  };
}

/** The check of `enableExecuteCommand` for a service. */
export function checkServiceExec(definition: TaskDefinitionRecord, enabled: boolean): void {
  checkExecuteCommand(definition, enabled, "The service couldn't be updated");
}
