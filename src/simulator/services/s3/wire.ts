import { AwsError } from '../../errors.ts';
import { bodyBytes, encodeText, escapeXml, header, type WireRequest, type WireResponse } from '../../wire.ts';
import { isDocument } from '../members.ts';
import { decodeChunks, isChunked } from './chunked.ts';
import type { S3Reply } from './state.ts';

/**
 * S3 speaks REST: method, host, path, query and headers say what is meant.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAPI.html
 */

/** Headers that say something about an object or a condition; the others differ from run to run. */
const TELLING = new Set([
  ...['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-length'],
  ...['content-md5', 'content-type', 'expires', 'range'],
  ...['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'],
]);

/** Of the `x-amz-` headers, those of every signed request. */
const SIGNING = new Set(['x-amz-date', 'x-amz-security-token', 'x-amz-user-agent', 'x-amz-content-sha256']);

/** Hosts whose first label is a bucket. Any other host is followed by the bucket in the path. */
const VIRTUAL_HOST =
  /^(?<bucket>[a-z0-9][a-z0-9.-]+)\.(?:s3[.-](?:.+\.)?amazonaws\.com(?:\.cn)?|simulated\.invalid|localhost)(?::\d+)?$/;

/** Sub-resources that make another operation of a request, by method and level, and the operation without any. */
const OPERATIONS: Readonly<Record<string, ReadonlyArray<readonly [query: string, operation: string]>>> = {
  'GET account': [['', 'ListBuckets']],
  'GET bucket': [
    ['location', 'GetBucketLocation'],
    ['list-type', 'ListObjectsV2'],
    ['', 'ListObjects'],
  ],
  'HEAD bucket': [['', 'HeadBucket']],
  'PUT bucket': [['', 'CreateBucket']],
  'DELETE bucket': [['', 'DeleteBucket']],
  'POST bucket': [['delete', 'DeleteObjects']],
  'GET object': [['', 'GetObject']],
  'HEAD object': [['', 'HeadObject']],
  'PUT object': [['', 'PutObject']],
  'DELETE object': [['', 'DeleteObject']],
};

/** Query arguments that do not choose an operation. */
const PLAIN_QUERY =
  /^(?:x-id|x-amz-.*|awsaccesskeyid|signature|expires|prefix|delimiter|max-keys|marker|continuation-token|start-after|encoding-type|fetch-owner|response-.*|bucket-region|max-buckets)$/i;

/** Reads what a REST request asks for. */
export function readS3Request(request: WireRequest): { operation: string; input: Record<string, unknown> } {
  const [path = '/', search = ''] = splitOnce(request.path ?? '/', '?');
  const query = { ...readSearch(search), ...readQuery(request.query ?? {}) };
  const host = header(request, 'host') ?? request.hostname ?? '';
  const hosted = VIRTUAL_HOST.exec(host)?.groups?.bucket;
  const segments = decodePath(path).slice(1);
  const [bucket, key] = hosted === undefined ? splitOnce(segments, '/') : [hosted, segments];
  const body = bodyBytes(request.body);
  const chunked = isChunked(header(request, 'x-amz-content-sha256')) ? decodeChunks(body) : { body };
  const headers = {
    ...tellingHeaders(request),
    ...(chunked && 'trailers' in chunked ? chunked.trailers : {}),
  };
  return {
    operation: operationOf(request.method ?? 'GET', { bucket, key, query, headers }),
    // No body is one that ended too early.
    input: { Bucket: bucket, Key: key, Query: query, Headers: headers, Body: chunked?.body },
  };
}

function operationOf(
  method: string,
  asked: { bucket: string; key: string; query: Record<string, string>; headers: Record<string, string> },
): string {
  const level = asked.bucket === '' ? 'account' : asked.key === '' ? 'bucket' : 'object';
  if (method === 'PUT' && level === 'object' && asked.headers['x-amz-copy-source'] !== undefined) {
    return 'CopyObject';
  }
  const choosing = Object.keys(asked.query).filter((name) => !PLAIN_QUERY.test(name));
  const rows = OPERATIONS[`${method} ${level}`] ?? [];
  const row = rows.find(([name]) => (choosing.length === 0 ? name === '' : choosing.includes(name)));
  return row?.[1] ?? `${method} ${level} ${choosing.join(' ')}`.trim();
}

function tellingHeaders(request: WireRequest): Record<string, string> {
  const told: Record<string, string> = {};
  for (const [given, value] of Object.entries(request.headers)) {
    const name = given.toLowerCase();
    if (TELLING.has(name) || (name.startsWith('x-amz-') && !SIGNING.has(name))) told[name] = value;
  }
  return told;
}

function readSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

function readQuery(query: NonNullable<WireRequest['query']>): Record<string, string> {
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    read[name] = typeof value === 'string' ? value : (value?.[0] ?? '');
  }
  return read;
}

/** A path that cannot be decoded is taken as it is: no key will fit it. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function splitOnce(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index + at.length)];
}

const COMMON_HEADERS = {
  'x-amz-request-id': '0000000000000000',
  'x-amz-id-2': 'simulated',
  server: 'AmazonS3',
};

/** Writes the answer of an operation. A HEAD has a body's headers, but no body. */
export function writeS3Reply(output: unknown, request: WireRequest): WireResponse {
  const reply = isReply(output) ? output : { status: 200, headers: {} };
  const body = typeof reply.body === 'string' ? encodeText(reply.body) : (reply.body ?? new Uint8Array());
  return {
    statusCode: reply.status,
    headers: {
      ...COMMON_HEADERS,
      ...(typeof reply.body === 'string' ? { 'content-type': 'application/xml' } : {}),
      ...reply.headers,
    },
    body: request.method === 'HEAD' ? new Uint8Array() : body,
  };
}

function isReply(output: unknown): output is S3Reply {
  return isDocument(output) && typeof output.status === 'number' && isDocument(output.headers);
}

/** Errors of the account around S3, in S3's words. */
const OWN_WORDS: Readonly<Record<string, readonly [code: string, status: number, message: string]>> = {
  AccessDeniedException: ['AccessDenied', 403, 'Access Denied'],
  ThrottlingException: ['SlowDown', 503, 'Please reduce your request rate.'],
  InternalServerError: ['InternalError', 500, 'We encountered an internal error. Please try again.'],
  InternalFailure: ['InternalError', 500, 'We encountered an internal error. Please try again.'],
  UnknownOperationException: [
    'NotImplemented',
    501,
    'A header you provided implies functionality that is not implemented',
  ],
};

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export function writeS3Error(given: AwsError, request: WireRequest): WireResponse {
  const [code, status, message] = OWN_WORDS[given.code] ?? [given.code, given.status, given.message];
  const error = new AwsError(code, message, { status, extra: { ...given.extra } });
  const details = { Code: error.code, Message: error.message, ...error.extra };
  const elements = Object.entries(details).map(
    ([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`,
  );
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${elements.join('')}<RequestId>${COMMON_HEADERS['x-amz-request-id']}</RequestId><HostId>simulated</HostId></Error>`;
  const bare = request.method === 'HEAD' || error.status === 304;
  return {
    statusCode: error.status,
    headers: { ...COMMON_HEADERS, 'content-type': 'application/xml' },
    body: bare ? new Uint8Array() : encodeText(text),
  };
}
