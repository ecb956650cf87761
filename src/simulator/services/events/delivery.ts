import { AwsError } from '../../errors.ts';
import type { RegionContext } from '../../region.ts';
import { type Document, isDocument } from '../members.ts';
import { runTaskInput } from './ecs-target.ts';
import { readJsonPath } from './json-path.ts';
import { type Rule, ruleArn, type Target } from './state.ts';
import { transformerOf } from './target-input.ts';
import { compileTransformer, type Occasion } from './transform.ts';

/** Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html */
const AGE_MAX_SECONDS = 86_400;
const RETRIES_MAX = 185;
const FIRST_WAIT_MS = 1000;
const WAIT_MAX_MS = 900_000;
const FAILURES_KEPT = 1000;
/** What ECS says when it is worth trying again. */
const PASSING = [
  'ThrottlingException',
  'ServerException',
  'InternalServerError',
  'ServiceUnavailableException',
];

/** An invocation that EventBridge gave up: all that is left of it without a dead-letter queue. */
export interface FailedInvocation {
  readonly at: number;
  readonly ruleArn: string;
  readonly targetId: string;
  readonly code: string;
  readonly message: string;
  readonly retries: number;
}

/** Brings events to the targets of rules. */
export interface Delivery {
  trigger(rule: Rule, event: Document): void;
  /** The last invocations that were given up, oldest first. */
  failures(): readonly FailedInvocation[];
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly passing: boolean;
}

interface Invocation {
  readonly rule: Rule;
  readonly target: Target;
  readonly occasion: Occasion;
  readonly retries: number;
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
export function createDelivery(context: RegionContext): Delivery {
  const failures: FailedInvocation[] = [];
  const giveUp = (invocation: Invocation, failure: Failure): void => {
    const { rule, target, occasion, retries } = invocation;
    const { code, message } = failure;
    const arn = ruleArn(context, rule.bus, rule.name);
    if (failures.length >= FAILURES_KEPT) failures.shift();
    failures.push({ at: context.clock.now(), ruleArn: arn, targetId: target.Id, code, message, retries });
    const queue = isDocument(target.DeadLetterConfig) ? target.DeadLetterConfig.Arn : undefined;
    if (typeof queue === 'string')
      context.offers.deliverToQueue?.(queue, JSON.stringify(occasion.event), arn);
  };
  const attempt = (invocation: Invocation): void => {
    const failure = invoke(context, invocation);
    if (failure === undefined) return;
    const waitMs = failure.passing ? nextWait(context, invocation) : undefined;
    if (waitMs === undefined) giveUp(invocation, failure);
    else context.clock.setTimer(waitMs, () => attempt({ ...invocation, retries: invocation.retries + 1 }));
  };
  return {
    trigger(rule, event) {
      const arn = ruleArn(context, rule.bus, rule.name);
      const occasion = { event, ruleArn: arn, ruleName: rule.name, ingestedAt: context.clock.now() };
      for (const target of rule.targets.values()) attempt({ rule, target, occasion, retries: 0 });
    },
    failures: () => [...failures],
  };
}

/** How long until the next try; nothing when the retry policy allows none. */
function nextWait(context: RegionContext, invocation: Invocation): number | undefined {
  const { target, occasion, retries } = invocation;
  const policy = isDocument(target.RetryPolicy) ? target.RetryPolicy : {};
  const retriesMax = numberOr(policy.MaximumRetryAttempts, RETRIES_MAX);
  const ageMaxMs = numberOr(policy.MaximumEventAgeInSeconds, AGE_MAX_SECONDS) * 1000;
  const waitMs = Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * 2 ** Math.min(retries, 20));
  const jittered = Math.floor(waitMs * (0.5 + context.random() / 2));
  const age = context.clock.now() + jittered - occasion.ingestedAt;
  return retries >= retriesMax || age > ageMaxMs ? undefined : jittered;
}

/** Targets that are neither queues nor clusters are not simulated: they take everything. */
function invoke(context: RegionContext, invocation: Invocation): Failure | undefined {
  const { Arn } = invocation.target;
  try {
    if (/^arn:[\w-]+:sqs:/.test(Arn)) return sendToQueue(context, invocation);
    if (/^arn:[\w-]+:events:.*:event-bus\/default$/.test(Arn)) return sendToBus(context, invocation);
    if (/^arn:[\w-]+:ecs:/.test(Arn)) return startTask(context, invocation);
    return undefined;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return failureOf(error);
  }
}

function sendToQueue(context: RegionContext, invocation: Invocation): Failure | undefined {
  const { target, occasion } = invocation;
  const body = inputOf(target, occasion) ?? JSON.stringify(occasion.event);
  const group = isDocument(target.SqsParameters) ? target.SqsParameters.MessageGroupId : undefined;
  const sent = context.offers.deliverToQueue?.(
    target.Arn,
    body,
    occasion.ruleArn,
    typeof group === 'string' ? group : undefined,
  );
  return sent === true
    ? undefined
    : refused('NO_PERMISSIONS', `${target.Arn} does not take messages of this rule`);
}

/** The event goes on as it is, its account and region too. Source: EventBridge eb-cross-account.html */
function sendToBus(context: RegionContext, { target, occasion }: Invocation): Failure | undefined {
  const [, , , region = '', account = ''] = target.Arn.split(':');
  const { takeEvent } = context.offersOf?.(account, region) ?? {};
  if (takeEvent === undefined) return refused('NO_RESOURCE', `There is no ${target.Arn}`);
  takeEvent(occasion.event);
  return undefined;
}

function startTask(context: RegionContext, invocation: Invocation): Failure | undefined {
  const { rule, target, occasion } = invocation;
  const { runTask } = context.offers;
  if (runTask === undefined) return refused('NO_RESOURCE', `There is no ${target.Arn}`);
  const input = runTaskInput(target, inputOf(target, occasion));
  if (input === undefined) return refused('INVALID_JSON', 'The input of the target is no JSON object');
  const role = { client: String(target.RoleArn), accessKey: context.account };
  context.authorize('ecs:RunTask', String(input.taskDefinition), role);
  runTask(input, `events-rule/${rule.name}`);
  return undefined;
}

/** What the target gets instead of the event; nothing when it says nothing about that. */
function inputOf(target: Target, occasion: Occasion): string | undefined {
  if (typeof target.Input === 'string') return target.Input;
  if (typeof target.InputPath === 'string') {
    return JSON.stringify(readJsonPath(occasion.event, target.InputPath) ?? null);
  }
  return transformOf(target)?.(occasion);
}

/** Targets never change, and each event of a rule goes through the same ones. */
const transforms = new WeakMap<Target, ((occasion: Occasion) => string) | undefined>();

function transformOf(target: Target): ((occasion: Occasion) => string) | undefined {
  if (transforms.has(target)) return transforms.get(target);
  const transformer = transformerOf(target);
  const transform = transformer && compileTransformer(transformer);
  transforms.set(target, transform);
  return transform;
}

function failureOf(error: AwsError): Failure {
  if (PASSING.includes(error.code)) return { code: 'THROTTLING', message: error.message, passing: true };
  if (error.code.startsWith('AccessDenied')) return refused('NO_PERMISSIONS', error.message);
  const missing = /NotFound|NonExistent/.test(error.code);
  return refused(missing ? 'NO_RESOURCE' : 'INVALID_PARAMETER', error.message);
}

/** "No retry attempts will happen until action is taken to resolve the underlying issue." */
function refused(code: string, message: string): Failure {
  return { code, message, passing: false };
}

function numberOr(given: unknown, usual: number): number {
  return typeof given === 'number' ? given : usual;
}
