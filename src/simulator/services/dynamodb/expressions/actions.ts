import type { Path } from '../paths.ts';
import type { AttributeValue } from '../values.ts';

/** What SET assigns. */
export type SetValue =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'ifNotExists'; readonly path: Path; readonly otherwise: SetValue }
  | { readonly kind: 'listAppend'; readonly first: SetValue; readonly second: SetValue }
  | { readonly kind: 'sum'; readonly sign: 1n | -1n; readonly left: SetValue; readonly right: SetValue };

/** One thing that an update does. */
export type UpdateAction =
  | { readonly kind: 'set'; readonly path: Path; readonly value: SetValue }
  | { readonly kind: 'remove'; readonly path: Path }
  | { readonly kind: 'add' | 'delete'; readonly path: Path; readonly value: AttributeValue };
