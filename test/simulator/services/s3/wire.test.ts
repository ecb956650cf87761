import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { WireRequest } from '../../../../src/simulator/wire.ts';
import { BUCKET, openS3, type S3Bench } from './kit.ts';

const AUTHORIZATION = 'AWS4-HMAC-SHA256 Credential=AKIA/20260105/us-east-1/s3/aws4_request';

/** Sends a request as it is, with nothing of a client's care. */
async function send(
  bench: S3Bench,
  request: Omit<WireRequest, 'headers'> & { headers?: Record<string, string> },
): Promise<{ status: number; body: string; headers: Record<string, string> }> {
  const { requestHandler } = bench.client();
  const headers = { authorization: AUTHORIZATION, ...request.headers };
  const { response } = await requestHandler.handle({ ...request, headers });
  const body: unknown = response.body;
  const parts: Buffer[] = [];
  // An object comes as a stream, everything else as bytes.
  if (body instanceof Uint8Array) parts.push(Buffer.from(body));
  else for await (const part of body as AsyncIterable<Buffer>) parts.push(part);
  return {
    status: response.statusCode,
    headers: response.headers,
    body: Buffer.concat(parts).toString('utf8'),
  };
}

const chunked = (text: string, trailer = ''): string =>
  `${text.length.toString(16)}\r\n${text}\r\n0\r\n${trailer}\r\n`;

describe('S3 on the wire', () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
  it('takes an upload in chunks, and the checksum behind it', async () => {
    const bench = openS3();
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32('built'));
    const put = (trailer: string) =>
      send(bench, {
        method: 'PUT',
        path: `/${BUCKET}/log`,
        headers: {
          'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
          'x-amz-trailer': 'x-amz-checksum-crc32',
          'content-encoding': 'gzip,aws-chunked',
        },
        body: Buffer.from(chunked('built', `x-amz-checksum-crc32:${trailer}\r\n`)),
      });
    expect((await put(checksum.toString('base64'))).status).toBe(200);
    const got = await send(bench, { method: 'GET', path: `/${BUCKET}/log` });
    expect([got.body, got.headers['content-encoding']]).toEqual(['built', 'gzip']);
    expect((await put('AAAAAA==')).body).toContain('<Code>BadDigest</Code>');
  });

  it('takes chunks that are signed each', async () => {
    const bench = openS3();
    const signature = `;chunk-signature=${'0'.repeat(64)}`;
    await send(bench, {
      method: 'PUT',
      path: `/${BUCKET}/log`,
      headers: { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' },
      body: Buffer.from(`3${signature}\r\none\r\n3${signature}\r\ntwo\r\n0${signature}\r\n\r\n`),
    });
    expect((await send(bench, { method: 'GET', path: `/${BUCKET}/log` })).body).toBe('onetwo');
  });

  it.each(['5\r\nbui', 'x\r\n', 'ffffffff\r\nbuilt\r\n0\r\n\r\n', ''])(
    'refuses a body that ends too early: %j',
    async (body) => {
      const answer = await send(openS3(), {
        method: 'PUT',
        path: `/${BUCKET}/log`,
        headers: { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' },
        body: Buffer.from(body),
      });
      expect([answer.status, answer.body]).toEqual([
        400,
        expect.stringContaining('<Code>IncompleteBody</Code>'),
      ]);
    },
  );

  // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  it.each([
    ['GET', `/${BUCKET}?versioning`],
    ['POST', `/${BUCKET}/a?uploads`],
    ['PATCH', `/${BUCKET}/a`],
    ['DELETE', '/'],
  ])('says of %s %s that there is no such thing here', async (method, path) => {
    const answer = await send(openS3({ a: 'x' }), { method, path });
    expect([answer.status, answer.body]).toEqual([
      501,
      expect.stringContaining('<Code>NotImplemented</Code>'),
    ]);
  });

  it('writes names in errors so that XML stays XML, and nothing at all after a HEAD', async () => {
    const bench = openS3();
    const gone = await send(bench, { method: 'GET', path: `/${BUCKET}/a%3Cb%3E%26` });
    expect(gone.body).toContain('<Key>a&#60;b&#62;&#38;</Key>');
    const head = await send(bench, { method: 'HEAD', path: `/${BUCKET}/none` });
    expect([head.status, head.body]).toEqual([404, '']);
  });

  it('takes a path that cannot be decoded as it is', async () => {
    const answer = await send(openS3(), { method: 'GET', path: `/${BUCKET}/%E0%A4%A` });
    expect(answer.body).toContain('<Code>NoSuchKey</Code>');
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
  it('compares Content-MD5, and takes one checksum only', async () => {
    const bench = openS3();
    const put = (headers: Record<string, string>) =>
      send(bench, { method: 'PUT', path: `/${BUCKET}/a`, headers, body: Buffer.from('a') });
    const md5 = createHash('md5').update('a').digest('base64');
    expect((await put({ 'content-md5': md5 })).status).toBe(200);
    expect((await put({ 'content-md5': 'AAAA' })).body).toContain('BadDigest');
    const two = { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-sha1': 'AAAA' };
    expect((await put(two)).body).toContain('InvalidRequest');
  });

  it('keeps no body in the log of calls', async () => {
    const bench = openS3();
    await send(bench, { method: 'PUT', path: `/${BUCKET}/a`, body: Buffer.from('canary-6f1d') });
    const call = bench.simulator.calls.at(-1);
    expect(call).toMatchObject({
      service: 's3',
      operation: 'PutObject',
      input: { Bucket: BUCKET, Key: 'a' },
    });
    expect(JSON.stringify(call)).not.toContain('canary');
    expect(call?.input.Body).toBe('(not kept)');
  });
});
