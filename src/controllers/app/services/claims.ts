import type { Condition } from '../../../reconcile/plan.ts';
import type { AppNames } from '../names.ts';
import { type ObservedService, OWNER_TAG, type RivalClaim, type ServiceFacts } from './observed.ts';

/** Whose a service is, from the point of view of one app. */
export type Claim =
  /** It carries our mark. */
  | { readonly type: 'owned' }
  /** It carries no mark, one of our records names its process, and nobody else's does. */
  | { readonly type: 'adopted' }
  /** Nobody says it is ours: left alone without a word. */
  | { readonly type: 'unclaimed' }
  /** Somebody else has it, or may have it: left alone, and said so. */
  | { readonly type: 'refused'; readonly condition: Condition; readonly undecided: boolean };

/**
 * Decides a claim. The mark decides alone; without one the records do. A name that begins with the app's
 * never claims, for `shop` and `shop-api` both begin `shop-api-web`.
 */
export function claimOf(
  facts: ServiceFacts,
  service: ObservedService,
  named: boolean,
  names: AppNames,
): Claim {
  const owner = service.tags[OWNER_TAG];
  const { process } = facts;
  if (owner === names.owner) return { type: 'owned' };
  if (!named) return { type: 'unclaimed' };
  if (owner !== undefined) return refused(service, 'Contested', foreign(service, owner, process, names));
  if (facts.rivals === undefined) return refused(service, 'ClaimUnknown', tooManyRivals(service, names));
  const claiming = facts.rivals.filter((rival) => rival.claims === 'yes');
  if (claiming.length > 0)
    return refused(service, 'Contested', claimedTwice(service, claiming, process, names));
  const unknown = facts.rivals.find((rival) => rival.claims === 'unknown');
  if (unknown !== undefined)
    return refused(service, 'ClaimUnknown', undecided(service, unknown, process, names));
  return { type: 'adopted' };
}

function refused(service: ObservedService, reason: 'Contested' | 'ClaimUnknown', message: string): Claim {
  const condition = {
    type: 'Owned',
    status: 'False',
    reason,
    message,
    resource: resourceOf(service),
  } as const;
  return { type: 'refused', condition, undecided: reason === 'ClaimUnknown' };
}

/** A service as people and conditions call it. */
export function resourceOf(service: Pick<ObservedService, 'name'>): string {
  return `service ${service.name}`;
}

function foreign(service: ObservedService, owner: string, process: string, names: AppNames): string {
  return `Service ${service.name} carries the mark of ${owner}, so ${names.app} leaves it alone although process ${process} is named in its records. Remove ${process} there, or if the service is this app's: ${tagCommand(service, names)}`;
}

function claimedTwice(
  service: ObservedService,
  claiming: readonly RivalClaim[],
  process: string,
  names: AppNames,
): string {
  const others = claiming.map((rival) => `${rival.app} (process ${rival.process})`).join(', ');
  return `Service ${service.name} is named by ${names.app} (process ${process}) and by ${others}. Nobody touches it until one of them stops naming it. ${markCommand(service, names)}`;
}

function undecided(service: ObservedService, rival: RivalClaim, process: string, names: AppNames): string {
  const because = rival.because ?? 'its records could not be read';
  return `Whether service ${service.name} is process ${process} of ${names.app} or process ${rival.process} of ${rival.app} cannot be told: ${because}. Nothing is written to it until it can. ${markCommand(service, names)}`;
}

function tooManyRivals(service: ObservedService, names: AppNames): string {
  return `The name ${service.name} could belong to more apps than can be asked, so ${names.app} does not claim it by its name alone. ${markCommand(service, names)}`;
}

/** What to type for a service that is this app's. */
export function markCommand(service: ObservedService, names: AppNames): string {
  return `To settle it for ${names.app}: ${tagCommand(service, names)}`;
}

function tagCommand(service: ObservedService, names: AppNames): string {
  return `aws ecs tag-resource --resource-arn ${service.arn} --tags key=${OWNER_TAG},value=${names.owner}`;
}
