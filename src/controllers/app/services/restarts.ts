import { digestOf } from '../../../reconcile/plan.ts';
import type { RolloutWish } from '../../../workflows/rollout.ts';
import { type ConfigVariable, versionsOf, youngestAt } from '../config.ts';
import { type ObservedService, primaryOf } from './observed.ts';

/** Which config the tasks of a service are to run with. */
export interface ConfigNeed {
  /** Digest of the variables they use; empty while those are as old as when the service was first seen. */
  readonly restartFor: string;
  /** When the youngest of them was written; 0 while nothing is to be restarted for any. */
  readonly youngestAt: number;
  /** Its tasks were started before that. */
  readonly due: boolean;
}

/**
 * Tasks read secrets when they start, so a PRIMARY deployment that is older than the youngest change of a variable
 * it uses is drift. Changes up to the baseline are none of ours: nothing restarts because trimtab was installed.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
 */
export function configNeed(
  service: ObservedService,
  used: readonly ConfigVariable[],
  baseline: number | undefined,
): ConfigNeed {
  const youngest = youngestAt(used);
  if (baseline === undefined || youngest <= baseline) return { restartFor: '', youngestAt: 0, due: false };
  const primary = primaryOf(service);
  const due = primary !== undefined && primary.createdAt < youngest;
  return { restartFor: versionsOf(used), youngestAt: youngest, due };
}

/** The digest that stands for the revision a service runs, when it is to run it anew. */
export function sameRevision(service: ObservedService): string {
  return digestOf({ base: service.taskDefinition, edits: {} });
}

/** The digest of a forced deployment: a repeated wish for the same restart has the same. */
export function restartDigest({ service, digest, restartFor }: RolloutWish): string {
  return digestOf({ service, digest, restartFor });
}
