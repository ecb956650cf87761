import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import { z } from 'zod';
import type { Clock } from '../reconcile/ports.ts';
import { backoff } from '../reconcile/retry.ts';
import { outsideOfPasses } from './scope.ts';

/** As long as a role may be assumed unless somebody raised its limit. Source: API_AssumeRole.html */
const DURATION_SECONDS = 3_600;

/** Credentials are fetched anew this long before they end; SDKs take those that end within five minutes for over. */
const REFRESH_AHEAD_MS = 600_000;

/** Credentials that end sooner are not used any more. */
const USABLE_MS = 10_000;

/** A refused role is asked for again after this; doubles from the first to the last. */
const AFTER_REFUSAL_FIRST_MS = 5_000;
const AFTER_REFUSAL_LAST_MS = 60_000;

/** An account and region that is served beside the home of the installation. */
export interface ManagedPlace {
  readonly account: string;
  readonly region: string;
  readonly roleArn: string;
  readonly externalId?: string;
  /** What people call the account. */
  readonly alias?: string;
}

/** The list of accounts cannot be used; the message says where it is wrong. Nothing of it is. */
export class AccountsError extends Error {
  override readonly name = 'AccountsError';
}

const REGION = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as eu-central-1');
const entrySchema = z.object({
  account: z.string().regex(/^\d{12}$/, 'the twelve digits of an account'),
  region: REGION.optional(),
  regions: z.array(REGION).min(1).optional(),
  role_arn: z.string().regex(/^arn:[\w-]+:iam::\d{12}:role\/.+$/, 'the ARN of an IAM role'),
  external_id: z.string().min(2).max(1_224).nullish(),
  alias: z.string().min(1).nullish(),
});

/**
 * Reads a list of accounts: `[{"account", "region" or "regions", "role_arn", "external_id"?, "alias"?}]`. An account
 * in several regions is several places. Throws `AccountsError`.
 */
export function parseAccounts(document: unknown, source: string): readonly ManagedPlace[] {
  const parsed = z.array(entrySchema).safeParse(document);
  if (!parsed.success) throw new AccountsError(`${source}: ${describeIssue(parsed.error)}`);
  const places = parsed.data.flatMap(placesOf);
  const known = new Set<string>();
  for (const { account, region } of places) {
    const place = `${account}/${region}`;
    if (known.has(place)) throw new AccountsError(`${source}: ${place} is there twice`);
    known.add(place);
  }
  const lost = parsed.data.find(({ region, regions }) => region === undefined && regions === undefined);
  if (lost !== undefined)
    throw new AccountsError(`${source}: ${lost.account} has neither region nor regions`);
  return places;
}

function placesOf(entry: z.infer<typeof entrySchema>): readonly ManagedPlace[] {
  const { account, region, regions = [], role_arn: roleArn, external_id: externalId, alias } = entry;
  return [...new Set([...(region === undefined ? [] : [region]), ...regions])].map((one) => ({
    account,
    region: one,
    roleArn,
    ...(externalId === null || externalId === undefined ? {} : { externalId }),
    ...(alias === null || alias === undefined ? {} : { alias }),
  }));
}

function describeIssue({ issues }: z.ZodError): string {
  const [issue] = issues;
  return `${issue?.path.map(String).join('.') || 'the list'}: ${issue?.message ?? 'not usable'}`;
}

/** Keys for a while, as the SDK takes them. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

interface Wish extends Pick<ManagedPlace, 'roleArn' | 'externalId'> {
  readonly sts: Pick<STSClient, 'send'>;
  readonly clock: Clock;
  /** Shown in the other account's CloudTrail. */
  readonly sessionName: string;
}

/**
 * A function that gives the credentials of a role: one call to STS at a time, kept until shortly before they end. A
 * refusal is remembered for a while, so that a deleted role costs a call a minute; keys that still hold outlast it.
 */
export function createRoleCredentials(wish: Wish): () => Promise<RoleCredentials> {
  const { clock } = wish;
  let held: RoleCredentials | undefined;
  let asking: Promise<RoleCredentials> | undefined;
  let refusal: { readonly error: unknown; readonly until: number; readonly count: number } | undefined;

  async function ask(): Promise<RoleCredentials> {
    try {
      held = await assume(wish);
      refusal = undefined;
      return held;
    } catch (error) {
      const count = (refusal?.count ?? 0) + 1;
      const delayMs = backoff(count, AFTER_REFUSAL_FIRST_MS, AFTER_REFUSAL_LAST_MS);
      refusal = { error, count, until: clock.now() + delayMs };
      throw error;
    } finally {
      asking = undefined;
    }
  }

  return async () => {
    const now = clock.now();
    const leftMs = held === undefined ? 0 : held.expiration.getTime() - now;
    if (held !== undefined && leftMs > REFRESH_AHEAD_MS) return held;
    const usable = held !== undefined && leftMs > USABLE_MS ? held : undefined;
    if (refusal !== undefined && now < refusal.until) {
      if (usable !== undefined) return usable;
      throw refusal.error;
    }
    asking ??= outsideOfPasses(ask);
    return usable === undefined ? asking : asking.catch(() => usable);
  };
}

async function assume({ sts, roleArn, externalId, sessionName }: Wish): Promise<RoleCredentials> {
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      DurationSeconds: DURATION_SECONDS,
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    }),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || Expiration === undefined) {
    throw new Error(`STS gave no credentials for ${roleArn}`);
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}
