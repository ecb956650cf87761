import type { Caller } from '../../region.ts';
import { compare } from '../paging.ts';
import {
  authorize,
  bucketArn,
  findBucket,
  isBucketName,
  type S3Reply,
  type S3Request,
  type S3State,
  s3Error,
} from './state.ts';
import { elementTexts, xmlDocument } from './xml.ts';

/** Where buckets are that say nothing about it. */
const CLASSIC_REGION = 'us-east-1';

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export function createBucket(state: S3State, request: S3Request, caller: Caller): S3Reply {
  const { bucket: name } = request;
  authorize(state, 's3:CreateBucket', bucketArn(name), caller);
  if (!isBucketName(name)) {
    throw s3Error('InvalidBucketName', 400, 'The specified bucket is not valid.', { BucketName: name });
  }
  checkLocation(state, request);
  // Only where all began is a bucket created again and again without complaint.
  if (state.buckets.has(name) && state.context.region !== CLASSIC_REGION) {
    throw s3Error(
      'BucketAlreadyOwnedByYou',
      409,
      'Your previous request to create the named bucket succeeded and you already own it.',
      { BucketName: name },
    );
  }
  if (!state.buckets.has(name)) {
    state.buckets.set(name, { name, createdAt: state.context.clock.now(), objects: new Map() });
  }
  return { status: 200, headers: { location: `/${name}` } };
}

function checkLocation(state: S3State, request: S3Request): void {
  const [location] = elementTexts(new TextDecoder().decode(request.body), 'LocationConstraint');
  const { region } = state.context;
  if ((location ?? CLASSIC_REGION) === region && location !== CLASSIC_REGION) return;
  if (location === CLASSIC_REGION) {
    throw s3Error('InvalidLocationConstraint', 400, 'The specified location-constraint is not valid', {
      LocationConstraint: location,
    });
  }
  throw s3Error(
    'IllegalLocationConstraintException',
    400,
    `The ${location ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html */
export function deleteBucket(state: S3State, request: S3Request, caller: Caller): S3Reply {
  authorize(state, 's3:DeleteBucket', bucketArn(request.bucket), caller);
  const bucket = findBucket(state, request.bucket);
  if (bucket.objects.size > 0) {
    throw s3Error('BucketNotEmpty', 409, 'The bucket you tried to delete is not empty', {
      BucketName: bucket.name,
    });
  }
  state.buckets.delete(bucket.name);
  return { status: 204, headers: {} };
}

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export function headBucket(state: S3State, request: S3Request, caller: Caller): S3Reply {
  findBucket(state, request.bucket);
  authorize(state, 's3:ListBucket', bucketArn(request.bucket), caller);
  return { status: 200, headers: { 'x-amz-bucket-region': state.context.region } };
}

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
export function getBucketLocation(state: S3State, request: S3Request, caller: Caller): S3Reply {
  findBucket(state, request.bucket);
  authorize(state, 's3:GetBucketLocation', bucketArn(request.bucket), caller);
  const { region } = state.context;
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${region === CLASSIC_REGION ? '' : region}</LocationConstraint>`;
  return { status: 200, headers: {}, body };
}

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export function listBuckets(state: S3State, request: S3Request, caller: Caller): S3Reply {
  authorize(state, 's3:ListAllMyBuckets', '*', caller);
  const buckets = [...state.buckets.values()]
    .filter(({ name }) => name.startsWith(request.query.prefix ?? ''))
    .sort((a, b) => compare(a.name, b.name));
  const body = xmlDocument('ListAllMyBucketsResult', {
    Owner: { ID: state.context.account },
    Buckets: {
      Bucket: buckets.map(({ name, createdAt }) => ({
        Name: name,
        CreationDate: new Date(createdAt).toISOString(),
        BucketRegion: state.context.region,
      })),
    },
  });
  return { status: 200, headers: {}, body };
}
