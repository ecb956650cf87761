import { areAnsweredAlike, type Notes, takeNotes } from '../../aws/notes.ts';
import type { Reader } from '../../aws/reader.ts';
import type { ReadRequest } from '../../reconcile/controller.ts';
import { formatKey } from '../../reconcile/key.ts';
import { sameData } from '../../reconcile/same.ts';
import type { Status } from '../../reconcile/status.ts';
import type { ReadHint } from './hints.ts';
import type { AppFacts } from './observed.ts';
import { type AppReads, readApp } from './read.ts';

/** How facts came about: what was remembered of the app, and what was asked and answered. */
interface Origin {
  readonly facts: AppFacts;
  readonly status: Status;
  readonly notes: Notes;
  readonly hint: ReadHint | undefined;
}

/** As long as somebody keeps the facts. */
const origins = new WeakMap<object, Origin>();

/**
 * Reads an app, or gives back what was read of it before: reading is pure, so while all that was asked is answered as it
 * was then, the facts are the same. Who looks at an app for a cause has to plan it anyway, and reads it.
 */
export async function readAppAgain(request: ReadRequest, reads: Omit<AppReads, 'early'>): Promise<AppFacts> {
  const { reader, hints } = reads;
  if (request.causes !== undefined) return readApp(request, { ...reads, early: reader });
  const origin = originOf(request.before);
  if (origin !== undefined && (await isUnchanged(origin, request, reader))) {
    if (origin.hint !== undefined) hints.set(formatKey(request.key), origin.hint);
    return origin.facts;
  }
  const taker = takeNotes(reader);
  const facts = await readApp(request, { ...reads, reader: taker.reader, early: reader });
  const notes = await taker.notes();
  const hint = hints.get(formatKey(request.key));
  if (notes !== undefined) origins.set(facts, { facts, status: await request.status, notes, hint });
  return facts;
}

function originOf(before: unknown): Origin | undefined {
  return typeof before === 'object' && before !== null ? origins.get(before) : undefined;
}

async function isUnchanged(
  { status, notes }: Origin,
  request: ReadRequest,
  reader: Reader,
): Promise<boolean> {
  return sameData(status, await request.status) && (await areAnsweredAlike(reader, notes));
}
