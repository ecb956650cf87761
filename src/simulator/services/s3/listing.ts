import type { Caller } from '../../region.ts';
import { compare } from '../paging.ts';
import {
  authorize,
  bucketArn,
  findBucket,
  type S3Reply,
  type S3Request,
  type S3State,
  type StoredObject,
  s3Error,
} from './state.ts';
import { xmlDocument } from './xml.ts';

const KEYS_MAX = 1000;

/** What a listing shows in one place: an object, or all that share a prefix. */
type Row = { readonly place: string; readonly object?: StoredObject };

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function listObjectsV2(state: S3State, request: S3Request, caller: Caller): S3Reply {
  if (request.query['list-type'] !== '2') {
    throw s3Error('InvalidArgument', 400, 'Invalid List Type specified in Query');
  }
  const token = request.query['continuation-token'];
  const after = token === undefined ? request.query['start-after'] : readToken(token);
  const page = list(state, request, caller, after ?? '');
  const write = encoder(request);
  return reply(request, page, {
    KeyCount: page.rows.length,
    ContinuationToken: token,
    StartAfter: request.query['start-after'] && write(request.query['start-after']),
    NextContinuationToken: page.next === undefined ? undefined : writeToken(page.next),
  });
}

/** The older listing. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export function listObjects(state: S3State, request: S3Request, caller: Caller): S3Reply {
  const page = list(state, request, caller, request.query.marker ?? '');
  const write = encoder(request);
  const told = page.next !== undefined && (request.query.delimiter ?? '') !== '';
  return reply(request, page, {
    Marker: write(request.query.marker ?? ''),
    NextMarker: told ? write(page.next ?? '') : undefined,
  });
}

interface Listed {
  readonly name: string;
  readonly maxKeys: number;
  readonly rows: readonly Row[];
  /** The place the next page starts after. */
  readonly next: string | undefined;
}

function list(state: S3State, request: S3Request, caller: Caller, after: string): Listed {
  const bucket = findBucket(state, request.bucket);
  authorize(state, 's3:ListBucket', bucketArn(bucket.name), caller);
  const { prefix = '', delimiter = '' } = request.query;
  const maxKeys = readMaxKeys(request.query['max-keys']);
  const rows = new Map<string, Row>();
  for (const object of [...bucket.objects.values()].sort((a, b) => compareKeys(a.key, b.key))) {
    if (!object.key.startsWith(prefix)) continue;
    const cut = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length);
    const place = cut === -1 ? object.key : object.key.slice(0, cut + delimiter.length);
    if (compareKeys(place, after) <= 0) continue;
    if (cut === -1) rows.set(place, { place, object });
    else if (!rows.has(place)) rows.set(place, { place });
  }
  const all = [...rows.values()];
  const shown = all.slice(0, maxKeys);
  return {
    name: bucket.name,
    maxKeys,
    rows: shown,
    next: maxKeys > 0 && all.length > shown.length ? shown.at(-1)?.place : undefined,
  };
}

function reply(request: S3Request, page: Listed, more: Record<string, string | number | undefined>): S3Reply {
  const write = encoder(request);
  const { prefix = '', delimiter } = request.query;
  const body = xmlDocument('ListBucketResult', {
    Name: page.name,
    Prefix: write(prefix),
    Delimiter: delimiter === undefined ? undefined : write(delimiter),
    MaxKeys: page.maxKeys,
    EncodingType: request.query['encoding-type'],
    IsTruncated: page.next !== undefined,
    ...more,
    Contents: page.rows.flatMap(({ object }) => (object === undefined ? [] : [show(object, write)])),
    CommonPrefixes: page.rows.flatMap(({ place, object }) =>
      object === undefined ? [{ Prefix: write(place) }] : [],
    ),
  });
  return { status: 200, headers: {}, body };
}

function show(object: StoredObject, write: (text: string) => string): Record<string, string | number> {
  return {
    Key: write(object.key),
    LastModified: new Date(object.modifiedAt).toISOString(),
    ETag: object.etag,
    Size: object.body.byteLength,
    StorageClass: 'STANDARD',
  };
}

/** More than 1,000 are taken as 1,000. */
function readMaxKeys(given: string | undefined): number {
  if (given === undefined) return KEYS_MAX;
  const count = Number(given);
  if (!Number.isInteger(count) || count < 0) {
    throw s3Error('InvalidArgument', 400, 'Provided max-keys not an integer or within integer range', {
      ArgumentName: 'max-keys',
      ArgumentValue: given,
    });
  }
  return Math.min(count, KEYS_MAX);
}

/** "Keys in UTF-8 binary order." */
function compareKeys(a: string, b: string): number {
  if (/^[ -~]*$/.test(a + b)) return compare(a, b);
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function encoder({ query }: S3Request): (text: string) => string {
  const encoding = query['encoding-type'];
  if (encoding === undefined) return (text) => text;
  if (encoding !== 'url') {
    throw s3Error('InvalidArgument', 400, 'Invalid Encoding Method specified in Request', {
      ArgumentName: 'encoding-type',
      ArgumentValue: encoding,
    });
  }
  return (text) => encodeURIComponent(text).replace(/%2F/g, '/');
}

function writeToken(place: string): string {
  return Buffer.from(place).toString('base64url');
}

function readToken(token: string): string {
  const place = Buffer.from(token, 'base64url').toString('utf8');
  if (token !== '' && writeToken(place) === token) return place;
  throw s3Error('InvalidArgument', 400, 'The continuation token provided is incorrect', {
    ArgumentName: 'continuation-token',
  });
}
