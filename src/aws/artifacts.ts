import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ABSENT, found, type Reading, unreadable } from '../reconcile/reading.ts';
import type { ObjectPlace } from './build-shapes.ts';
import { classify, errorCode, statusOf } from './errors.ts';

/** A text larger than this is no manifest. */
const TEXT_BYTES_MAX = 1024 * 1024;

/** The size of an object in bytes. S3 gives a HEAD that failed no error but its status. */
export async function objectSize(s3: S3Client, { bucket, key }: ObjectPlace): Promise<Reading<number>> {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return found(head.ContentLength ?? 0);
  } catch (error) {
    return isMissing(error) ? ABSENT : unreadable(classify(error));
  }
}

/** An object as text. */
export async function objectText(s3: S3Client, { bucket, key }: ObjectPlace): Promise<Reading<string>> {
  try {
    const output = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if ((output.ContentLength ?? 0) > TEXT_BYTES_MAX) {
      const message = `s3://${bucket}/${key} has ${output.ContentLength} bytes, at most ${TEXT_BYTES_MAX} are read.`;
      return unreadable({ kind: 'refused', code: 'TooLarge', message });
    }
    return found((await output.Body?.transformToString()) ?? '');
  } catch (error) {
    return isMissing(error) ? ABSENT : unreadable(classify(error));
  }
}

/** Puts a text; putting the same again changes nothing. */
export async function putText(s3: S3Client, { bucket, key }: ObjectPlace, text: string): Promise<void> {
  const type = 'text/plain; charset=utf-8';
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, ContentType: type }));
}

function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'NoSuchKey' || code === 'NotFound' || (statusOf(error) === 404 && code !== 'NoSuchBucket');
}
