import type { Action } from '../../../reconcile/plan.ts';
import type { DeployStatus } from '../../../store/table.ts';
import type { FamilyWish } from './wishes.ts';

/** Registers a revision of a family that a release needs; not safe to repeat. Gives `RevisionResult`. */
export interface RegisterFamily extends Action {
  readonly type: 'registerFamily';
  readonly wish: FamilyWish;
  readonly owner: string;
}

/** Makes a service of a process that has none yet. Safe to repeat: a service of the name is not made twice. */
export interface CreateService extends Action {
  readonly type: 'createService';
  readonly cluster: string;
  readonly service: string;
  readonly desiredCount: number;
  /** Its revision: its ARN, or the registration in this plan that gives it. */
  readonly revision: { readonly arn: string } | { readonly from: string };
  /** Where and how its tasks run; members of CreateService in the API's names. */
  readonly placing: Readonly<Record<string, unknown>>;
  readonly loadBalancer?: {
    readonly targetGroupArn: string;
    readonly container: string;
    readonly port: number;
  };
  readonly tags: Readonly<Record<string, string>>;
  readonly token: string;
}

/** Writes what `apppack ps` shows of the app; safe to repeat. */
export interface PutDeployStatus extends Action {
  readonly type: 'putDeployStatus';
  readonly app: string;
  readonly status: DeployStatus;
  readonly owner: string;
}

export type ReleasesAction = RegisterFamily | CreateService | PutDeployStatus;
