import type { Reader } from '../../aws/reader.ts';
import type { ReadRequest } from '../../reconcile/controller.ts';
import { found, type Reading } from '../../reconcile/reading.ts';
import type { Item } from '../../store/table.ts';
import { parametersOf, parseDesired } from './desired.ts';
import { type AccessFacts, type AccessMemory, ownerOf, parseMemory } from './observed.ts';
import { type AccessSettings, type Subject, subjectOf } from './subject.ts';

/** How often the table is looked through for items that were forgotten: a status that was lost, a crash. */
const SEARCH_EVERY_MS = 24 * 3_600_000;

/** Who has items of which owner, from looking through the whole table. */
export type PeopleByOwner = ReadonlyMap<string, readonly string[]>;

export interface AccessReads {
  /** Parameters of the account the key is in. */
  readonly desired: Pick<Reader, 'parameters' | 'parameterNames'>;
  /** Items of the installation's table. */
  readonly index: Pick<Reader, 'item'>;
  /** Looks through the index; dear, so what was found is shared by those who ask at about the same time. */
  readonly search: () => Promise<Reading<PeopleByOwner>>;
  readonly settings: AccessSettings;
  readonly now: () => number;
}

/**
 * Reads the lists of a key, and the items of everybody who is on them or was. Nobody but the key's own pass writes
 * them, so who was there is remembered in its status.
 */
export async function readAccess({ key, status }: ReadRequest, reads: AccessReads): Promise<AccessFacts> {
  const subject = subjectOf(key, reads.settings);
  if (subject === undefined) return { state: 'misnamed' };
  const [readings, known] = await Promise.all([reads.desired.parameters(parametersOf(subject)), status]);
  const desired = parseDesired(subject, readings);
  const memory = parseMemory(known.memory);
  // Without a list and without anybody remembered there is nothing to suspect.
  const isKnown = desired.listed || memory.people.length > 0;
  const search = isKnown ? await searchIfDue(memory, reads) : undefined;
  const forgotten = search?.get(subject.owner) ?? [];
  const emails = new Set([...(desired.people?.keys() ?? []), ...memory.people, ...forgotten]);
  const items = await readItems(subject, emails, reads);
  const facts = { state: 'read' as const, subject, desired, items, searched: search !== undefined };
  const isLeft = !desired.listed && [...items.values()].some((item) => isOwn(item, subject));
  return isLeft ? { ...facts, remains: await remainsOf(subject, reads) } : facts;
}

/** Undefined when it is not due, and when it failed: then it is still due next time. */
async function searchIfDue(memory: AccessMemory, reads: AccessReads): Promise<PeopleByOwner | undefined> {
  if (memory.searchedAt !== undefined && reads.now() < memory.searchedAt + SEARCH_EVERY_MS) return undefined;
  const read = await reads.search();
  return read.state === 'found' ? read.value : undefined;
}

async function readItems(
  subject: Subject,
  emails: ReadonlySet<string>,
  { index }: AccessReads,
): Promise<ReadonlyMap<string, Reading<Item>>> {
  const read = [...emails].map(async (email) => {
    const { partition, sort } = subject.itemKey(email);
    return [email, await index.item(partition, sort)] as const;
  });
  return new Map(await Promise.all(read));
}

function isOwn(reading: Reading<Item>, subject: Subject): boolean {
  return reading.state === 'found' && ownerOf(reading.value) === subject.owner;
}

/** Whether any parameter of the app is left: its documents and its config. */
async function remainsOf({ roots }: Subject, { desired }: AccessReads): Promise<Reading<boolean>> {
  const paths = roots.flatMap((root) => [root, `${root}/config`]);
  const read = await Promise.all(paths.map((path) => desired.parameterNames(path)));
  const unreadable = read.find((one) => one.state === 'unreadable');
  if (unreadable?.state === 'unreadable') return unreadable;
  return found(read.some((one) => one.state === 'found' && one.value.length > 0));
}
