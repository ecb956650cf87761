import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { BUCKET, openS3, type S3Bench } from './kit.ts';

const at = (Key: string) => ({ Bucket: BUCKET, Key });

async function textOf(
  bench: S3Bench,
  key: string,
  more: Partial<GetObjectCommandInput> = {},
): Promise<string | undefined> {
  const { Body } = await bench.s3.send(new GetObjectCommand({ ...at(key), ...more }));
  return Body?.transformToString();
}

const failure = (call: Promise<unknown>): Promise<Error & { $metadata: { httpStatusCode: number } }> =>
  call.then(
    () => {
      throw new Error('the call succeeded');
    },
    (error) => error,
  );

describe('an object in S3', () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
  it('comes back as it was put, with its headers, ETag and checksum', async () => {
    const bench = openS3();
    const put = await bench.s3.send(
      new PutObjectCommand({
        ...at('1/build.log'),
        Body: 'built\n',
        ContentType: 'text/plain',
        Metadata: { commit: 'abc' },
      }),
    );
    expect(put.ETag).toBe(`"${createHash('md5').update('built\n').digest('hex')}"`);
    const got = await bench.s3.send(new GetObjectCommand(at('1/build.log')));
    expect(await got.Body?.transformToString()).toBe('built\n');
    expect(got).toMatchObject({
      ContentLength: 6,
      ContentType: 'text/plain',
      ETag: put.ETag,
      Metadata: { commit: 'abc' },
      ChecksumCRC32: put.ChecksumCRC32,
    });
    expect(got.LastModified?.getTime()).toBe(bench.clock.now());
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
  it('holds any bytes, also those of a stream that is sent in chunks with a checksum behind them', async () => {
    const bench = openS3();
    const bytes = Buffer.from(Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
    const Body = Readable.from([bytes.subarray(0, 9), bytes.subarray(9)]);
    const put = await bench.s3.send(
      new PutObjectCommand({ ...at('a b/ü?.bin'), Body, ContentLength: 70_000 }),
    );
    const got = await bench.s3.send(new GetObjectCommand(at('a b/ü?.bin')));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
    expect(put.ChecksumCRC32).toBeDefined();
    expect(got.ContentEncoding).toBeUndefined();
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
  it('is refused when its checksum is of something else', async () => {
    const bench = openS3();
    const wrong = await failure(
      bench.s3.send(new PutObjectCommand({ ...at('a'), Body: 'a', ChecksumCRC32: 'AAAAAA==' })),
    );
    expect(wrong).toMatchObject({
      name: 'BadDigest',
      message: 'The CRC32 you specified did not match the calculated checksum.',
    });
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
  it('gives the part that a range asks for, and refuses one beyond its end', async () => {
    const bench = openS3({ log: '0123456789' });
    const part = await bench.s3.send(new GetObjectCommand({ ...at('log'), Range: 'bytes=2-4' }));
    expect(part).toMatchObject({ ContentLength: 3, ContentRange: 'bytes 2-4/10' });
    expect(part.$metadata.httpStatusCode).toBe(206);
    expect(await part.Body?.transformToString()).toBe('234');
    expect(await textOf(bench, 'log', { Range: 'bytes=7-' })).toBe('789');
    expect(await textOf(bench, 'log', { Range: 'bytes=-2' })).toBe('89');
    expect(await textOf(bench, 'log', { Range: 'lines=1-2' })).toBe('0123456789');
    const beyond = await failure(textOf(bench, 'log', { Range: 'bytes=10-' }));
    expect([beyond.name, beyond.$metadata.httpStatusCode]).toEqual(['InvalidRange', 416]);
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
  it('honours conditions of readers and writers', async () => {
    const bench = openS3();
    const first = await bench.s3.send(new PutObjectCommand({ ...at('a'), Body: '1', IfNoneMatch: '*' }));
    const tag = { IfMatch: first.ETag };
    const again = await failure(
      bench.s3.send(new PutObjectCommand({ ...at('a'), Body: '2', IfNoneMatch: '*' })),
    );
    expect([again.name, again.$metadata.httpStatusCode]).toEqual(['PreconditionFailed', 412]);
    await bench.s3.send(new PutObjectCommand({ ...at('a'), Body: '2', ...tag }));
    await expect(bench.s3.send(new PutObjectCommand({ ...at('a'), Body: '3', ...tag }))).rejects.toThrow();
    await expect(textOf(bench, 'a', tag)).rejects.toMatchObject({ name: 'PreconditionFailed' });
    const { ETag } = await bench.s3.send(new HeadObjectCommand(at('a')));
    const unchanged = await failure(textOf(bench, 'a', { IfNoneMatch: ETag }));
    expect(unchanged.$metadata.httpStatusCode).toBe(304);
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
  it('that is not there is NoSuchKey, and AccessDenied to whoever may not list the bucket', async () => {
    const bench = openS3();
    const gone = await failure(textOf(bench, '7/build.log'));
    expect([gone.name, gone.$metadata.httpStatusCode]).toEqual(['NoSuchKey', 404]);
    bench.simulator.switches.denials.push({ action: 's3:ListBucket', resource: `arn:aws:s3:::${BUCKET}` });
    const hidden = await failure(textOf(bench, '7/build.log'));
    expect([hidden.name, hidden.message, hidden.$metadata.httpStatusCode]).toEqual([
      'AccessDenied',
      'Access Denied',
      403,
    ]);
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  it('answers HEAD with headers alone, and 404 without a body', async () => {
    const bench = openS3({ log: { text: 'text', contentType: 'text/plain' } });
    expect(await bench.s3.send(new HeadObjectCommand(at('log')))).toMatchObject({
      ContentLength: 4,
      ContentType: 'text/plain',
    });
    const gone = await failure(bench.s3.send(new HeadObjectCommand(at('none'))));
    expect([gone.name, gone.$metadata.httpStatusCode]).toEqual(['NotFound', 404]);
  });

  it('is found by its bucket in the host name as well', async () => {
    const bench = openS3({ 'a/b': 'text' });
    const s3 = new S3Client({ ...bench.client() });
    const { Body } = await s3.send(new GetObjectCommand(at('a/b')));
    expect(await Body?.transformToString()).toBe('text');
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
  it('can be copied, but not to itself', async () => {
    const bench = openS3({ 'a b': 'text' });
    const CopySource = `${BUCKET}/a%20b`;
    await bench.s3.send(new CopyObjectCommand({ ...at('c'), CopySource }));
    expect(await textOf(bench, 'c')).toBe('text');
    await expect(bench.s3.send(new CopyObjectCommand({ ...at('a b'), CopySource }))).rejects.toMatchObject({
      name: 'InvalidRequest',
    });
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
  it('is deleted, alone or with others, whether it was there or not', async () => {
    const bench = openS3({ a: '1', b: '2', 'c&d': '3' });
    await bench.s3.send(new DeleteObjectCommand(at('a')));
    await bench.s3.send(new DeleteObjectCommand(at('a')));
    bench.simulator.switches.denials.push({ action: 's3:DeleteObject', resource: '*/b' });
    const answer = await bench.s3.send(
      new DeleteObjectsCommand({
        Bucket: BUCKET,
        Delete: { Objects: [{ Key: 'b' }, { Key: 'c&d' }, { Key: 'x' }] },
      }),
    );
    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(['c&d', 'x']);
    expect(answer.Errors).toMatchObject([{ Key: 'b', Code: 'AccessDenied' }]);
    await expect(textOf(bench, 'a')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});
