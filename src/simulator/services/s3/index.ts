import type { ServiceLimits } from '../../limits.ts';
import type { Operation, RegionContext, Service } from '../../region.ts';
import { isDocument } from '../members.ts';
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.ts';
import { deleteObjects } from './delete-objects.ts';
import { listObjects, listObjectsV2 } from './listing.ts';
import { copyObject, deleteObject, getObject, headObject, putObject } from './objects.ts';
import { dumpSection, loadSection } from './section.ts';
import { type S3Operation, type S3Request, type S3State, s3Error, storeObject } from './state.ts';

const OPERATIONS: Readonly<Record<string, S3Operation>> = {
  CopyObject: copyObject,
  CreateBucket: createBucket,
  DeleteBucket: deleteBucket,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjects,
  GetBucketLocation: getBucketLocation,
  GetObject: getObject,
  HeadBucket: headBucket,
  HeadObject: headObject,
  ListBuckets: listBuckets,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  PutObject: putObject,
};

/**
 * "At least 3,500 PUT/COPY/POST/DELETE or 5,500 GET/HEAD requests per second per partitioned prefix."
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
 */
const LIMITS: ServiceLimits = {
  buckets: { writes: { burst: 3500, perSecond: 3500 }, reads: { burst: 5500, perSecond: 5500 } },
  operations: Object.fromEntries(
    Object.keys(OPERATIONS).map((name) => [name, /^(?:Get|Head|List)/.test(name) ? 'reads' : 'writes']),
  ),
  refusal: { code: 'SlowDown', message: 'Please reduce your request rate.' },
};

/** S3 of one account and region. Its world section is described in section.ts. */
export function createS3Service(context: RegionContext): Service {
  const state: S3State = { context, buckets: new Map() };
  context.offers.putObject = (bucketName, key, body) => {
    const bucket = state.buckets.get(bucketName);
    if (bucket === undefined) return false;
    storeObject(state, bucket, { key, body: new TextEncoder().encode(body) });
    return true;
  };
  context.offers.readObjects = (bucketName, prefix) => {
    const objects = [...(state.buckets.get(bucketName)?.objects.values() ?? [])];
    const below = objects.filter(({ key }) => key.startsWith(prefix));
    return Object.fromEntries(
      below.map(({ key, body }) => [key.slice(prefix.length), new TextDecoder().decode(body)]),
    );
  };
  return {
    name: 's3',
    operations: Object.fromEntries(
      Object.entries(OPERATIONS).map(([name, operation]): [string, Operation] => [
        name,
        (input, caller) => operation(state, readRequest(input), caller),
      ]),
    ),
    limits: LIMITS,
    load: (section) => loadSection(state, section),
    dump: () => dumpSection(state),
  };
}

/** The wire makes these members; anything else is a request that nobody can mean. */
function readRequest(input: Record<string, unknown>): S3Request {
  const { Bucket, Key, Query, Headers, Body } = input;
  if (Body === undefined) throw s3Error('IncompleteBody', 400, 'The request body terminated unexpectedly');
  return {
    bucket: typeof Bucket === 'string' ? Bucket : '',
    key: typeof Key === 'string' ? Key : '',
    query: texts(Query),
    headers: texts(Headers),
    body: Body instanceof Uint8Array ? Body : new Uint8Array(),
  };
}

function texts(given: unknown): Record<string, string> {
  if (!isDocument(given)) return {};
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
