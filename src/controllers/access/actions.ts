import type { Action } from '../../reconcile/plan.ts';
import type { ItemKey } from '../../store/table.ts';
import type { Entry } from './observed.ts';

/** DynamoDB takes so many items in a transaction. Source: API_TransactWriteItems.html */
export const TRANSACTION_ITEMS_MAX = 100;

/** Puts and deletes items of the index, all of them or none. */
export interface WriteIndex extends Action {
  readonly type: 'writeIndex';
  /** The mark that the items get, and without which none is touched. */
  readonly owner: string;
  readonly puts: ReadonlyArray<{ readonly key: ItemKey; readonly entry: Entry }>;
  readonly removals: readonly ItemKey[];
}
