import { RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import {
  DeleteRuleCommand,
  type EventBridgeClient,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import type { Clients } from '../../../aws/clients.ts';
import { isNotFound } from '../../../aws/errors.ts';
import type { TaskDefinitionCache } from '../../../aws/task-definitions.ts';
import type { ApplyContext } from '../../../reconcile/controller.ts';
import { assert, unreachable } from '../../../reconcile/errors.ts';
import type { RevisionResult } from '../services/actions.ts';
import { baseOf } from '../services/apply.ts';
import type {
  DeleteRule,
  PutRule,
  PutTargets,
  RegisterScheduler,
  RemoveTargets,
  RevisionRef,
  SchedulesAction,
} from './actions.ts';
import { schedulerDefinition } from './family.ts';
import { ruleDescription } from './marks.ts';
import { schedulerTags } from './tags.ts';
import { ecsTarget, wantedTargetsDigest } from './targets.ts';

/** Pages of a rule's targets; it has five targets at most. */
const TARGET_PAGES_MAX = 5;

export interface SchedulesPorts {
  readonly clients: Clients;
  /** Revisions this process knows. */
  readonly taskDefinitions: TaskDefinitionCache;
}

/** Does one write of an app's schedules; throws what AWS threw, or `EntriesFailedError`. */
export async function applySchedules(
  action: SchedulesAction,
  context: ApplyContext,
  ports: SchedulesPorts,
): Promise<unknown> {
  const { clients } = ports;
  switch (action.type) {
    case 'registerScheduler':
      return register(action, ports);
    case 'putRule':
      return putRule(action, context, clients.events);
    case 'putTargets':
      return putTargets(action, context, clients.events);
    case 'removeTargets':
      return removeTargets(action, clients.events);
    case 'deleteRule':
      return deleteRule(action, clients.events);
    default:
      return unreachable(action);
  }
}

/**
 * Takes the base's content only now: what is in its environment never gets into facts, plans or status. The
 * registration is tried once; whether one that got no answer took effect is found out by the next pass.
 */
async function register(action: RegisterScheduler, ports: SchedulesPorts): Promise<RevisionResult> {
  const { edits, family } = action;
  const base = await baseOf(action.base, ports);
  const { containerDefinitions, ...rest } = schedulerDefinition(base.definition, edits);
  const tags = Object.fromEntries(base.tags.map(({ key = '', value = '' }) => [key, value]));
  const input = {
    ...rest,
    family,
    containerDefinitions,
    tags: schedulerTags(tags, { ...action, tags: edits.source.release?.tags ?? {} }),
  };
  const registered = await ports.clients.ecsOnce.send(new RegisterTaskDefinitionCommand(input));
  const arn = registered.taskDefinition?.taskDefinitionArn;
  assert(arn !== undefined, `ECS registered a revision of ${family} without saying which`);
  return { arn };
}

/** PutRule replaces the whole rule: what is left out here is gone from it. */
async function putRule(
  action: PutRule,
  context: ApplyContext,
  events: EventBridgeClient,
): Promise<undefined> {
  const { rule: Name, expression, owner, content } = action;
  const arn = revisionArn(content.revision, context);
  const digest = wantedTargetsDigest(content.tasks, { place: content.place, arn });
  const Description = ruleDescription(owner, digest);
  await events.send(
    new PutRuleCommand({ Name, ScheduleExpression: expression, State: 'ENABLED', Description }),
  );
}

async function putTargets(
  { rule: Rule, content }: PutTargets,
  context: ApplyContext,
  events: EventBridgeClient,
): Promise<undefined> {
  const arn = revisionArn(content.revision, context);
  const Targets = content.tasks.map((task) => ecsTarget(task, content.place, arn));
  insistOnAll(await events.send(new PutTargetsCommand({ Rule, Targets })));
}

async function removeTargets(
  { rule: Rule, ids }: RemoveTargets,
  events: EventBridgeClient,
): Promise<undefined> {
  try {
    insistOnAll(await events.send(new RemoveTargetsCommand({ Rule, Ids: [...ids] })));
  } catch (error) {
    // Without the rule there are no targets to take off it.
    if (!isNotFound(error)) throw error;
  }
}

/** A rule with targets is not deleted; somebody may have added some that we do not know of. */
async function deleteRule({ rule: Rule }: DeleteRule, events: EventBridgeClient): Promise<undefined> {
  try {
    const Ids = await targetIds(Rule, events);
    if (Ids.length > 0) insistOnAll(await events.send(new RemoveTargetsCommand({ Rule, Ids })));
    await events.send(new DeleteRuleCommand({ Name: Rule }));
  } catch (error) {
    // Gone already, which is what was wanted.
    if (!isNotFound(error)) throw error;
  }
}

async function targetIds(Rule: string, events: EventBridgeClient): Promise<string[]> {
  const ids: string[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page < TARGET_PAGES_MAX; page += 1) {
    const output = await events.send(new ListTargetsByRuleCommand({ Rule, NextToken }));
    for (const { Id } of output.Targets ?? []) if (Id !== undefined) ids.push(Id);
    NextToken = output.NextToken;
    if (NextToken === undefined) break;
  }
  return ids;
}

function revisionArn(revision: RevisionRef, { results }: ApplyContext): string {
  if ('arn' in revision) return revision.arn;
  const given = results.get(revision.from);
  const arn = typeof given === 'object' && given !== null && 'arn' in given ? given.arn : undefined;
  assert(typeof arn === 'string', `${revision.from} gave no revision`);
  return arn;
}

interface EntriesOutput {
  readonly FailedEntryCount?: number | undefined;
  readonly FailedEntries?:
    | ReadonlyArray<{ readonly ErrorCode?: string | undefined; readonly ErrorMessage?: string | undefined }>
    | undefined;
}

/**
 * EventBridge answers 200 although it refused some of the targets. It has the shape of the SDK's own errors, so
 * that it is told like any other refusal of AWS.
 */
class EntriesFailedError extends Error {
  override readonly name: string;
  readonly $fault = 'client';
  readonly $metadata = { httpStatusCode: 200 };
  constructor(output: EntriesOutput) {
    const [first] = output.FailedEntries ?? [];
    const count = output.FailedEntryCount ?? 0;
    super(`${count} of the targets were refused: ${first?.ErrorMessage ?? 'no reason given'}`);
    this.name = first?.ErrorCode ?? 'FailedEntries';
  }
}

function insistOnAll(output: EntriesOutput): void {
  if ((output.FailedEntryCount ?? 0) > 0) throw new EntriesFailedError(output);
}
