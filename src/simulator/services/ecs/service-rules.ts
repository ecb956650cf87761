import { invalidParameter } from './errors.ts';
import { checkCompatible, checkLoadBalancers, checkNetwork } from './launch-rules.ts';
import type { DeploymentConfiguration, ServiceRecord, TaskDefinitionRecord, Workload } from './records.ts';
import type { CreateServiceInput, UpdateServiceInput } from './shapes.ts';
import type { EcsState } from './state.ts';
import { checkTargetGroups } from './target-health.ts';
import { isEcsName } from './task-definition-rules.ts';
import { isFargate } from './task-start.ts';

/** What CreateService and UpdateService refuse. */

const TASKS_PER_SERVICE_MAX = 5000;
const SERVICES_PER_CLUSTER_MAX = 5000;
const GRACE_SECONDS_MAX = 2_147_483_647;

const DAEMON_COUNT =
  'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html */
export function checkCreate(request: CreateServiceInput): void {
  if (!isEcsName(request.serviceName)) throw invalidParameter('Invalid service name.');
  checkClientToken(request.clientToken, 36);
  const controller = request.deploymentController?.type ?? 'ECS';
  if (request.schedulingStrategy === 'DAEMON') {
    if (request.desiredCount !== undefined) throw invalidParameter(DAEMON_COUNT);
    if (controller !== 'ECS') {
      throw invalidParameter(
        `The ${controller} deployment controller does not support the DAEMON scheduling strategy.`,
      );
    }
  } else if (request.desiredCount === undefined) {
    throw invalidParameter('Desired count is required for the REPLICA scheduling strategy.');
  }
  if (request.taskDefinition === undefined && controller !== 'EXTERNAL') {
    throw invalidParameter('TaskDefinition cannot be empty.');
  }
  if (controller === 'CODE_DEPLOY' && (request.loadBalancers ?? []).length === 0) {
    throw invalidParameter('A load balancer is required for the CODE_DEPLOY deployment controller.');
  }
  checkBreakerController(controller, request.deploymentConfiguration);
  checkCommon(request);
  checkGrace(request, request.loadBalancers);
}

/** Members that CreateService and UpdateService check alike. */
function checkCommon(request: CreateServiceInput | UpdateServiceInput): void {
  checkCount(request.desiredCount);
  checkDeploymentConfiguration(request.deploymentConfiguration);
  const grace = request.healthCheckGracePeriodSeconds;
  if (grace !== undefined && (grace < 0 || grace > GRACE_SECONDS_MAX)) {
    throw invalidParameter(`healthCheckGracePeriodSeconds must be between 0 and ${GRACE_SECONDS_MAX}.`);
  }
  if ((request.placementConstraints?.length ?? 0) > 10) {
    throw invalidParameter('placementConstraints can have at most 10 items.');
  }
  if ((request.placementStrategy?.length ?? 0) > 5) {
    throw invalidParameter('placementStrategy can have at most 5 items.');
  }
}

function checkGrace(
  { healthCheckGracePeriodSeconds: grace }: CreateServiceInput | UpdateServiceInput,
  balancers: readonly unknown[] | undefined,
): void {
  if (grace === undefined || (balancers?.length ?? 0) > 0) return;
  throw invalidParameter(
    'Health check grace period is only valid for services configured to use load balancers',
  );
}

function checkCount(count: number | undefined): void {
  if (count === undefined) return;
  if (count < 0) throw invalidParameter('Task count can not be lesser than 0.');
  if (count > TASKS_PER_SERVICE_MAX) {
    throw invalidParameter(`The desired count exceeds the limit of ${TASKS_PER_SERVICE_MAX} tasks.`);
  }
}

/** Tokens are printable ASCII without blanks. */
export function checkClientToken(token: string | undefined, lengthMax: number): void {
  if (token === undefined || (token.length <= lengthMax && /^[\x21-\x7e]+$/.test(token))) return;
  throw invalidParameter(`clientToken must be 1 to ${lengthMax} ASCII characters in the range 33-126.`);
}

function checkDeploymentConfiguration(configuration: DeploymentConfiguration | undefined): void {
  const { minimumHealthyPercent, maximumPercent, deploymentCircuitBreaker } = configuration ?? {};
  for (const percent of [minimumHealthyPercent, maximumPercent]) {
    if (percent !== undefined && percent < 0) {
      throw invalidParameter('Deployment percentages must not be negative.');
    }
  }
  if (minimumHealthyPercent !== undefined && minimumHealthyPercent > (maximumPercent ?? 200)) {
    throw invalidParameter('minimumHealthyPercent must not be greater than maximumPercent.');
  }
  const threshold = deploymentCircuitBreaker?.thresholdConfiguration;
  if (threshold !== undefined && threshold.value < 1) {
    throw invalidParameter('The value of thresholdConfiguration must be at least 1.');
  }
}

function checkBreakerController(
  controller: ServiceRecord['settings']['controller'],
  configuration: DeploymentConfiguration | undefined,
): void {
  if (controller === 'ECS' || configuration?.deploymentCircuitBreaker?.enable !== true) return;
  throw invalidParameter(
    'The deployment circuit breaker feature can only be used with the ECS deployment controller.',
  );
}

/** The cluster has room for one more service. */
export function checkServiceQuota(state: EcsState, clusterArn: string): void {
  let services = 0;
  for (const service of state.services.values()) {
    if (service.clusterArn === clusterArn && service.status !== 'INACTIVE') services += 1;
  }
  if (services >= SERVICES_PER_CLUSTER_MAX) {
    throw invalidParameter(`The cluster has reached its limit of ${SERVICES_PER_CLUSTER_MAX} services.`);
  }
}

/** Whether what is to be deployed fits together. */
export function checkWorkload(
  state: EcsState,
  definition: TaskDefinitionRecord,
  workload: Workload,
  schedulingStrategy: string,
): void {
  if (schedulingStrategy === 'DAEMON' && isFargate(workload)) {
    throw invalidParameter('The FARGATE launch type does not support the DAEMON scheduling strategy.');
  }
  checkCompatible(definition, workload);
  checkNetwork(definition, workload, workload.networkConfiguration);
  checkLoadBalancers(definition, workload.loadBalancers);
  checkTargetGroups(state, workload.loadBalancers, definition.body.networkMode);
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html */
export function checkUpdate(service: ServiceRecord, request: UpdateServiceInput): void {
  const { controller, schedulingStrategy } = service.settings;
  if (schedulingStrategy === 'DAEMON' && request.desiredCount !== undefined) {
    throw invalidParameter(DAEMON_COUNT);
  }
  const wanted = request.deploymentController?.type;
  if (wanted !== undefined && wanted !== controller) {
    throw invalidParameter('Unable to update the deployment controller of a service.');
  }
  if (controller !== 'ECS') checkForeignController(controller, request);
  checkBreakerController(controller, request.deploymentConfiguration);
  checkCommon(request);
  // Looks at what the service has, not at what it gets: gh aws-cloudformation/cloudformation-coverage-roadmap#1313
  checkGrace(request, service.workload.loadBalancers);
  checkStrategyChange(service, request);
}

/** Deployments of these services are somebody else's to start. */
function checkForeignController(controller: 'CODE_DEPLOY' | 'EXTERNAL', request: UpdateServiceInput): void {
  const hint = controller === 'CODE_DEPLOY' ? ' Use AWS CodeDeploy to trigger a new deployment.' : '';
  const suffix = `on services with a ${controller} deployment controller.${hint}`;
  if (request.taskDefinition !== undefined) {
    throw invalidParameter(`Unable to update task definition ${suffix}`);
  }
  if (request.forceNewDeployment === true) {
    throw invalidParameter(`Cannot force a new deployment ${suffix}`);
  }
  if (request.networkConfiguration !== undefined) {
    throw invalidParameter(`Unable to update network parameters ${suffix}`);
  }
  if (request.platformVersion !== undefined) {
    throw invalidParameter(`Unable to update platform version ${suffix}`);
  }
  if (request.loadBalancers !== undefined || request.serviceRegistries !== undefined) {
    throw invalidParameter(`Unable to update load balancers ${suffix}`);
  }
}

function checkStrategyChange(service: ServiceRecord, request: UpdateServiceInput): void {
  const wanted = request.capacityProviderStrategy;
  if (wanted === undefined || request.forceNewDeployment === true) return;
  const current = service.workload.capacityProviderStrategy ?? [];
  if (JSON.stringify(wanted) === JSON.stringify(current)) return;
  throw invalidParameter(
    'When switching from launch type to capacity provider strategy on an existing service, or making a change to a capacity provider strategy on a service that is already using one, you must force a new deployment.',
  );
}
