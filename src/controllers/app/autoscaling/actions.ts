import type { Action } from '../../../reconcile/plan.ts';

/** Sets both bounds of a service, which brings its count between them; safe to repeat. */
export interface RegisterTarget extends Action {
  readonly type: 'registerTarget';
  readonly resourceId: string;
  readonly min: number;
  readonly max: number;
}

/** Puts our policy, which keeps the average CPU at `targetValue` percent; safe to repeat. */
export interface PutPolicy extends Action {
  readonly type: 'putPolicy';
  readonly resourceId: string;
  readonly policy: string;
  readonly targetValue: number;
}

/** Takes the bounds away with all policies and scheduled actions on them; safe to repeat. */
export interface DeregisterTarget extends Action {
  readonly type: 'deregisterTarget';
  readonly resourceId: string;
}

export type AutoscalingAction = RegisterTarget | PutPolicy | DeregisterTarget;
