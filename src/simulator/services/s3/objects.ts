import type { Caller } from '../../region.ts';
import { readChecksums } from './checksums.ts';
import { checkReadConditions, checkWriteConditions, readRange } from './conditions.ts';
import {
  accessDenied,
  authorize,
  bucketArn,
  checkKey,
  findBucket,
  isAllowed,
  objectArn,
  type S3Reply,
  type S3Request,
  type S3State,
  type StoredObject,
  s3Error,
  storeObject,
} from './state.ts';
import { xmlDocument } from './xml.ts';

/** Headers of an upload that come back with the object. */
const KEPT_HEADER =
  /^(?:cache-control|content-disposition|content-encoding|content-language|content-type|expires|x-amz-meta-.+|x-amz-website-redirect-location)$/;

/** Arguments of a GET that replace a header of the object. */
const REPLACED = [
  ...[
    'cache-control',
    'content-disposition',
    'content-encoding',
    'content-language',
    'content-type',
    'expires',
  ],
];

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export function getObject(state: S3State, request: S3Request, caller: Caller): S3Reply {
  const object = readObject(state, request, caller);
  const range = readRange(request, object.body.byteLength);
  const body = range === undefined ? object.body : object.body.slice(range.start, range.end + 1);
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...objectHeaders(object, request),
      ...overrides(request),
      'content-length': String(body.byteLength),
      ...(range === undefined
        ? {}
        : { 'content-range': `bytes ${range.start}-${range.end}/${object.body.byteLength}` }),
    },
    body,
  };
}

/** Needs `s3:GetObject` too. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export function headObject(state: S3State, request: S3Request, caller: Caller): S3Reply {
  const { status, headers } = getObject(state, request, caller);
  return { status, headers };
}

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export function putObject(state: S3State, request: S3Request, caller: Caller): S3Reply {
  authorize(state, 's3:PutObject', objectArn(request.bucket, request.key), caller);
  const bucket = findBucket(state, request.bucket);
  checkKey(request.key);
  const checksums = readChecksums(request);
  checkWriteConditions(request, bucket.objects.get(request.key));
  const headers = keptHeaders(request);
  const { key, body } = request;
  const { etag } = storeObject(state, bucket, { key, body, headers, checksums });
  return { status: 200, headers: { etag, 'x-amz-server-side-encryption': 'AES256', ...checksums } };
}

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export function copyObject(state: S3State, request: S3Request, caller: Caller): S3Reply {
  const [, from = '', fromKey = ''] =
    /^\/?([^/]+)\/(.+?)(?:\?versionId=.*)?$/s.exec(decoded(request.headers['x-amz-copy-source'] ?? '')) ?? [];
  if (fromKey === '') {
    throw s3Error(
      'InvalidArgument',
      400,
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  }
  const source = readObject(state, { ...request, bucket: from, key: fromKey, headers: {} }, caller);
  authorize(state, 's3:PutObject', objectArn(request.bucket, request.key), caller);
  const bucket = findBucket(state, request.bucket);
  checkKey(request.key);
  const replaced = request.headers['x-amz-metadata-directive'] === 'REPLACE';
  if (!replaced && from === request.bucket && fromKey === request.key) {
    throw s3Error(
      'InvalidRequest',
      400,
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const { body, checksums } = source;
  const headers = replaced ? keptHeaders(request) : source.headers;
  const copy = storeObject(state, bucket, { key: request.key, body, headers, checksums });
  const result = { LastModified: new Date(copy.modifiedAt).toISOString(), ETag: copy.etag };
  return { status: 200, headers: {}, body: xmlDocument('CopyObjectResult', result) };
}

/** An object that is not there is gone as well. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export function deleteObject(state: S3State, request: S3Request, caller: Caller): S3Reply {
  authorize(state, 's3:DeleteObject', objectArn(request.bucket, request.key), caller);
  findBucket(state, request.bucket).objects.delete(request.key);
  return { status: 204, headers: {} };
}

/**
 * "If you have the s3:ListBucket permission on the bucket, Amazon S3 returns an HTTP status code 404 (Not Found) error.
 * If you don't have the s3:ListBucket permission, Amazon S3 returns an HTTP status code 403 ("access denied") error."
 */
function readObject(state: S3State, request: S3Request, caller: Caller): StoredObject {
  const bucket = findBucket(state, request.bucket);
  authorize(state, 's3:GetObject', objectArn(request.bucket, request.key), caller);
  const object = bucket.objects.get(request.key);
  if (object === undefined) {
    if (!isAllowed(state, 's3:ListBucket', bucketArn(request.bucket), caller)) throw accessDenied();
    throw s3Error('NoSuchKey', 404, 'The specified key does not exist.', { Key: request.key });
  }
  checkReadConditions(request, object);
  return object;
}

function objectHeaders(object: StoredObject, request: S3Request): Record<string, string> {
  const asked = request.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED';
  const whole = request.headers.range === undefined;
  return {
    'accept-ranges': 'bytes',
    'content-type': 'binary/octet-stream',
    'last-modified': new Date(object.modifiedAt).toUTCString(),
    etag: object.etag,
    'x-amz-server-side-encryption': 'AES256',
    ...object.headers,
    // Checksums are of the whole object.
    ...(asked && whole ? object.checksums : {}),
  };
}

function overrides({ query }: S3Request): Record<string, string> {
  const told = REPLACED.flatMap((name) => {
    const value = query[`response-${name}`];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(told);
}

/** The encoding of the upload itself is not the object's. */
function keptHeaders({ headers }: S3Request): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => KEPT_HEADER.test(name));
  const encoding = headers['content-encoding']
    ?.split(',')
    .map((one) => one.trim())
    .filter((one) => one !== 'aws-chunked')
    .join(',');
  const { 'content-encoding': _uploaded, ...others } = Object.fromEntries(kept);
  return encoding === undefined || encoding === '' ? others : { ...others, 'content-encoding': encoding };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
