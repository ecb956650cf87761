import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type S3Request, s3Error } from './state.ts';

/**
 * What an upload says about its own content.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */

/** The algorithms that are looked at; of CRC-32C and CRC-64/NVME the given value is believed. */
const CALCULATED: Readonly<Record<string, (body: Uint8Array) => string>> = {
  'x-amz-checksum-crc32': (body) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(body));
    return bytes.toString('base64');
  },
  'x-amz-checksum-sha1': (body) => createHash('sha1').update(body).digest('base64'),
  'x-amz-checksum-sha256': (body) => createHash('sha256').update(body).digest('base64'),
};

const CHECKSUM = /^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/;

/** The checksums of an upload, compared with its body where there is a way to. */
export function readChecksums({ headers, body }: S3Request): Record<string, string> {
  const md5 = headers['content-md5'];
  if (md5 !== undefined && createHash('md5').update(body).digest('base64') !== md5) {
    throw s3Error('BadDigest', 400, 'The Content-MD5 you specified did not match what we received.');
  }
  const given = Object.entries(headers).filter(([name]) => CHECKSUM.test(name));
  if (given.length > 1) {
    throw s3Error(
      'InvalidRequest',
      400,
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  for (const [name, value] of given) {
    const calculated = CALCULATED[name]?.(body);
    if (calculated !== undefined && calculated !== value) {
      const algorithm = name.slice('x-amz-checksum-'.length).toUpperCase();
      throw s3Error(
        'BadDigest',
        400,
        `The ${algorithm} you specified did not match the calculated checksum.`,
      );
    }
  }
  return Object.fromEntries(given);
}
