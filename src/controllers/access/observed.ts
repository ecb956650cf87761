import { z } from 'zod';
import type { Reading } from '../../reconcile/reading.ts';
import { type Item, OWNER_ATTRIBUTE } from '../../store/table.ts';
import type { AccessDesired } from './desired.ts';
import type { Subject } from './subject.ts';

/** Everything a look at an access key shows. */
export type AccessFacts =
  | { readonly state: 'misnamed' }
  | {
      readonly state: 'read';
      readonly subject: Subject;
      readonly desired: AccessDesired;
      /** The index item of everybody who is wanted, or known to be there. */
      readonly items: ReadonlyMap<string, Reading<Item>>;
      /** The whole table was looked through for items of this key. */
      readonly searched: boolean;
      /** Whether anything else is left of the app; only told where its list is gone and people are there. */
      readonly remains?: Reading<boolean>;
    };

const memorySchema = z.object({
  /** Who has an item of this key, so that who leaves the list is found; there is no index by app. */
  people: z.array(z.string()).catch([]),
  /** When the table was last looked through, for what was forgotten. */
  searchedAt: z.number().optional().catch(undefined),
});

export type AccessMemory = z.infer<typeof memorySchema>;

/** What is remembered; nothing, when it cannot be read. */
export function parseMemory(memory: unknown): AccessMemory {
  return memorySchema.safeParse(memory).data ?? { people: [] };
}

/** What a person's item says; the members that clients read. */
export interface Entry {
  readonly role_arn?: string;
  readonly region: string;
  readonly pipeline?: boolean;
  readonly alias?: string;
}

/** Whose item it is. */
export function ownerOf(item: Item): unknown {
  return item[OWNER_ATTRIBUTE];
}

/** The role that an item names. */
export function roleOf(item: Item): string | undefined {
  return typeof item.role_arn === 'string' ? item.role_arn : undefined;
}

/** Whether an item says exactly this, whatever else is in it. */
export function says(item: Item, entry: Entry): boolean {
  return (
    item.role_arn === entry.role_arn &&
    item.region === entry.region &&
    item.pipeline === entry.pipeline &&
    item.alias === entry.alias
  );
}
