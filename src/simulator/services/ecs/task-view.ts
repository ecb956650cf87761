import { memo } from '../../memo.ts';
import { defined } from '../members.ts';
import { seconds } from './identifiers.ts';
import type { Document } from './input.ts';
import type { ContainerRecord, TaskRecord } from './records.ts';

/** A task as RunTask, StopTask and DescribeTasks show it, without its tags. */
export function renderTask(task: TaskRecord): Document {
  return defined({ ...renderMembers(task, seconds, 'ElasticNetworkInterface'), healthStatus: 'UNKNOWN' });
}

/**
 * The same as events show it: without its health, and with instants as texts. What a task does not have is `undefined`,
 * which is nothing to patterns and paths and is left out of texts: most events interest nobody, so that is soon enough.
 */
export function renderTaskForEvent(task: TaskRecord): Document {
  return { ...renderMembers(task, isoText, 'eni'), updatedAt: isoText(task.updatedAt) };
}

/** A task's instants are in each of its events. */
const isoText = memo(1000, (at: number) => new Date(at).toISOString());

type AttachmentType = 'ElasticNetworkInterface' | 'eni';

/** What there may be of a task. Each change of a task comes by here. */
function renderMembers(
  task: TaskRecord,
  write: (at: number) => unknown,
  attachmentType: AttachmentType,
): Document {
  const instant = (at: number | undefined): unknown => (at === undefined ? undefined : write(at));
  return {
    attachments: renderAttachments(task, attachmentType),
    attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }],
    availabilityZone: task.availabilityZone,
    clusterArn: task.clusterArn,
    connectivity: task.connectivityAt === undefined ? undefined : 'CONNECTED',
    connectivityAt: instant(task.connectivityAt),
    containers: task.containers.map((container) => renderContainer(container, task)),
    capacityProviderName: task.capacityProviderName,
    containerInstanceArn: task.containerInstanceArn,
    cpu: task.cpu,
    memory: task.memory,
    launchType: task.launchType,
    createdAt: instant(task.createdAt),
    desiredStatus: task.desiredStatus,
    enableExecuteCommand: task.enableExecuteCommand,
    executionStoppedAt: instant(task.executionStoppedAt),
    group: task.group,
    inferenceAccelerators: [],
    lastStatus: task.lastStatus,
    overrides: task.overrides,
    platformVersion: task.platformVersion,
    platformFamily: task.platformFamily,
    ephemeralStorage: task.ephemeralStorage,
    pullStartedAt: instant(task.pullStartedAt),
    pullStoppedAt: instant(task.pullStoppedAt),
    startedAt: instant(task.startedAt),
    startedBy: task.startedBy,
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    stoppedAt: instant(task.stoppedAt),
    stoppingAt: instant(task.stoppingAt),
    taskArn: task.arn,
    taskDefinitionArn: task.taskDefinitionArn,
    version: task.version,
  };
}

function renderAttachments(task: TaskRecord, type: AttachmentType): Document[] {
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
      type,
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
