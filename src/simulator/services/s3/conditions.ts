import { type S3Request, type StoredObject, s3Error } from './state.ts';

/** The part of an object that a request is after. */
export interface Range {
  readonly start: number;
  /** The last byte, which belongs to the range. */
  readonly end: number;
}

/**
 * Throws 412 or 304 when a reader's conditions do not hold.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html
 */
export function checkReadConditions({ headers }: S3Request, object: StoredObject): void {
  const match = headers['if-match'];
  const noneMatch = headers['if-none-match'];
  if (match !== undefined && !names(match, object)) throw preconditionFailed('If-Match');
  const since = seconds(headers['if-unmodified-since']);
  if (match === undefined && since !== undefined && modified(object) > since) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  if (noneMatch !== undefined && names(noneMatch, object)) throw notModified();
  const after = seconds(headers['if-modified-since']);
  if (noneMatch === undefined && after !== undefined && modified(object) <= after) throw notModified();
}

/**
 * Throws 412 when a writer wants an object that is (`If-Match`) or is not (`If-None-Match: *`) there.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function checkWriteConditions({ headers, key }: S3Request, existing: StoredObject | undefined): void {
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined && noneMatch !== '*') {
    throw s3Error(
      'NotImplemented',
      501,
      'A header you provided implies functionality that is not implemented',
      {
        Header: 'If-None-Match',
      },
    );
  }
  if (noneMatch === '*' && existing !== undefined) throw preconditionFailed('If-None-Match');
  const match = headers['if-match'];
  if (match === undefined) return;
  if (existing === undefined)
    throw s3Error('NoSuchKey', 404, 'The specified key does not exist.', { Key: key });
  if (!names(match, existing)) throw preconditionFailed('If-Match');
}

/**
 * Reads `Range: bytes=…`. One that is malformed or has several parts is ignored, one beyond the object refused.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function readRange({ headers }: S3Request, size: number): Range | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  if (from === '') {
    const length = Math.min(Number(to), size);
    if (length === 0) throw unsatisfiable(headers.range, size);
    return { start: size - length, end: size - 1 };
  }
  const start = Number(from);
  const end = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== '' && Number(to) < start) return undefined;
  if (start >= size) throw unsatisfiable(headers.range, size);
  return { start, end };
}

function unsatisfiable(range: string | undefined, size: number): Error {
  return s3Error('InvalidRange', 416, 'The requested range is not satisfiable', {
    RangeRequested: range ?? '',
    ActualObjectSize: String(size),
  });
}

function names(tag: string, object: StoredObject): boolean {
  const bare = (text: string): string => text.trim().replace(/^W\//, '').replace(/^"|"$/g, '');
  return tag.split(',').some((one) => one.trim() === '*' || bare(one) === bare(object.etag));
}

/** HTTP's dates have no fractions of seconds. */
function modified(object: StoredObject): number {
  return Math.floor(object.modifiedAt / 1000);
}

function seconds(date: string | undefined): number | undefined {
  const at = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(at) ? undefined : Math.floor(at / 1000);
}

function preconditionFailed(condition: string): Error {
  return s3Error('PreconditionFailed', 412, 'At least one of the pre-conditions you specified did not hold', {
    Condition: condition,
  });
}

function notModified(): Error {
  return s3Error('NotModified', 304, 'Not Modified');
}
