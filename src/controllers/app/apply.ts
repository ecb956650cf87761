import type { ApplyContext } from '../../reconcile/controller.ts';
import { unreachable } from '../../reconcile/errors.ts';
import type { AppAction } from './actions.ts';
import { applyAutoscaling } from './autoscaling/apply.ts';
import { applyReleases } from './releases/apply.ts';
import { applyReviews } from './reviews/apply.ts';
import { applySchedules } from './schedules/apply.ts';
import { applyServices, type ServicesPorts } from './services/apply.ts';

/** Does one write of an app; throws what AWS threw. Each resource does its own. */
export function applyApp(action: AppAction, context: ApplyContext, ports: ServicesPorts): Promise<unknown> {
  switch (action.type) {
    case 'tagService':
    case 'registerTaskDefinition':
    case 'updateService':
    case 'deleteService':
    case 'indexService':
      return applyServices(action, context, ports);
    case 'registerTarget':
    case 'putPolicy':
    case 'deregisterTarget':
      return applyAutoscaling(action, context, ports);
    case 'registerScheduler':
    case 'putRule':
    case 'putTargets':
    case 'removeTargets':
    case 'deleteRule':
      return applySchedules(action, context, ports);
    case 'registerFamily':
    case 'createService':
    case 'putDeployStatus':
      return applyReleases(action, context, ports);
    case 'putReviewStatus':
    case 'deleteParameters':
    case 'retireFamily':
    case 'deleteRecords':
      return applyReviews(action, ports);
    default:
      return unreachable(action);
  }
}
