import type { Caller } from '../../region.ts';
import { readChecksums } from './checksums.ts';
import {
  findBucket,
  isAllowed,
  objectArn,
  type S3Reply,
  type S3Request,
  type S3State,
  s3Error,
} from './state.ts';
import { elementTexts, xmlDocument } from './xml.ts';

const KEYS_MAX = 1000;

/** Good and bad news in one answer. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export function deleteObjects(state: S3State, request: S3Request, caller: Caller): S3Reply {
  const bucket = findBucket(state, request.bucket);
  checkIntegrity(request);
  const document = new TextDecoder().decode(request.body);
  const keys = elementTexts(document, 'Key');
  if (keys.length < 1 || keys.length > KEYS_MAX) {
    throw s3Error(
      'MalformedXML',
      400,
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  }
  const allowed = (key: string): boolean =>
    isAllowed(state, 's3:DeleteObject', objectArn(bucket.name, key), caller);
  const gone = keys.filter(allowed);
  const refused = keys.filter((key) => !gone.includes(key));
  for (const key of gone) bucket.objects.delete(key);
  const quiet = elementTexts(document, 'Quiet')[0] === 'true';
  const body = xmlDocument('DeleteResult', {
    Deleted: quiet ? [] : gone.map((Key) => ({ Key })),
    Error: refused.map((Key) => ({ Key, Code: 'AccessDenied', Message: 'Access Denied' })),
  });
  return { status: 200, headers: {}, body };
}

/** "The Content-MD5 request header is required", or one of the newer checksums. */
function checkIntegrity(request: S3Request): void {
  const checksums = Object.keys(readChecksums(request));
  if (checksums.length > 0 || request.headers['content-md5'] !== undefined) return;
  throw s3Error('InvalidRequest', 400, 'Missing required header for this request: Content-MD5');
}
