import { defined } from '../members.ts';
import { instant, seconds } from './identifiers.ts';
import type { Document } from './input.ts';
import type { DeploymentRecord, ServiceEvent, ServiceRecord, Workload } from './records.ts';

/** Records never change, and most services are described many times before the next change of theirs. */
const untagged = new WeakMap<ServiceRecord, Document>();
const tagged = new WeakMap<ServiceRecord, Document>();

/** A service as CreateService, UpdateService, DeleteService and DescribeServices show it. */
export function renderService(service: ServiceRecord, options: { readonly tags: boolean }): Document {
  const rendered = options.tags ? tagged : untagged;
  let known = rendered.get(service);
  if (known === undefined) {
    const document = renderUntagged(service);
    known = Object.freeze(options.tags ? { ...document, tags: service.tags } : document);
    rendered.set(service, known);
  }
  return known;
}

function renderUntagged(service: ServiceRecord): Document {
  const { settings } = service;
  const total = (count: (deployment: DeploymentRecord) => number) =>
    service.deployments.reduce((sum, deployment) => sum + count(deployment), 0);
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: total(({ runningCount }) => runningCount),
    pendingCount: total(({ pendingCount }) => pendingCount),
    ...renderWorkload(service.workload),
    loadBalancers: service.workload.loadBalancers ?? [],
    serviceRegistries: service.workload.serviceRegistries ?? [],
    deploymentConfiguration: settings.deploymentConfiguration,
    ...renderDeployments(service),
    roleArn: settings.role,
    events: service.events.map(renderEvent),
    createdAt: seconds(service.createdAt),
    createdBy: service.createdBy,
    placementConstraints: settings.placementConstraints,
    placementStrategy: settings.placementStrategy,
    healthCheckGracePeriodSeconds: settings.healthCheckGracePeriodSeconds,
    schedulingStrategy: settings.schedulingStrategy,
    enableECSManagedTags: settings.enableECSManagedTags,
    propagateTags: settings.propagateTags,
    enableExecuteCommand: settings.enableExecuteCommand,
    availabilityZoneRebalancing: settings.availabilityZoneRebalancing,
    // Only the other controllers are named: aws-cloudformation/cloudformation-coverage-roadmap#1259.
    ...(settings.controller === 'ECS' ? {} : { deploymentController: { type: settings.controller } }),
  };
}

/** A service shows its last hundred, and most of them were there before its last change. */
const renderedEvents = new WeakMap<ServiceEvent, Document>();

function renderEvent(event: ServiceEvent): Document {
  const { id, createdAt, message } = event;
  const known = renderedEvents.get(event) ?? Object.freeze({ id, createdAt: seconds(createdAt), message });
  renderedEvents.set(event, known);
  return known;
}

/** The members of a service, a deployment or a revision that say what runs and where. */
export function renderWorkload(workload: Workload): Document {
  const { loadBalancers, serviceRegistries, serviceConnectConfiguration, ...members } = workload;
  return defined(members);
}

function renderDeployments(service: ServiceRecord): Document {
  const { controller } = service.settings;
  const primary = service.deployments[0];
  if (controller === 'EXTERNAL') return { deployments: [], taskSets: [] };
  if (controller === 'CODE_DEPLOY') {
    return { deployments: [], taskSets: primary === undefined ? [] : [renderTaskSet(service, primary)] };
  }
  return {
    deployments: service.deployments.map((deployment, index) =>
      renderDeployment(service, deployment, index === 0),
    ),
    ...(primary === undefined ? {} : { currentServiceDeployment: primary.serviceDeploymentArn }),
    currentServiceRevisions: service.deployments.map((deployment, index) => ({
      arn: deployment.serviceRevisionArn,
      requestedTaskCount: deploymentCount(service, deployment, index === 0),
      runningTaskCount: deployment.runningCount,
      pendingTaskCount: deployment.pendingCount,
    })),
  };
}

/** Old and failed deployments ask for no more than they have. */
function deploymentCount(service: ServiceRecord, deployment: DeploymentRecord, isPrimary: boolean): number {
  if (isPrimary && deployment.rolloutState !== 'FAILED') return service.desiredCount;
  return isPrimary ? 0 : deployment.runningCount + deployment.pendingCount;
}

function renderDeployment(
  service: ServiceRecord,
  deployment: DeploymentRecord,
  isPrimary: boolean,
): Document {
  const { serviceConnectConfiguration } = deployment.workload;
  return {
    id: deployment.id,
    status: isPrimary ? 'PRIMARY' : 'ACTIVE',
    ...renderWorkload(deployment.workload),
    desiredCount: deploymentCount(service, deployment, isPrimary),
    pendingCount: deployment.pendingCount,
    runningCount: deployment.runningCount,
    failedTasks: deployment.failedTasks,
    createdAt: seconds(deployment.createdAt),
    updatedAt: seconds(deployment.updatedAt),
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
    ...(serviceConnectConfiguration === undefined ? {} : { serviceConnectConfiguration }),
  };
}

function renderTaskSet(service: ServiceRecord, deployment: DeploymentRecord): Document {
  return {
    id: deployment.id,
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    status: 'PRIMARY',
    computedDesiredCount: service.desiredCount,
    pendingCount: deployment.pendingCount,
    runningCount: deployment.runningCount,
    ...instant('createdAt', deployment.createdAt),
    ...instant('updatedAt', deployment.updatedAt),
    ...renderWorkload(deployment.workload),
    loadBalancers: deployment.workload.loadBalancers ?? [],
    scale: { value: 100, unit: 'PERCENT' },
    stabilityStatus: service.steady ? 'STEADY_STATE' : 'STABILIZING',
  };
}
