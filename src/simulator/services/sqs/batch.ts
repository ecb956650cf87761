import { AwsError } from '../../errors.ts';
import { type Document, structures, text } from '../members.ts';
import { missingParameter, sqsError } from './errors.ts';

const ENTRIES_MAX = 10;
const ENTRY_ID = /^[\w-]{1,80}$/;

/** One entry of a batch and its id. */
export interface BatchEntry {
  readonly id: string;
  readonly document: Document;
}

/** What a batch call answers: HTTP 200 even when every entry failed. */
export interface BatchOutput {
  readonly Successful: readonly Record<string, unknown>[];
  readonly Failed?: readonly Record<string, unknown>[];
}

/** Reads the entries of a batch; throws when the batch as a whole cannot be. `kind` is the entry's type name. */
export function readEntries(input: Document, kind: string): readonly BatchEntry[] {
  const documents = structures(input, 'Entries') ?? [];
  if (documents.length === 0) {
    throw sqsError('EmptyBatchRequest', `There should be at least one ${kind} in the request.`);
  }
  if (documents.length > ENTRIES_MAX) {
    throw sqsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${ENTRIES_MAX}. You have sent ${documents.length}.`,
    );
  }
  const entries = documents.map((document) => ({ id: readId(document), document }));
  const seen = new Set<string>();
  for (const { id } of entries) {
    if (seen.has(id)) throw sqsError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`);
    seen.add(id);
  }
  return entries;
}

/** Does `perform` for each entry; those it throws for are reported as failed. */
export function runBatch(
  entries: readonly BatchEntry[],
  perform: (document: Document) => Record<string, unknown>,
): BatchOutput {
  const successful: Record<string, unknown>[] = [];
  const failed: Record<string, unknown>[] = [];
  for (const { id, document } of entries) {
    try {
      successful.push({ Id: id, ...perform(document) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      failed.push({
        Id: id,
        SenderFault: true,
        Code: error.queryCode ?? error.code,
        Message: error.message,
      });
    }
  }
  return { Successful: successful, ...(failed.length === 0 ? {} : { Failed: failed }) };
}

function readId(document: Document): string {
  const id = text(document, 'Id');
  if (id === undefined) throw missingParameter('Id');
  if (ENTRY_ID.test(id)) return id;
  throw sqsError(
    'InvalidBatchEntryId',
    'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
  );
}
