import { z } from 'zod';
import type { Random } from '../../reconcile/ports.ts';
import { AwsError } from '../errors.ts';
import { randomHex, randomInteger } from '../random.ts';
import type { Caller, RegionContext, Service } from '../region.ts';
import { type Document, defined } from './members.ts';
import { instantSchema, parseSection, writeInstant } from './sections.ts';

/** Access keys of temporary credentials; ours hold the account of the role. Source: IAM reference_identifiers.html */
const TEMPORARY_KEY = /^ASIA(\d{12})[A-Z0-9]{4}$/;

const roleSchema = z.strictObject({ externalId: z.string().optional() });

/**
 * The section `sts` of a world. `roles`: the roles of this account that may be assumed, by ARN; when there
 * are none, every role may. `sessions`: who has assumed one, by the access key they got.
 */
const sectionSchema = z.strictObject({
  roles: z.record(z.string().regex(/^arn:/), roleSchema).optional(),
  sessions: z
    .record(
      z.string().regex(TEMPORARY_KEY),
      z.strictObject({ roleArn: z.string(), sessionName: z.string(), expiresAt: instantSchema }),
    )
    .optional(),
});

interface Session {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly expiresAt: number;
}

interface Registry {
  /** By access key. */
  readonly sessions: Map<string, Session>;
  readonly roles: Map<string, z.infer<typeof roleSchema>>;
}

/**
 * Roles are assumed from one account into another, so all regions of a simulator share one registry. The
 * source of chance they share stands for the simulator here.
 */
const registries = new WeakMap<Random, Registry>();

/** Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const DURATION_SECONDS = { min: 900, max: 43_200, usual: 3600 } as const;
const ROLE_ARN = /^arn:aws[\w-]*:iam::(\d{12}):role\/(?:[\w+=,.@/-]*\/)?([\w+=,.@-]{1,64})$/;

/** STS in one account and region. */
export function createStsService(context: RegionContext): Service {
  const registry = registryOf(context);
  context.offers.checkSession = (accessKey) => checkSession(context, registry, accessKey);
  return {
    name: 'sts',
    operations: {
      GetCallerIdentity: (_input, caller) => getCallerIdentity(context, registry, caller),
      AssumeRole: (input, caller) => assumeRole(context, registry, input, caller),
    },
    load: (section) => loadSection(context, registry, section),
    dump: () => dumpSection(context, registry),
  };
}

/** Needs no permission. Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
function getCallerIdentity(context: RegionContext, registry: Registry, caller: Caller): unknown {
  const session = registry.sessions.get(caller.accessKey);
  const role = session && ROLE_ARN.exec(session.roleArn);
  if (session === undefined || !role) {
    return {
      UserId: 'AIDASIMULATEDUSER0001',
      Account: context.account,
      Arn: `arn:aws:iam::${context.account}:user/${caller.client}`,
    };
  }
  return {
    UserId: `${roleId(session.roleArn)}:${session.sessionName}`,
    Account: context.account,
    Arn: sessionArn(context.account, role[2] ?? '', session.sessionName),
  };
}

function assumeRole(context: RegionContext, registry: Registry, input: Document, caller: Caller): unknown {
  const roleArn = readText(input, 'RoleArn', /^.{20,2048}$/s);
  const sessionName = readText(input, 'RoleSessionName', /^[\w+=,.@-]{2,64}$/);
  const durationSeconds = readDuration(input.DurationSeconds);
  const role = ROLE_ARN.exec(roleArn);
  if (role === null) throw invalid(`${roleArn} is invalid`);
  const [, account = '', name = ''] = role;
  authorize(context, roleArn, caller);
  checkTrust(context, registry, { roleArn, account, externalId: input.ExternalId, caller });
  const expiresAt = context.clock.now() + durationSeconds * 1000;
  const accessKey = temporaryKey(context, account);
  registry.sessions.set(accessKey, { roleArn, sessionName, expiresAt });
  return {
    Credentials: {
      AccessKeyId: accessKey,
      SecretAccessKey: secret(context, 40),
      SessionToken: secret(context, 120),
      // The query protocol writes instants as text.
      Expiration: writeInstant(expiresAt),
    },
    AssumedRoleUser: {
      AssumedRoleId: `${roleId(roleArn)}:${sessionName}`,
      Arn: sessionArn(account, name, sessionName),
    },
  };
}

/** Any service refuses temporary credentials whose time is over. Source: IAM CommonErrors.html */
function checkSession(context: RegionContext, registry: Registry, accessKey: string): void {
  const session = registry.sessions.get(accessKey);
  if (session === undefined || context.clock.now() < session.expiresAt) return;
  throw new AwsError('ExpiredTokenException', 'The security token included in the request is expired', {
    status: 403,
  });
}

function temporaryKey(context: RegionContext, account: string): string {
  const letters = Array.from(
    { length: 4 },
    () => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[randomInteger(context.random, 32)],
  );
  return `ASIA${account}${letters.join('')}`;
}

/** STS names the refusal `AccessDenied`, other services `AccessDeniedException`. */
function authorize(context: RegionContext, roleArn: string, caller: Caller): void {
  try {
    context.authorize('sts:AssumeRole', roleArn, caller);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError('AccessDenied', error.message, { status: 403 });
  }
}

function checkTrust(
  context: RegionContext,
  registry: Registry,
  asked: {
    readonly roleArn: string;
    readonly account: string;
    readonly externalId: unknown;
    readonly caller: Caller;
  },
): void {
  const { roleArn, account, externalId, caller } = asked;
  const known = [...registry.roles.keys()].some((arn) => ROLE_ARN.exec(arn)?.[1] === account);
  const role = registry.roles.get(roleArn);
  if (!known || (role !== undefined && (role.externalId ?? externalId) === externalId)) return;
  throw new AwsError(
    'AccessDenied',
    `User: arn:aws:iam::${context.account}:user/${caller.client} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    { status: 403 },
  );
}

function readText(input: Document, member: string, pattern: RegExp): string {
  const value = input[member];
  const path = member.charAt(0).toLowerCase() + member.slice(1);
  if (typeof value !== 'string') {
    throw invalid(
      `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
    );
  }
  if (pattern.test(value)) return value;
  throw invalid(
    `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern.source}`,
  );
}

function readDuration(given: unknown): number {
  if (given === undefined) return DURATION_SECONDS.usual;
  const seconds = Number(given);
  if (Number.isInteger(seconds) && seconds >= DURATION_SECONDS.min && seconds <= DURATION_SECONDS.max) {
    return seconds;
  }
  throw invalid(
    `1 validation error detected: Value '${String(given)}' at 'durationSeconds' failed to satisfy constraint: Member must have value between ${DURATION_SECONDS.min} and ${DURATION_SECONDS.max}`,
  );
}

/** The query protocol's name for a validation error. */
function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

function sessionArn(account: string, role: string, session: string): string {
  return `arn:aws:sts::${account}:assumed-role/${role}/${session}`;
}

/** A role's id never changes, so it is made from the ARN. */
function roleId(roleArn: string): string {
  const letters = [...roleArn].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 36 ** 8, 7);
  return `AROA${letters.toString(36).toUpperCase().padStart(8, '0').padStart(17, 'S')}`;
}

function secret(context: RegionContext, length: number): string {
  return `${randomHex(context.random, length - 1)}${randomInteger(context.random, 10)}`;
}

function registryOf(context: RegionContext): Registry {
  const existing = registries.get(context.random);
  if (existing !== undefined) return existing;
  const registry: Registry = { sessions: new Map(), roles: new Map() };
  registries.set(context.random, registry);
  return registry;
}

function loadSection(context: RegionContext, registry: Registry, section: unknown): void {
  const { roles, sessions } = parseSection(sectionSchema, section, 'sts');
  for (const arn of ownRoles(context, registry)) registry.roles.delete(arn);
  for (const [arn, role] of Object.entries(roles ?? {})) registry.roles.set(arn, role);
  for (const key of ownKeys(context, registry)) registry.sessions.delete(key);
  for (const [key, session] of Object.entries(sessions ?? {})) registry.sessions.set(key, session);
}

function dumpSection(context: RegionContext, registry: Registry): unknown {
  const roles = ownRoles(context, registry).map((arn) => [arn, { ...registry.roles.get(arn) }]);
  const sessions = ownKeys(context, registry).flatMap((key) => {
    const session = registry.sessions.get(key);
    return session === undefined ? [] : [[key, { ...session, expiresAt: writeInstant(session.expiresAt) }]];
  });
  return defined({
    roles: roles.length === 0 ? undefined : Object.fromEntries(roles),
    sessions: sessions.length === 0 ? undefined : Object.fromEntries(sessions),
  });
}

/** Keys of sessions that go on, in this account. */
function ownKeys(context: RegionContext, registry: Registry): string[] {
  const now = context.clock.now();
  return [...registry.sessions]
    .filter(([key, { expiresAt }]) => TEMPORARY_KEY.exec(key)?.[1] === context.account && now < expiresAt)
    .map(([key]) => key)
    .sort();
}

function ownRoles(context: RegionContext, registry: Registry): string[] {
  return [...registry.roles.keys()].filter((arn) => ROLE_ARN.exec(arn)?.[1] === context.account).sort();
}
