import type { Condition } from '../reconcile/plan.ts';

/** A condition without its wording: `Valid InvalidSize /apppack/apps/shop/scaling web.cpu`. */
export function labelOf({ type, reason, parameter, path, resource }: Condition): string {
  return [type, reason, parameter ?? resource, path].filter((part) => part !== undefined).join(' ');
}
