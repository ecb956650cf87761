import { instant } from './identifiers.ts';
import type { Document } from './input.ts';
import type { ContainerRecord, TaskRecord } from './records.ts';

/** A task as RunTask, StopTask and DescribeTasks show it, without its tags. */
export function renderTask(task: TaskRecord): Document {
  return {
    attachments: renderAttachments(task),
    attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }],
    availabilityZone: task.availabilityZone,
    clusterArn: task.clusterArn,
    ...connectivity(task),
    containers: task.containers.map((container) => renderContainer(container, task)),
    ...given(task, ['capacityProviderName', 'containerInstanceArn', 'cpu', 'memory', 'launchType']),
    ...instant('createdAt', task.createdAt),
    desiredStatus: task.desiredStatus,
    enableExecuteCommand: task.enableExecuteCommand,
    ...instant('executionStoppedAt', task.executionStoppedAt),
    group: task.group,
    healthStatus: 'UNKNOWN',
    inferenceAccelerators: [],
    lastStatus: task.lastStatus,
    overrides: task.overrides,
    ...given(task, ['platformVersion', 'platformFamily', 'ephemeralStorage']),
    ...instant('pullStartedAt', task.pullStartedAt),
    ...instant('pullStoppedAt', task.pullStoppedAt),
    ...instant('startedAt', task.startedAt),
    ...given(task, ['startedBy', 'stopCode', 'stoppedReason']),
    ...instant('stoppedAt', task.stoppedAt),
    ...instant('stoppingAt', task.stoppingAt),
    taskArn: task.arn,
    taskDefinitionArn: task.taskDefinitionArn,
    version: task.version,
  };
}

function given(task: TaskRecord, names: ReadonlyArray<keyof TaskRecord>): Document {
  return Object.fromEntries(
    names.filter((name) => task[name] !== undefined).map((name) => [name, task[name]]),
  );
}

function connectivity(task: TaskRecord): Document {
  if (task.connectivityAt === undefined) return {};
  return { connectivity: 'CONNECTED', ...instant('connectivityAt', task.connectivityAt) };
}

function renderAttachments(task: TaskRecord): Document[] {
  const network = task.network;
  if (network === undefined) return [];
  const attached = task.lastStatus !== 'PROVISIONING';
  const subnet = { name: 'subnetId', value: network.subnetId };
  const details = [
    subnet,
    { name: 'networkInterfaceId', value: network.interfaceId },
    { name: 'macAddress', value: network.macAddress },
    { name: 'privateDnsName', value: `ip-${network.address.replaceAll('.', '-')}.ec2.internal` },
    { name: 'privateIPv4Address', value: network.address },
  ];
  return [
    {
      id: network.attachmentId,
      type: 'ElasticNetworkInterface',
      status: attachmentStatus(task),
      details: attached ? details : [subnet],
    },
  ];
}

function attachmentStatus(task: TaskRecord): string {
  if (task.lastStatus === 'PROVISIONING') return 'PRECREATED';
  return task.lastStatus === 'STOPPED' ? 'DELETED' : 'ATTACHED';
}

function renderContainer(container: ContainerRecord, task: TaskRecord): Document {
  const { arn, ...members } = container;
  const network = task.network;
  const attached = network !== undefined && task.lastStatus !== 'PROVISIONING';
  return {
    containerArn: arn,
    taskArn: task.arn,
    ...members,
    networkBindings: [],
    networkInterfaces: attached
      ? [{ attachmentId: network.attachmentId, privateIpv4Address: network.address }]
      : [],
    healthStatus: 'UNKNOWN',
  };
}
