import type { Intent } from '../../../reconcile/status.ts';
import { DIGEST_TAG, primaryOf } from './observed.ts';
import { type ChangeInput, registerId, restartId } from './registering.ts';
import { type ConfigNeed, restartDigest, sameRevision } from './restarts.ts';
import type { WishedRollout } from './rollouts.ts';

/** The clocks of AWS's services and ours agree within this. */
const CLOCKS_APART_MS = 60_000;

/**
 * The rollout of an update that went out in a pass which died before it could remember it: its intent is still
 * open, and ECS shows what it asked for. It is followed as if it were remembered.
 */
export function adoptedRollout(input: ChangeInput, need: ConfigNeed): WishedRollout | undefined {
  const { service, facts, process } = input.claimed;
  const primary = primaryOf(service);
  const { taskDefinition } = service;
  if (primary?.rolloutState !== 'IN_PROGRESS' || primary.taskDefinition !== taskDefinition) return undefined;
  const notBefore = need.youngestAt > 0 ? need.youngestAt : primary.createdAt - CLOCKS_APART_MS;
  const wish = { service: service.name, restartFor: need.restartFor, taskDefinition, notBefore };
  const restart = { ...wish, digest: sameRevision(service) };
  if (isOpen(input, restartId(process), restartDigest(restart))) return restart;
  const tag = facts.revision?.state === 'found' ? facts.revision.value.tags[DIGEST_TAG] : undefined;
  if (tag === undefined || !isOpen(input, registerId(process), tag)) return undefined;
  return { ...wish, digest: tag };
}

function isOpen({ context }: ChangeInput, action: string, digest: string): boolean {
  return context.status.intents.some((open: Intent) => open.action === action && open.digest === digest);
}
