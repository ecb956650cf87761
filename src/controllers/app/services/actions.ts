import type { Action } from '../../../reconcile/plan.ts';
import type { RevisionEdits } from './revision.ts';

/** Puts the owner mark on a service; safe to repeat. */
export interface TagService extends Action {
  readonly type: 'tagService';
  readonly arn: string;
  readonly owner: string;
}

/** Registers a revision made from `base`; not safe to repeat, so it has an intent. Gives `RevisionResult`. */
export interface RegisterTaskDefinition extends Action {
  readonly type: 'registerTaskDefinition';
  readonly family: string;
  readonly base: string;
  readonly edits: RevisionEdits;
  readonly owner: string;
  readonly digest: string;
}

/** What a registration gives. */
export interface RevisionResult {
  readonly arn: string;
}

/**
 * The one update of a service in a pass; safe to repeat, ECS does nothing for what is already so. One that forces a
 * deployment is not, and has an intent. Gives `UpdateResult`.
 */
export interface UpdateService extends Action {
  readonly type: 'updateService';
  readonly cluster: string;
  readonly service: string;
  readonly desiredCount?: number;
  /** The revision: its ARN, or the registration in this plan that gives it. */
  readonly revision?:
    | { readonly digest: string; readonly arn: string }
    | { readonly digest: string; readonly from: string };
  /** A deployment although nothing of the service changes. */
  readonly force?: true;
  readonly propagateTags?: 'TASK_DEFINITION';
  readonly deploymentConfiguration?: Readonly<Record<string, unknown>>;
}

/** What an update gives: the deployment that is PRIMARY with it, and when ECS created it. */
export interface UpdateResult {
  readonly deployment?: string;
  readonly createdAt?: number;
}

/** Deletes a service with its tasks; safe to repeat. */
export interface DeleteService extends Action {
  readonly type: 'deleteService';
  readonly cluster: string;
  readonly service: string;
}

/** Says in the table whose a service is, so that its events find their key; safe to repeat. */
export interface IndexService extends Action {
  readonly type: 'indexService';
  /** The cluster's name. */
  readonly cluster: string;
  readonly service: string;
  readonly app: string;
  readonly owner: string;
  /** False takes the entry away, if it still names this app. */
  readonly claimed: boolean;
}

export type ServicesAction =
  | TagService
  | RegisterTaskDefinition
  | UpdateService
  | DeleteService
  | IndexService;
