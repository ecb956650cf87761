import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTokenVerifier,
  KeysUnavailableError,
  type TokenVerifier,
} from '../../src/server/api-tokens.ts';
import { AUDIENCE, clock, ISSUER, type Issuer, NOW, openIssuer, tampered, unsigned } from './api-kit.ts';

let issuer: Issuer;
let verify: TokenVerifier;
beforeAll(async () => {
  issuer = await openIssuer();
  verify = createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, jwksUri: issuer.jwksUri }, clock);
});
afterAll(() => issuer.close());

describe('a token', () => {
  it('signed with RS256 tells the folded address', async () => {
    const token = await issuer.token({ email: ' Anna@Example.com ' });
    expect(await verify(token)).toEqual({ email: 'anna@example.com' });
  });

  it('signed with ES256 is as good', async () => {
    const token = await issuer.token({}, { key: issuer.ec, alg: 'ES256', kid: 'ec' });
    expect(await verify(token)).toEqual({ email: 'anna@example.com' });
  });

  it('may be for several audiences, ours among them', async () => {
    expect(await verify(await issuer.token({ aud: ['other', AUDIENCE] }))).toBeDefined();
  });

  it('of another issuer is refused', async () => {
    expect(await verify(await issuer.token({ iss: 'https://evil.example.com/' }))).toBeUndefined();
  });

  it('for another audience is refused', async () => {
    expect(await verify(await issuer.token({ aud: 'another-api' }))).toBeUndefined();
  });

  it.each(['iss', 'aud', 'exp', 'email', 'email_verified'])('without %s is refused', async (claim) => {
    expect(await verify(await issuer.token({ [claim]: undefined }))).toBeUndefined();
  });

  it('that expired is refused', async () => {
    expect(await verify(await issuer.token({ exp: NOW / 1000 - 60 }))).toBeUndefined();
  });

  it('that is not valid yet is refused', async () => {
    expect(await verify(await issuer.token({ nbf: NOW / 1000 + 60 }))).toBeUndefined();
  });

  it('signed by a stranger under the name of a known key is refused', async () => {
    expect(await verify(await issuer.token({}, { key: issuer.stranger }))).toBeUndefined();
  });

  it('whose key nobody knows is refused', async () => {
    expect(await verify(await issuer.token({}, { key: issuer.stranger, kid: 'mine' }))).toBeUndefined();
  });

  it('whose claims were changed after signing is refused', async () => {
    const token = tampered(await issuer.token(), { email: 'ben@example.com' });
    expect(await verify(token)).toBeUndefined();
  });

  it('of algorithm none is refused', async () => {
    expect(await verify(unsigned(await issuer.token()))).toBeUndefined();
  });

  it('signed with the public key as a shared secret is refused', async () => {
    const key = new TextEncoder().encode(issuer.publicText);
    expect(await verify(await issuer.token({}, { key, alg: 'HS256' }))).toBeUndefined();
  });

  it('that claims another algorithm than its key has is refused', async () => {
    expect(await verify(await issuer.token({}, { kid: 'ec' }))).toBeUndefined();
  });

  it.each([false, 'true', 1, null])('whose address is verified: %j is refused', async (email_verified) => {
    expect(await verify(await issuer.token({ email_verified }))).toBeUndefined();
  });

  it.each(['', 7, ['anna@example.com'], null])('whose address is %j is refused', async (email) => {
    expect(await verify(await issuer.token({ email }))).toBeUndefined();
  });

  it.each(['', '.', '..', 'a.b.c', 'nothing', 'e30.e30.e30', `${'a'.repeat(9_000)}.b.c`])(
    'that is none (case %#) is refused',
    async (token) => {
      expect(await verify(token)).toBeUndefined();
    },
  );
});

describe('the keys', () => {
  it('are fetched once for many tokens, and not again for each that names an unknown one', async () => {
    const before = issuer.fetches();
    for (let turn = 0; turn < 5; turn += 1) {
      await verify(await issuer.token());
      await verify(await issuer.token({}, { key: issuer.stranger, kid: `unknown-${turn}` }));
    }
    expect(issuer.fetches() - before).toBeLessThanOrEqual(1);
  });

  it('that cannot be had are no verdict on the token', async () => {
    const gone = await openIssuer();
    const token = await gone.token();
    await gone.close();
    const cut = createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, jwksUri: gone.jwksUri }, clock);
    await expect(cut(token)).rejects.toThrow(KeysUnavailableError);
  });
});
