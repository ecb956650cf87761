import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketLocationCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { BUCKET, openS3 } from './kit.ts';

describe('a bucket of S3', () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
  it('is made, shown and deleted when it is empty', async () => {
    const bench = openS3();
    const Bucket = 'second';
    await bench.s3.send(new CreateBucketCommand({ Bucket }));
    expect(await bench.s3.send(new HeadBucketCommand({ Bucket }))).toMatchObject({
      BucketRegion: 'us-east-1',
    });
    expect(
      (await bench.s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint,
    ).toBeUndefined();
    const { Buckets } = await bench.s3.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual(['second', BUCKET]);
    await bench.s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
    await expect(bench.s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: 'BucketNotEmpty',
    });
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  it.each(['Shop', 'ab', '192.168.5.4', 'a..b'])('cannot be named %s', async (Bucket) => {
    const bench = openS3();
    await expect(bench.s3.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: 'InvalidBucketName',
    });
  });

  it('that is not there is NoSuchBucket, and 404 to a HEAD', async () => {
    const bench = openS3();
    const put = bench.s3.send(new PutObjectCommand({ Bucket: 'none', Key: 'a', Body: 'a' }));
    await expect(put).rejects.toMatchObject({ name: 'NoSuchBucket', BucketName: 'none' });
    const head = bench.s3.send(new HeadBucketCommand({ Bucket: 'none' }));
    await expect(head).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
  it('lists its keys in order, by pages, below a prefix and by what they share', async () => {
    const bench = openS3({ '1/a': 'x', '1/b': 'yy', '10/a': 'z', '2/a': '', top: '' });
    const list = (more: Record<string, unknown>) =>
      bench.s3.send(new ListObjectsV2Command({ Bucket: BUCKET, ...more }));
    const first = await list({ MaxKeys: 2 });
    expect(first).toMatchObject({ IsTruncated: true, KeyCount: 2 });
    expect(first.Contents).toMatchObject([
      { Key: '1/a', Size: 1 },
      { Key: '1/b', Size: 2 },
    ]);
    const second = await list({ ContinuationToken: first.NextContinuationToken });
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(['10/a', '2/a', 'top']);
    expect(second.IsTruncated).toBe(false);
    const folders = await list({ Delimiter: '/' });
    expect(folders.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['1/', '10/', '2/']);
    expect(folders.Contents?.map(({ Key }) => Key)).toEqual(['top']);
    expect((await list({ Prefix: '1/', StartAfter: '1/a' })).Contents).toMatchObject([{ Key: '1/b' }]);
    await expect(list({ ContinuationToken: 'x' })).rejects.toMatchObject({ name: 'InvalidArgument' });
    const old = await bench.s3.send(new ListObjectsCommand({ Bucket: BUCKET, Marker: '10/a' }));
    expect(old.Contents?.map(({ Key }) => Key)).toEqual(['2/a', 'top']);
  });

  it('is part of a world that can be saved and loaded', async () => {
    const bench = openS3({ 'a/b': 'text', bytes: { base64: '/wD+', contentType: 'image/png' } });
    const saved = bench.dump();
    const other = openS3();
    other.load(saved);
    expect(other.dump()).toEqual(saved);
    expect(saved).toMatchObject({
      buckets: { [BUCKET]: { objects: { 'a/b': { text: 'text' }, bytes: { base64: '/wD+' } } } },
    });
    expect(() => bench.load({ buckets: { Shop: {} } })).toThrow(/s3\.buckets\.Shop/);
  });

  it('answers faults in the words of S3', async () => {
    const bench = openS3();
    bench.simulator.switches.faults.push({ kind: 'throttle', service: 's3', times: 1 });
    await expect(bench.s3.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'SlowDown' });
  });
});
