import type { Path } from '../paths.ts';
import type { UpdateAction } from './actions.ts';
import type { Placeholders } from './placeholders.ts';
import { tokenize } from './tokens.ts';

/** An update that only sets given values and removes: nothing in how it is read depends on the values. */
interface KnownUpdate {
  /** Its placeholders of names, and what they stood for. */
  readonly names: readonly (readonly [placeholder: string, name: string | undefined])[];
  readonly steps: readonly { readonly path: Path; readonly value: string | undefined }[];
}

/** By expression. Programs have few of them, and say them again and again with other values, or a few sets of names. */
const known = new Map<string, readonly KnownUpdate[]>();
const KNOWN_MAX = 1000;
const VARIANTS_MAX = 8;

/** The actions of an update that was read before with the same names; nothing if it has to be read. */
export function recallUpdate(
  source: string,
  placeholders: Placeholders,
): readonly UpdateAction[] | undefined {
  const update = known.get(source)?.find(({ names }) => {
    return names.every(([placeholder, name]) => placeholders.name(placeholder) === name);
  });
  if (update === undefined) return undefined;
  const actions: UpdateAction[] = [];
  for (const { path, value: placeholder } of update.steps) {
    const value = placeholder === undefined ? undefined : placeholders.value(placeholder);
    if (value !== undefined) actions.push({ kind: 'set', path, value: { kind: 'value', value } });
    else if (placeholder === undefined) actions.push({ kind: 'remove', path });
    else return undefined;
  }
  return actions;
}

/** Remembers an update that was read and found to be right, if it is one of those. */
export function rememberUpdate(
  source: string,
  placeholders: Placeholders,
  actions: readonly UpdateAction[],
): void {
  const isPlain = actions.every(
    (action) => action.kind === 'remove' || (action.kind === 'set' && action.value.kind === 'value'),
  );
  if (!isPlain) return;
  const tokens = tokenize(source);
  const names = tokens.filter(({ kind }) => kind === 'name').map(({ text }) => text);
  // Each of these actions that sets has one value, and they stand in the same order.
  const values = tokens.filter(({ kind }) => kind === 'value').values();
  const update: KnownUpdate = {
    names: [...new Set(names)].map((name) => [name, placeholders.name(name)]),
    steps: actions.map(({ kind, path }) => ({
      path,
      value: kind === 'set' ? values.next().value?.text : undefined,
    })),
  };
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(source, [update, ...(known.get(source) ?? []).slice(0, VARIANTS_MAX - 1)]);
}
