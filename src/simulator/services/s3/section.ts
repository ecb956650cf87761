import { z } from 'zod';
import { defined } from '../members.ts';
import { compare } from '../paging.ts';
import { instantSchema, parseSection, writeInstant } from '../sections.ts';
import { type Bucket, isBucketName, type S3State, type StoredObject, storeObject } from './state.ts';

const objectSchema = z.strictObject({
  /** The content as text … */
  text: z.string().optional(),
  /** … or, where it is none, in base64. */
  base64: z.base64().optional(),
  modifiedAt: instantSchema.optional(),
  /** `binary/octet-stream` unless said. */
  contentType: z.string().optional(),
  /** Further headers that come back with the object: `cache-control`, `x-amz-meta-…`. */
  headers: z.record(z.string().regex(/^[a-z0-9-]+$/), z.string()).optional(),
  checksums: z.record(z.string().regex(/^x-amz-checksum-[a-z0-9]+$/), z.string()).optional(),
});

const bucketSchema = z.strictObject({
  createdAt: instantSchema.optional(),
  objects: z.record(z.string().min(1), z.union([z.string(), objectSchema])).optional(),
});

/** The section `s3` of a world: `{"buckets": {"shop-artifacts": {"objects": {"1/build.log": "built"}}}}`. */
const sectionSchema = z.strictObject({
  buckets: z
    .record(z.string().refine(isBucketName, { message: 'no name a bucket may have' }), bucketSchema)
    .optional(),
});

/** Replaces everything by what the section says. */
export function loadSection(state: S3State, section: unknown): void {
  const { buckets } = parseSection(sectionSchema, section, 's3');
  const loaded = Object.entries(buckets ?? {}).map(([name, entry]) => readBucket(state, name, entry));
  state.buckets.clear();
  for (const bucket of loaded) state.buckets.set(bucket.name, bucket);
}

/** Everything, as `loadSection` reads it. */
export function dumpSection(state: S3State): unknown {
  const buckets = [...state.buckets.values()].sort((a, b) => compare(a.name, b.name));
  return { buckets: Object.fromEntries(buckets.map((bucket) => [bucket.name, writeBucket(bucket)])) };
}

function readBucket(state: S3State, name: string, entry: z.infer<typeof bucketSchema>): Bucket {
  const now = state.context.clock.now();
  const bucket: Bucket = { name, createdAt: entry.createdAt ?? now, objects: new Map() };
  for (const [key, given] of Object.entries(entry.objects ?? {})) {
    const object = typeof given === 'string' ? { text: given } : given;
    const { text = '', base64, contentType, headers, modifiedAt, checksums } = object;
    const body = base64 === undefined ? new TextEncoder().encode(text) : Buffer.from(base64, 'base64');
    storeObject(state, bucket, {
      key,
      body: new Uint8Array(body),
      headers: defined({ 'content-type': contentType, ...headers }),
      ...defined({ modifiedAt, checksums }),
    });
  }
  return bucket;
}

function writeBucket(bucket: Bucket): unknown {
  const objects = [...bucket.objects.values()].sort((a, b) => compare(a.key, b.key));
  return {
    createdAt: writeInstant(bucket.createdAt),
    objects: Object.fromEntries(objects.map((object) => [object.key, writeObject(object)])),
  };
}

function writeObject({ body, modifiedAt, headers, checksums }: StoredObject): unknown {
  const { 'content-type': contentType, ...others } = headers;
  const text = new TextDecoder().decode(body);
  const isText = Buffer.from(text, 'utf8').equals(Buffer.from(body));
  return defined({
    text: isText ? text : undefined,
    base64: isText ? undefined : Buffer.from(body).toString('base64'),
    modifiedAt: writeInstant(modifiedAt),
    contentType,
    headers: Object.keys(others).length === 0 ? undefined : others,
    checksums: Object.keys(checksums).length === 0 ? undefined : checksums,
  });
}
