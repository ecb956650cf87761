import type { Action } from '../../../reconcile/plan.ts';
import type { ItemKey } from '../../../store/table.ts';

/** Puts back what the builder left out when it wrote a review app's status; safe to repeat. */
export interface PutReviewStatus extends Action {
  readonly type: 'putReviewStatus';
  readonly parameter: string;
  /** JSON, as the CLI reads it. */
  readonly value: string;
}

/** Deletes parameters of a review app that is gone, at most ten; safe to repeat. */
export interface DeleteParameters extends Action {
  readonly type: 'deleteParameters';
  readonly names: readonly string[];
}

/** Deregisters every marked revision of a family of a review app that is gone; safe to repeat. */
export interface RetireFamily extends Action {
  readonly type: 'retireFamily';
  readonly family: string;
  readonly owner: string;
}

/** Deletes the records of a review app that is gone, if they are marked; safe to repeat. */
export interface DeleteRecords extends Action {
  readonly type: 'deleteRecords';
  /** Items beside the app. */
  readonly items: readonly ItemKey[];
  /** Items of our own, which are in the installation's table. */
  readonly own: readonly ItemKey[];
  /** The partition whose build records go. */
  readonly builds: string;
  readonly owner: string;
}

export type ReviewsAction = PutReviewStatus | DeleteParameters | RetireFamily | DeleteRecords;
