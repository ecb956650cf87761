import type { AutoscalingAction } from './autoscaling/actions.ts';
import type { ReleasesAction } from './releases/actions.ts';
import type { ReviewsAction } from './reviews/actions.ts';
import type { SchedulesAction } from './schedules/actions.ts';
import type { ServicesAction } from './services/actions.ts';

/** Every write the app controller knows; each resource adds its own. */
export type AppAction = ServicesAction | AutoscalingAction | SchedulesAction | ReleasesAction | ReviewsAction;
