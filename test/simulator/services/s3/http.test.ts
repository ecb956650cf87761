import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { type SimulatorServer, serveSimulator } from '../../../../src/simulator/server.ts';
import { BUCKET, openS3 } from './kit.ts';

let server: SimulatorServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('S3 over HTTP', () => {
  it('takes and gives any bytes by path, and a HEAD tells a length without a body', async () => {
    const bench = openS3();
    server = await serveSimulator(bench.simulator, { port: 0 });
    const s3 = new S3Client({
      region: 'us-east-1',
      endpoint: server.url,
      forcePathStyle: true,
      credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    });
    const place = { Bucket: BUCKET, Key: 'a folder/bytes ü' };
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    await s3.send(new PutObjectCommand({ ...place, Body: bytes }));
    const { Body } = await s3.send(new GetObjectCommand(place));
    expect(await Body?.transformToByteArray()).toEqual(bytes);
    expect(await s3.send(new HeadObjectCommand(place))).toMatchObject({ ContentLength: 256 });
    await expect(s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'none' }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
    s3.destroy();
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/ShareObjectPreSignedURL.html
  it.each([
    ['X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20260105%2Fus-east-1%2Fs3%2Faws4_request'],
    ['AWSAccessKeyId=AKIA&Signature=x&Expires=1'],
  ])('gives an object to whoever has an address that was signed beforehand: %s', async (signature) => {
    const bench = openS3({ log: 'built' });
    server = await serveSimulator(bench.simulator, { port: 0 });
    const reply = await fetch(`${server.url}/${BUCKET}/log?${signature}`);
    expect([reply.status, await reply.text()]).toEqual([200, 'built']);
  });
});
