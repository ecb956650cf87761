import type { Controller } from '../../reconcile/controller.ts';
import type { WriteIndex } from './actions.ts';
import { applyAccess, type IndexPlace } from './apply.ts';
import type { AccessFacts } from './observed.ts';
import { planAccess } from './plan.ts';
import { type AccessReads, readAccess } from './read.ts';

export interface AccessControllerParts extends Omit<AccessReads, 'desired' | 'index'> {
  /** Readers for one pass, or the ones that a sweep shares between all its keys. */
  readonly readers: () => Pick<AccessReads, 'desired' | 'index'>;
  readonly place: IndexPlace;
}

/**
 * Keeps the index of who may open what: for each user the apps, for each administrator the accounts. It answers
 * "what is there for me?" and grants nothing: that is IAM's.
 */
export function createAccessController(parts: AccessControllerParts): Controller<AccessFacts, WriteIndex> {
  const { readers, place, ...reads } = parts;
  return {
    kind: 'access',
    read: (request) => readAccess(request, { ...reads, ...readers() }),
    plan: planAccess,
    apply: (action) => applyAccess(action, place),
  };
}
