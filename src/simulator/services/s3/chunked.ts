/**
 * Uploads in chunks, with or without a signature each, and with a trailer after the last.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */

/** Whether the value of `x-amz-content-sha256` announces chunks. */
export function isChunked(contentHash: string | undefined): boolean {
  return contentHash?.startsWith('STREAMING-') === true;
}

/** What the chunks hold, and the headers that follow the last; nothing when the body ends too early. */
export function decodeChunks(
  body: Uint8Array,
): { readonly body: Uint8Array; readonly trailers: Record<string, string> } | undefined {
  const bytes = Buffer.from(body);
  const parts: Buffer[] = [];
  let place = 0;
  for (;;) {
    const end = bytes.indexOf('\r\n', place);
    const size = end === -1 ? Number.NaN : Number.parseInt(bytes.toString('latin1', place, end), 16);
    if (!Number.isInteger(size) || end + 2 + size > bytes.length) return undefined;
    if (size === 0) return { body: Buffer.concat(parts), trailers: readTrailers(bytes.subarray(end + 2)) };
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    place = end + 2 + size + 2;
  }
}

function readTrailers(bytes: Buffer): Record<string, string> {
  const trailers: Record<string, string> = {};
  for (const line of bytes.toString('latin1').split(/\r?\n/)) {
    const [, name = '', value = ''] = /^([\w-]+):\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== '') trailers[name.toLowerCase()] = value;
  }
  return trailers;
}
