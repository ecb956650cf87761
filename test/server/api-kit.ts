import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { Clock } from '../../src/reconcile/ports.ts';

export const ISSUER = 'https://login.example.com/';
export const AUDIENCE = 'trimtab-api';
export const NOW = Date.UTC(2026, 0, 5, 12);

/** Stands still. */
export const clock: Clock = { now: () => NOW, setTimer: () => () => {} };

/** Somebody who issues tokens: real keys, and their public halves on a local server. */
export interface Issuer {
  readonly jwksUri: string;
  readonly rsa: CryptoKey;
  readonly ec: CryptoKey;
  /** A key whose public half is not among the issuer's. */
  readonly stranger: CryptoKey;
  /** The public half of `rsa` as text, for whoever tries to sign with it. */
  readonly publicText: string;
  /** Every claim as it should be, but for `changes`; undefined leaves a claim out. */
  token(changes?: JWTPayload, signing?: Signing): Promise<string>;
  /** How often the keys were fetched. */
  fetches(): number;
  close(): Promise<void>;
}

export interface Signing {
  readonly key?: CryptoKey | Uint8Array;
  readonly alg?: string;
  readonly kid?: string;
}

export async function openIssuer(): Promise<Issuer> {
  const [rsa, ec, stranger] = await Promise.all([
    generateKeyPair('RS256', { extractable: true }),
    generateKeyPair('ES256', { extractable: true }),
    generateKeyPair('RS256', { extractable: true }),
  ]);
  const rsaPublic = await exportJWK(rsa.publicKey);
  const keys = [
    { ...rsaPublic, kid: 'rsa', alg: 'RS256', use: 'sig' },
    { ...(await exportJWK(ec.publicKey)), kid: 'ec', alg: 'ES256', use: 'sig' },
  ];
  let fetched = 0;
  const server = createServer((_request, response) => {
    fetched += 1;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    jwksUri: `http://127.0.0.1:${port}/jwks.json`,
    rsa: rsa.privateKey,
    ec: ec.privateKey,
    stranger: stranger.privateKey,
    publicText: JSON.stringify(rsaPublic),
    token: (changes = {}, signing = {}) => sign(changes, { key: rsa.privateKey, ...signing }),
    fetches: () => fetched,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

async function sign(changes: JWTPayload, { key, alg = 'RS256', kid = 'rsa' }: Signing): Promise<string> {
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'user-1',
    iat: NOW / 1000 - 10,
    exp: NOW / 1000 + 600,
    email: 'anna@example.com',
    email_verified: true,
    ...changes,
  };
  const given = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  if (key === undefined) throw new Error('nothing to sign with');
  return new SignJWT(given).setProtectedHeader({ alg, kid }).sign(key);
}

/** A token that says it needs no signature. */
export function unsigned(token: string): string {
  const [, claims = ''] = token.split('.');
  return `${encode({ alg: 'none', typ: 'JWT' })}.${claims}.`;
}

/** A token whose claims were changed after it was signed. */
export function tampered(token: string, changes: Record<string, unknown>): string {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const said: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString());
  return `${header}.${encode({ ...(said as object), ...changes })}.${signature}`;
}

function encode(document: unknown): string {
  return Buffer.from(JSON.stringify(document)).toString('base64url');
}
