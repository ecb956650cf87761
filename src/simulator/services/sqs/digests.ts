import { createHash, hash } from 'node:crypto';
import type { MessageAttributes } from './message.ts';

/** The transport types of the digest's encoding. */
const STRING_TRANSPORT = 1;
const BINARY_TRANSPORT = 2;

/** The MD5 digest of a message's body, which SDKs check. */
export function bodyDigest(body: string): string {
  return hash('md5', body);
}

/** The deduplication id SQS makes of a body. Source: SQS FIFO-queues-exactly-once-processing.html */
export function contentDeduplicationId(body: string): string {
  return hash('sha256', body);
}

/**
 * The MD5 digest of message attributes: of each, sorted by name, the name, the type, the transport type and the
 * value, with four bytes of length before each text.
 * Source: SQS sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export function attributesDigest(attributes: MessageAttributes): string {
  const digest = createHash('md5');
  for (const name of Object.keys(attributes).sort()) {
    const attribute = attributes[name];
    if (attribute === undefined) continue;
    digest.update(sized(Buffer.from(name, 'utf8')));
    digest.update(sized(Buffer.from(attribute.DataType, 'utf8')));
    const binary = attribute.BinaryValue !== undefined;
    digest.update(Buffer.from([binary ? BINARY_TRANSPORT : STRING_TRANSPORT]));
    const value = binary
      ? Buffer.from(attribute.BinaryValue, 'base64')
      : Buffer.from(attribute.StringValue ?? '', 'utf8');
    digest.update(sized(value));
  }
  return digest.digest('hex');
}

function sized(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
