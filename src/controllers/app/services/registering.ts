import type { PlanContext } from '../../../reconcile/controller.ts';
import type { Condition, Difference } from '../../../reconcile/plan.ts';
import type { Status } from '../../../reconcile/status.ts';
import type { AppConfig, ConfigVariable } from '../config.ts';
import { type AppNames, actionId } from '../names.ts';
import type { RegisterTaskDefinition } from './actions.ts';
import { configureRevision, revisionDifferences } from './configuring.ts';
import type { Members } from './desired.ts';
import { type Progress, parseServicesMemory, type RememberedRevision } from './memory.ts';
import { DIGEST_TAG, type ObservedRevision, type ObservedService, type ServiceFacts } from './observed.ts';
import { afterRelease, type Releasing, releaseEdits } from './releasing.ts';
import { editsOf, type RevisionWish, revisionProblem, wishRevision } from './revision.ts';

/** A remembered revision that the family does not show after this long was deregistered by somebody. */
const REMEMBERED_UNSEEN_MS = 60_000;

/** One service that is ours, and what is wished of it. */
export interface ChangeInput {
  readonly claimed: {
    readonly process: string;
    readonly service: ObservedService;
    readonly marked: boolean;
    readonly facts: ServiceFacts;
  };
  /** What `scaling` asks for. */
  readonly wish: Members;
  /** An autoscaler moves its count. */
  readonly autoscaled: boolean;
  /** Undefined while it cannot be read: then the service keeps what it has. */
  readonly config: AppConfig | undefined;
  /** What is released; absent for apps that nobody releases by us. */
  readonly release: Releasing | undefined;
  /** When config comes to rest; undefined when it has. */
  readonly settlesAt: number | undefined;
  /** Desired state could not be read as a whole: what is not wished now may be wished all the same. */
  readonly doubtful: boolean;
  readonly names: AppNames;
  readonly context: PlanContext;
  readonly remembered: readonly RememberedRevision[];
  readonly progress: Progress;
}

/** The revision a service should run, when that is another one, and where it comes from. */
export interface RevisionPlan {
  readonly wished?: RevisionWish;
  /** Registered before: by us in an earlier pass. */
  readonly arn?: string;
  readonly register?: RegisterTaskDefinition;
  readonly remembered?: RememberedRevision;
  /** Something could not be read that has to be known first. */
  readonly doubtful?: true;
  /** The config variables that the service's tasks have, or will have. */
  readonly used: readonly ConfigVariable[];
  readonly differences: readonly Difference[];
  readonly conditions: readonly Condition[];
  readonly closedIntents: readonly string[];
}

const NO_REVISION: RevisionPlan = { used: [], differences: [], conditions: [], closedIntents: [] };

/** Finds or plans the revision that a wish asks for. */
export function planRevision(input: ChangeInput): RevisionPlan {
  const { facts, process } = input.claimed;
  const sized = editsOf(input.wish);
  if (facts.revision?.state !== 'found') {
    const isWanted = sized.size !== undefined || input.config !== undefined;
    return isWanted ? unseen(facts) : NO_REVISION;
  }
  const current = facts.revision.value;
  const release = releaseEdits(current, process, input.release);
  const secrets = configureRevision(afterRelease(current, release), process, input.config, input.context.key);
  const { used, conditions } = secrets;
  const wished = wishRevision(current, {
    ...sized,
    ...(secrets.edits === undefined ? {} : { secrets: secrets.edits }),
    ...(release === undefined ? {} : { release }),
  });
  if (wished === undefined) return { ...NO_REVISION, used, conditions };
  const differences = revisionDifferences(process, current, wished.edits);
  const planned = { ...NO_REVISION, used, differences, conditions };
  const problem = revisionProblem(current, wished);
  if (problem !== undefined) return { ...planned, conditions: [...conditions, impossible(wished, problem)] };
  const arn = registeredBefore(input, wished);
  if (arn !== undefined) {
    const remembered = { process, digest: wished.digest, arn, at: rememberedAt(input, wished, arn) };
    return { ...planned, wished, arn, remembered, closedIntents: [registerId(process)] };
  }
  if (facts.newest?.state !== 'found' && facts.newest?.state !== 'absent') {
    return { ...planned, doubtful: true, conditions: [...conditions, ...unreadableFamily(facts, wished)] };
  }
  return { ...planned, wished, register: registerAction(input, wished) };
}

/**
 * A registration is not safe to repeat, so its effect is looked for first: in the family's newest revision,
 * in what the registration gave, in what was remembered from an earlier pass.
 */
function registeredBefore(input: ChangeInput, wished: RevisionWish): string | undefined {
  const { claimed, context, remembered } = input;
  const newest = claimed.facts.newest?.state === 'found' ? claimed.facts.newest.value : undefined;
  if (newest?.active && newest.tags[DIGEST_TAG] === wished.digest) return newest.arn;
  const known = [givenBy(context, wished.digest), remembered.find((one) => one.digest === wished.digest)];
  return known.find((one) => one !== undefined && !deregistered(one, newest, context.now))?.arn;
}

/** What a registration gave when it last succeeded, for whichever process of the family it was made. */
function givenBy(
  context: PlanContext,
  digest: string,
): Omit<RememberedRevision, 'process' | 'digest'> | undefined {
  const ids = Object.keys(context.status.writes).filter(isRegistration);
  for (const write of ids.flatMap((id) => context.status.writes[id] ?? [])) {
    const { result } = write;
    const arn = typeof result === 'object' && result !== null && 'arn' in result ? result.arn : undefined;
    if (write.digest === digest && typeof arn === 'string') return { arn, at: write.at };
  }
  return undefined;
}

function deregistered(
  known: { readonly arn: string; readonly at: number },
  newest: ObservedRevision | undefined,
  now: number,
): boolean {
  const revision = Number(known.arn.slice(known.arn.lastIndexOf(':') + 1));
  return newest !== undefined && newest.revision < revision && now > known.at + REMEMBERED_UNSEEN_MS;
}

function rememberedAt(input: ChangeInput, wished: RevisionWish, arn: string): number {
  const before = input.remembered.find((one) => one.digest === wished.digest && one.arn === arn);
  return before?.at ?? input.context.now;
}

/**
 * Whether a revision may have been registered that no service runs yet: one is under way or was given lately, one
 * is remembered, or it is not known what was done before.
 */
export function mayBeRegistered({ writes, intents }: Status, memory: unknown): boolean {
  if (memory === undefined) return true;
  const asked = [...Object.keys(writes), ...intents.map(({ action }) => action)];
  return parseServicesMemory(memory).revisions.length > 0 || asked.some(isRegistration);
}

function isRegistration(id: string): boolean {
  return id.endsWith('/register');
}

/** The id of the registration for a process. */
export function registerId(process: string): string {
  return actionId('services', process, 'register');
}

/** The id of the forced deployment of a process. */
export function restartId(process: string): string {
  return actionId('services', process, 'restart');
}

/** The revision with this digest, as far as it is known: registered by us, running, or the newest. */
export function revisionOf(
  { claimed, context, remembered }: ChangeInput,
  digest: string,
): string | undefined {
  const shown = [claimed.facts.revision, claimed.facts.newest].flatMap((reading) =>
    reading?.state === 'found' ? [reading.value] : [],
  );
  return (
    givenBy(context, digest)?.arn ??
    remembered.find((one) => one.digest === digest)?.arn ??
    shown.find(({ tags }) => tags[DIGEST_TAG] === digest)?.arn
  );
}

/** A family as people and conditions call it. */
export function familyResource(family: string): string {
  return `task definition ${family}`;
}

function registerAction({ claimed, names }: ChangeInput, wished: RevisionWish): RegisterTaskDefinition {
  const { family, base, edits, digest } = wished;
  return {
    id: registerId(claimed.process),
    type: 'registerTaskDefinition',
    resource: familyResource(family),
    family,
    base,
    edits,
    owner: names.owner,
    digest,
    intent: digest,
    fingerprint: digest,
  };
}

function impossible(wished: RevisionWish, problem: string): Condition {
  const message = `A new revision of ${wished.family} cannot be made: ${problem}. The service keeps the revision it has; its count is kept as desired.`;
  return {
    type: 'Supported',
    status: 'False',
    reason: 'RevisionImpossible',
    message,
    resource: familyResource(wished.family),
  };
}

function unseen(facts: ServiceFacts): RevisionPlan {
  const reading = facts.revision;
  const why = reading?.state === 'unreadable' ? reading.failure.message : 'ECS does not know it.';
  const reason = reading?.state === 'unreadable' ? reading.failure.code : 'RevisionMissing';
  const message = `The revision that ${facts.service} runs could not be read: ${why} Its size and its config variables stay as they are until it can; its count is kept as desired.`;
  return {
    ...NO_REVISION,
    doubtful: true,
    conditions: [
      { type: 'Readable', status: 'False', reason, message, resource: `service ${facts.service}` },
    ],
  };
}

function unreadableFamily(facts: ServiceFacts, wished: RevisionWish): Condition[] {
  if (facts.newest?.state !== 'unreadable') return [];
  const { failure } = facts.newest;
  const message = `The newest revision of ${wished.family} could not be read: ${failure.message} No other is registered before it is known that it was not registered already.`;
  return [
    {
      type: 'Readable',
      status: 'False',
      reason: failure.code,
      message,
      resource: familyResource(wished.family),
    },
  ];
}
