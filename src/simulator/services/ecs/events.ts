import { randomUuid } from '../../random.ts';
import type { ServiceRecord, TaskRecord } from './records.ts';
import type { EcsState } from './state.ts';
import { renderTaskForEvent } from './task-view.ts';

/** DescribeServices shows at most this many. */
const SERVICE_EVENTS_MAX = 100;

function iso(at: number): string {
  return new Date(at).toISOString();
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html */
export function emitTaskEvent(state: EcsState, task: TaskRecord): void {
  state.context.emit({
    source: 'aws.ecs',
    detailType: 'ECS Task State Change',
    resources: [task.arn],
    detail: renderTaskForEvent(task),
  });
}

export type DeploymentEventName =
  | 'SERVICE_DEPLOYMENT_IN_PROGRESS'
  | 'SERVICE_DEPLOYMENT_COMPLETED'
  | 'SERVICE_DEPLOYMENT_FAILED';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html */
export function emitDeploymentEvent(
  state: EcsState,
  service: ServiceRecord,
  eventName: DeploymentEventName,
  deployment: { readonly id: string; readonly reason: string },
): void {
  // Only rolling updates report this way.
  if (service.settings.controller !== 'ECS') return;
  state.context.emit({
    source: 'aws.ecs',
    detailType: 'ECS Deployment State Change',
    resources: [service.arn],
    detail: {
      eventType: eventName === 'SERVICE_DEPLOYMENT_FAILED' ? 'ERROR' : 'INFO',
      eventName,
      deploymentId: deployment.id,
      updatedAt: iso(state.context.clock.now()),
      reason: deployment.reason,
    },
  });
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html */
export function emitServiceAction(
  state: EcsState,
  service: ServiceRecord,
  eventType: 'INFO' | 'WARN' | 'ERROR',
  eventName: string,
  reason?: string,
): void {
  state.context.emit({
    source: 'aws.ecs',
    detailType: 'ECS Service Action',
    resources: [service.arn],
    detail: {
      eventType,
      eventName,
      clusterArn: service.clusterArn,
      createdAt: iso(state.context.clock.now()),
      ...(reason === undefined ? {} : { reason }),
    },
  });
}

/** The service with one more line in its `events`, worded `(service NAME) …` as AWS does. */
export function withMessage(state: EcsState, service: ServiceRecord, message: string): ServiceRecord {
  const event = {
    id: randomUuid(state.context.random),
    createdAt: state.context.clock.now(),
    message: `(service ${service.name}) ${message}`,
  };
  return { ...service, events: [event, ...service.events].slice(0, SERVICE_EVENTS_MAX) };
}
