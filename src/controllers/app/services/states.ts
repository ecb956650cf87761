import type { Failure } from '../../../reconcile/errors.ts';
import type { Condition, ConditionType } from '../../../reconcile/plan.ts';
import type { AppNames } from '../names.ts';
import { markCommand, resourceOf } from './claims.ts';
import type { ObservedService } from './observed.ts';

/** The service could not be read. */
export function unreadable(name: string, failure: Failure): Condition {
  const message = `Service ${name} could not be read: ${failure.message} It stays as it is until it can.`;
  return problem('Readable', failure.code, name, message);
}

/** The service was claimed before and does not exist any more. */
export function vanished(name: string, process: string): Condition {
  const message = `Service ${name} was here and is gone, and trimtab deleted nothing. Release ${process} again to make it anew, or remove ${process} from the app's scaling if it is not wanted any more.`;
  return problem('Active', 'Vanished', name, message);
}

/** The service is being deleted. */
export function draining({ name }: ObservedService): Condition {
  const message = `Service ${name} is being deleted and still has tasks; nothing can be written to it. trimtab looks again every ten seconds until it is gone.`;
  return problem('Active', 'Draining', name, message);
}

/** We write rolling updates by ECS itself; everything else belongs to another deployer. */
export function unsupportedBy(service: ObservedService): Condition | undefined {
  const why = foreignWays(service)[0];
  if (why === undefined) return undefined;
  const message = `Service ${service.name} is left alone: ${why}. trimtab writes REPLICA services with the ECS deployment controller and rolling updates only.`;
  return problem('Supported', 'Unsupported', service.name, message);
}

function foreignWays({ controller, scheduling, strategy }: ObservedService): string[] {
  return [
    ...(controller === 'ECS' ? [] : [`it is deployed by ${controller}`]),
    ...(scheduling === 'REPLICA' ? [] : [`its scheduling strategy is ${scheduling}, which has no count`]),
    ...(strategy === 'ROLLING' ? [] : [`its deployment strategy is ${strategy}`]),
  ];
}

/** The app is gone and its service stays: a fact, not a problem. */
export function retained(service: ObservedService, app: string): Condition {
  const message = `The parameters of ${app} are gone; service ${service.name} stays, for the app's settings did not say deletion_policy "delete". To remove it: aws ecs delete-service --force --cluster ${service.clusterArn} --service ${service.name}`;
  return { type: 'Active', status: 'True', reason: 'Retained', message, resource: resourceOf(service) };
}

/** A review app was closed, and a service of its that nobody marked as its own stays. */
export function spared(service: ObservedService, names: AppNames): Condition {
  const message = `${names.app} is closed, but service ${service.name} carries no mark of it and is not deleted; its revisions, config and records stay as long as it does. If it may go: aws ecs delete-service --force --cluster ${service.clusterArn} --service ${service.name}. ${markCommand(service, names)}`;
  return problem('Owned', 'Unmarked', service.name, message);
}

function problem(type: ConditionType, reason: string, name: string, message: string): Condition {
  return { type, status: 'False', reason, message, resource: resourceOf({ name }) };
}
