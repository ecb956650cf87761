import { createHash } from 'node:crypto';
import { AwsError } from '../../errors.ts';
import type { Caller, RegionContext } from '../../region.ts';

/** One object, as it was put. */
export interface StoredObject {
  readonly key: string;
  readonly body: Uint8Array;
  readonly etag: string;
  readonly modifiedAt: number;
  /** `content-type`, `cache-control`, … and `x-amz-meta-*`, as they are given back. */
  readonly headers: Readonly<Record<string, string>>;
  /** By header name, `x-amz-checksum-crc32`; only what the upload brought. */
  readonly checksums: Readonly<Record<string, string>>;
}

export interface Bucket {
  readonly name: string;
  readonly createdAt: number;
  readonly objects: Map<string, StoredObject>;
}

/** S3 of one account and region. AWS's buckets share one name space; here each account and region has its own. */
export interface S3State {
  readonly context: RegionContext;
  readonly buckets: Map<string, Bucket>;
}

/** A request to S3 in its own words, REST being all there is. */
export interface S3Request {
  readonly bucket: string;
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** An answer of S3. A text is XML. */
export interface S3Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export type S3Operation = (state: S3State, request: S3Request, caller: Caller) => S3Reply;

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/;

/** Keys are this many bytes of UTF-8 at most. */
const KEY_BYTES_MAX = 1024;

/** Whether a bucket may have this name. */
export function isBucketName(name: string): boolean {
  return BUCKET_NAME.test(name);
}

export function bucketArn(bucket: string): string {
  return `arn:aws:s3:::${bucket}`;
}

export function objectArn(bucket: string, key: string): string {
  return `${bucketArn(bucket)}/${key}`;
}

/** Throws S3's refusal when a test denies `action`. */
export function authorize(state: S3State, action: string, resource: string, caller: Caller): void {
  try {
    state.context.authorize(action, resource, caller);
  } catch (error) {
    if (error instanceof AwsError) throw accessDenied();
    throw error;
  }
}

/** Whether the caller may do `action`: what S3 says of a missing object depends on it. */
export function isAllowed(state: S3State, action: string, resource: string, caller: Caller): boolean {
  try {
    state.context.authorize(action, resource, caller);
    return true;
  } catch {
    return false;
  }
}

/** The bucket of a request; throws when there is none. */
export function findBucket(state: S3State, name: string): Bucket {
  const bucket = state.buckets.get(name);
  if (bucket !== undefined) return bucket;
  throw s3Error('NoSuchBucket', 404, 'The specified bucket does not exist', { BucketName: name });
}

/** Puts an object, whatever was there. */
export function storeObject(
  state: S3State,
  bucket: Bucket,
  given: Pick<StoredObject, 'key' | 'body'> & Partial<StoredObject>,
): StoredObject {
  const object: StoredObject = {
    etag: `"${createHash('md5').update(given.body).digest('hex')}"`,
    modifiedAt: state.context.clock.now(),
    headers: {},
    checksums: {},
    ...given,
  };
  bucket.objects.set(object.key, object);
  return object;
}

/** Refuses keys that S3 cannot hold. */
export function checkKey(key: string): void {
  if (Buffer.byteLength(key) > KEY_BYTES_MAX) {
    throw s3Error('KeyTooLongError', 400, 'Your key is too long', {
      Size: String(Buffer.byteLength(key)),
      MaxSizeAllowed: String(KEY_BYTES_MAX),
    });
  }
}

/** An error as S3 writes it: `details` become elements of their own. */
export function s3Error(
  code: string,
  status: number,
  message: string,
  details: Record<string, string> = {},
): AwsError {
  return new AwsError(code, message, { status, extra: details });
}

export function accessDenied(): AwsError {
  return s3Error('AccessDenied', 403, 'Access Denied');
}
