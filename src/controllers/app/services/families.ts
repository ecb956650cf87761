import type { ServicesAction } from './actions.ts';

/** Registrations of services that share a family: no more of them than needed, and not at the same time. */
export function arrangeRegistrations(actions: readonly ServicesAction[]): readonly ServicesAction[] {
  return oneByOne(joined(actions));
}

/** Services that run one revision and need the same changes of it get one new revision between them. */
function joined(actions: readonly ServicesAction[]): ServicesAction[] {
  const first = new Map<string, string>();
  const instead = new Map<string, string>();
  return actions.flatMap((action): ServicesAction[] => {
    if (action.type === 'registerTaskDefinition') {
      const before = first.get(action.digest);
      if (before === undefined) first.set(action.digest, action.id);
      else instead.set(action.id, before);
      return before === undefined ? [action] : [];
    }
    if (action.type !== 'updateService' || action.revision === undefined || !('from' in action.revision))
      return [action];
    const { from, digest } = action.revision;
    const other = instead.get(from);
    if (other === undefined) return [action];
    const after = (action.after ?? []).map((id) => (id === from ? other : id));
    return [{ ...action, revision: { from: other, digest }, after }];
  });
}

/**
 * Registrations of one family one after the other: "too many concurrent attempts to create a new revision of
 * the specified family" otherwise. Services made by hand may share a family.
 */
function oneByOne(actions: readonly ServicesAction[]): readonly ServicesAction[] {
  const last = new Map<string, string>();
  return actions.map((action) => {
    if (action.type !== 'registerTaskDefinition') return action;
    const before = last.get(action.family);
    last.set(action.family, action.id);
    return before === undefined ? action : { ...action, after: [before] };
  });
}
