import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Clock } from '../reconcile/ports.ts';
import { foldEmail } from '../store/table.ts';

/** Signatures that only the holder of a private key can make: never `none`, never a shared secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Clocks of those who issue tokens and ours are this close. */
const CLOCK_TOLERANCE_SECONDS = 5;

const JWKS_TIMEOUT_MS = 5_000;
/** Keys are fetched again when a token names one we do not know, but not more often than this. */
const JWKS_COOLDOWN_MS = 30_000;
const JWKS_FRESH_MS = 600_000;

/** Who issues the tokens we believe, whom they are for, and where the keys are. */
export interface OidcSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
}

/** Somebody whose token was verified. */
export interface Caller {
  /** Folded, as the index knows it. */
  readonly email: string;
}

/** The keys cannot be had now, so nobody can be told apart; not the caller's fault. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

/**
 * Verifies a bearer token: signature, issuer, audience, expiry, and an e-mail address its issuer has verified.
 * Undefined when anything is wrong with it, and never why. Throws `KeysUnavailableError`.
 */
export type TokenVerifier = (token: string) => Promise<Caller | undefined>;

export function createTokenVerifier(settings: OidcSettings, clock: Clock): TokenVerifier {
  const keys = createRemoteJWKSet(new URL(settings.jwksUri), {
    timeoutDuration: JWKS_TIMEOUT_MS,
    cooldownDuration: JWKS_COOLDOWN_MS,
    cacheMaxAge: JWKS_FRESH_MS,
  });
  const keyOf: JWTVerifyGetKey = async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (isAboutToken(error)) throw error;
      throw new KeysUnavailableError(`fetching the keys of ${settings.issuer}`, { cause: error });
    }
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keyOf, {
        issuer: settings.issuer,
        audience: settings.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'email', 'email_verified'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(clock.now()),
      });
      const { email, email_verified: isVerified } = payload;
      return isVerified === true && typeof email === 'string' && email !== ''
        ? { email: foldEmail(email) }
        : undefined;
    } catch (error) {
      if (error instanceof KeysUnavailableError) throw error;
      return undefined;
    }
  };
}

/** No key of the set fits, rather than that there is no set. */
function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
