import type { PlanContext } from '../../../reconcile/controller.ts';
import type { Failure } from '../../../reconcile/errors.ts';
import type { Condition, Difference } from '../../../reconcile/plan.ts';
import { AFTER_WRITE_FIRST_MS } from '../../../reconcile/retry.ts';
import { type AppNames, actionId, serviceName } from '../names.ts';
import type { ScalingDesired } from '../services/desired.ts';
import type { Size } from '../services/fargate.ts';
import { DIGEST_TAG, type ObservedRevision, type ObservedService } from '../services/observed.ts';
import { type RevisionEdits, revisionProblem } from '../services/revision.ts';
import { sizeCondition } from '../services/sizing.ts';
import type { RegisterScheduler, RevisionRef } from './actions.ts';
import type { CommandForm } from './command.ts';
import { SCHEDULER, type SchedulerEdits, schedulerOf } from './family.ts';
import type { SchedulesMemory } from './memory.ts';
import { launcherByShell, type SchedulesFacts, type SourceFacts } from './observed.ts';

/** A remembered revision that the family does not show after this long was deregistered by somebody. */
const REMEMBERED_UNSEEN_MS = 60_000;

/** The registration of the scheduler's family. */
export const REGISTER_ID = actionId('schedules', SCHEDULER, 'register');

/** The service whose definition scheduled tasks run, and where it is going. */
export interface ScheduleSource {
  readonly process: string;
  readonly service: ObservedService;
  /** The revision it runs; absent while it cannot be read. */
  readonly revision?: ObservedRevision;
  /** What the revision it is to run changes of that. */
  readonly edits: RevisionEdits;
}

export interface SchedulerInput {
  readonly source: ScheduleSource;
  readonly facts: SchedulesFacts;
  readonly scaling: ScalingDesired;
  readonly names: AppNames;
  readonly memory: SchedulesMemory;
  readonly context: PlanContext;
}

/** The revision that rules are to pin; without `revision` it cannot be said now, and rules stay as they are. */
export interface SchedulerPlan {
  readonly revision?: RevisionRef;
  readonly form?: CommandForm;
  readonly register?: RegisterScheduler;
  readonly remembered?: SchedulesMemory['revision'];
  readonly differences: readonly Difference[];
  readonly conditions: readonly Condition[];
  readonly closedIntents: readonly string[];
  /** Something must be read that was not; the next pass reads it. */
  readonly again?: true;
  /** Reads may still show what was so before the last registration; until then nothing more is registered. */
  readonly restsUntil?: number;
}

/** A source whose revision could be read. */
interface Known extends SchedulerInput {
  readonly source: ScheduleSource & { readonly revision: ObservedRevision };
}

const NOTHING: SchedulerPlan = { differences: [], conditions: [], closedIntents: [] };

/** What the scheduler's family is made of, and the digest of all of it. */
interface SchedulerWish {
  readonly edits: SchedulerEdits;
  readonly form: CommandForm;
  readonly digest: string;
  /** What `scaling` says of the size. */
  readonly size: Partial<Size>;
}

/** Finds or plans the revision of `<app>-scheduler` that follows what the source is to run. */
export function planScheduler(input: SchedulerInput): SchedulerPlan {
  const { source, facts, memory } = input;
  const { revision } = source;
  const read = facts.sources.find((one) => one.process === source.process);
  if (read?.definition.state !== 'found' || revision === undefined) {
    const failure = read?.definition.state === 'unreadable' ? read.definition.failure : undefined;
    return { ...keeping(memory), conditions: [unreadable(familyName(source.service), failure)] };
  }
  const known = { ...input, source: { ...source, revision } };
  const launcher = launcherOf(read, input);
  if (launcher === undefined) return AGAIN;
  if (typeof launcher !== 'boolean')
    return { ...keeping(memory), conditions: [unreadable(serviceName(input.names, 'shell'), launcher)] };
  const { size, conditions } = wantedSize(known);
  const edits = { process: source.process, source: source.edits, size: size ?? {}, launcher };
  const wish = { ...schedulerOf(read.definition.value, edits), edits, size: size ?? {} };
  // A size that cannot be had changes nothing of what is there.
  if (size === undefined && memory.revision !== undefined)
    return { ...keeping(memory), form: wish.form, conditions };
  const found = findOrRegister(known, wish);
  return { ...found, conditions: [...conditions, ...found.conditions] };
}

function findOrRegister(input: Known, wish: SchedulerWish): SchedulerPlan {
  const { facts, memory, source } = input;
  const { digest, form } = wish;
  const arn = registeredBefore(input, digest);
  if (arn !== undefined) {
    const remembered = remember(input, wish, arn);
    return { ...NOTHING, revision: { digest, arn }, form, remembered, closedIntents: [REGISTER_ID] };
  }
  if (facts.newest === undefined) return AGAIN;
  if (facts.newest.state === 'unreadable') {
    const condition = unreadable(schedulerFamily(input.names), facts.newest.failure);
    return { ...keeping(memory), form, conditions: [condition] };
  }
  const restsUntil = (input.context.status.writes[REGISTER_ID]?.at ?? 0) + AFTER_WRITE_FIRST_MS;
  const { arn: base, family } = source.revision;
  const differences = [
    {
      path: `schedules/${SCHEDULER}/revision`,
      desired: `a revision made from ${base.slice(base.lastIndexOf('/') + 1)}`,
      observed: memory.revision?.arn ?? 'absent',
    },
  ];
  if (input.context.now < restsUntil) return { ...NOTHING, differences, restsUntil };
  const edits = { ...source.edits, size: { ...source.edits.size, ...wish.edits.size } };
  const problem = revisionProblem(source.revision, { base, family, edits, digest });
  if (problem !== undefined)
    return { ...keeping(memory), form, conditions: [impossible(input.names, problem)] };
  return {
    ...NOTHING,
    ...(memory.revision === undefined ? {} : { remembered: memory.revision }),
    revision: { digest, from: REGISTER_ID },
    form,
    register: registerAction(input, wish),
    differences,
  };
}

/** Rules go on with the revision they have. */
function keeping({ revision }: SchedulesMemory): SchedulerPlan {
  if (revision === undefined) return NOTHING;
  const { digest, arn } = revision;
  return { ...NOTHING, revision: { digest, arn }, remembered: revision };
}

/** Nothing is known of the revision any more, which makes the next pass look for it. */
const AGAIN: SchedulerPlan = { ...NOTHING, again: true };

/** Whether the image was made by buildpacks; undefined when it must be looked up, a failure when it could not. */
function launcherOf(
  read: SourceFacts,
  { facts, memory, source }: SchedulerInput,
): boolean | Failure | undefined {
  if (read.launcher !== undefined) return read.launcher;
  if (facts.shell?.state === 'unreadable') return facts.shell.failure;
  if (facts.shell !== undefined) return launcherByShell(facts.shell);
  return memory.revision?.source === source.service.taskDefinition ? memory.revision.launcher : undefined;
}

/** What the `scheduler` entry of `scaling` says, if such a task can run; else the process's own size counts. */
function wantedSize({ source, scaling }: Known): {
  readonly size?: Partial<Size>;
  readonly conditions: readonly Condition[];
} {
  const wish = scaling.wishes.find((one) => one.process === SCHEDULER);
  if (wish === undefined) return { size: {}, conditions: [] };
  const { cpu, memory } = wish;
  const current = { ...sizeOf(source.revision), ...source.edits.size };
  const condition = sizeCondition(wish, current, source.service.launch, scaling);
  if (condition === undefined) return { size: sizeOf(wish), conditions: [] };
  // Where both are said the mistake is told with the other mistakes of `scaling`.
  return { conditions: cpu !== undefined && memory !== undefined ? [] : [condition] };
}

function sizeOf({ cpu, memory }: Partial<Size>): Partial<Size> {
  return { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
}

/**
 * A registration is not safe to repeat, so its effect is looked for first: in the family's newest revision, in
 * what the registration gave, in what was remembered.
 */
function registeredBefore({ facts, context, memory }: SchedulerInput, digest: string): string | undefined {
  const newest = facts.newest?.state === 'found' ? facts.newest.value : undefined;
  if (newest?.active && newest.tags[DIGEST_TAG] === digest) return newest.arn;
  const known = [givenBy(context, digest), memory.revision?.digest === digest ? memory.revision : undefined];
  return known.find((one) => one !== undefined && !isDeregistered(one, newest, context.now))?.arn;
}

function givenBy(context: PlanContext, digest: string): { arn: string; at: number } | undefined {
  const write = context.status.writes[REGISTER_ID];
  if (write === undefined || write.digest !== digest) return undefined;
  const { result } = write;
  const arn = typeof result === 'object' && result !== null && 'arn' in result ? result.arn : undefined;
  return typeof arn === 'string' ? { arn, at: write.at } : undefined;
}

function isDeregistered(
  known: { readonly arn: string; readonly at: number },
  newest: ObservedRevision | undefined,
  now: number,
): boolean {
  const revision = Number(known.arn.slice(known.arn.lastIndexOf(':') + 1));
  return newest !== undefined && newest.revision < revision && now > known.at + REMEMBERED_UNSEEN_MS;
}

function remember(
  { memory, context, source }: SchedulerInput,
  wish: SchedulerWish,
  arn: string,
): NonNullable<SchedulesMemory['revision']> {
  const at = memory.revision?.arn === arn ? memory.revision.at : context.now;
  const { digest, size, edits } = wish;
  return { digest, arn, at, source: source.service.taskDefinition, launcher: edits.launcher, size };
}

function registerAction({ names, source }: Known, wish: SchedulerWish): RegisterScheduler {
  const { digest, edits } = wish;
  const family = schedulerFamily(names);
  return {
    id: REGISTER_ID,
    type: 'registerScheduler',
    resource: familyResource(family),
    family,
    base: source.revision.arn,
    edits,
    owner: names.owner,
    digest,
    intent: digest,
    fingerprint: digest,
  };
}

/** `shop-scheduler`. */
export function schedulerFamily(names: Pick<AppNames, 'servicePrefix'>): string {
  return serviceName(names, SCHEDULER);
}

function familyName({ taskDefinition }: ObservedService): string {
  return taskDefinition.slice(taskDefinition.lastIndexOf('/') + 1);
}

function familyResource(family: string): string {
  return `task definition ${family}`;
}

function unreadable(family: string, failure: Failure | undefined): Condition {
  const why = failure?.message ?? 'ECS does not know it.';
  const message = `Task definition ${family} could not be read: ${why} Scheduled tasks stay as they are until it can.`;
  const reason = failure?.code ?? 'RevisionMissing';
  return { type: 'Readable', status: 'False', reason, message, resource: familyResource(family) };
}

function impossible(names: AppNames, problem: string): Condition {
  const family = schedulerFamily(names);
  const message = `A new revision of ${family} cannot be made: ${problem}. Scheduled tasks go on with what they have.`;
  const resource = familyResource(family);
  return { type: 'Supported', status: 'False', reason: 'RevisionImpossible', message, resource };
}
