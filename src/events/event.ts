import { z } from 'zod';
import type { Cause, WorkItem } from '../reconcile/controller.ts';
import { formatKey, type Key, parseKey } from '../reconcile/key.ts';
import { FAILED_SCHEDULE } from './rules.ts';

const PARAMETER_CHANGE = 'Parameter Store Change';

/** What an event says about where and when it happened. */
interface Origin {
  readonly id: string;
  /** Epoch milliseconds; events carry whole seconds. Undefined when the event does not say. */
  readonly at: number | undefined;
  readonly account: string;
  readonly region: string;
}

/** A service by name. The cluster is not always told. */
export interface ServicePlace {
  readonly cluster: string | undefined;
  readonly service: string;
}

/**
 * What may arrive in the intake queue, reduced to ids and names. Nothing else of an event is kept: CodeBuild's
 * carry environment variables, tasks carry overrides.
 */
export type IntakeMessage =
  | (Origin & { readonly type: 'parameter'; readonly name: string; readonly operation: string })
  | (Origin & ServicePlace & { readonly type: 'service'; readonly eventName: string })
  | (Origin & {
      readonly type: 'task';
      /** `service:<name>` or `family:<name>`. */
      readonly group: string;
      readonly cluster: string | undefined;
      readonly lastStatus: string;
      readonly stopCode: string | undefined;
      readonly startedBy: string | undefined;
    })
  | (Origin & { readonly type: 'failedSchedule'; readonly group: string })
  | (Origin & {
      readonly type: 'build';
      readonly project: string;
      readonly buildId: string;
      readonly buildStatus: string | undefined;
    })
  | { readonly type: 'wake'; readonly key: Key; readonly at: number; readonly token: string }
  | { readonly type: 'request'; readonly key: Key; readonly id: string }
  | { readonly type: 'deferred'; readonly key: Key; readonly cause: Cause; readonly toldAt: number }
  | { readonly type: 'unknown'; readonly reason: UnknownReason };

/** Why a message says nothing to us. `unknownEvent` is fine: somebody's rule matches more than ours. */
export type UnknownReason = 'notJson' | 'malformed' | 'unknownEvent';

const text = z.string().min(1).optional().catch(undefined);

/** The fields we use of `detail`, or of the flat form our rules' input transformers make. */
const fieldsSchema = z.object({
  name: text,
  operation: text,
  eventName: text,
  clusterArn: text,
  group: text,
  lastStatus: text,
  stopCode: text,
  startedBy: text,
  project: text,
  'project-name': text,
  'build-id': text,
  'build-status': text,
});

const eventSchema = fieldsSchema.extend({
  id: text,
  time: text,
  type: text,
  'detail-type': text,
  account: z.string().regex(/^\d{12}$/),
  region: z.string().min(1),
  resources: z.array(z.string()).catch([]).default([]),
  detail: fieldsSchema.optional().catch(undefined),
});

const keySchema = z.string().transform((form, context) => {
  const key = parseKey(form);
  if (key !== undefined) return key;
  context.addIssue({ code: 'custom', message: 'not a key' });
  return z.NEVER;
});
const wakeSchema = z.object({
  wake: z.object({ key: keySchema, at: z.number(), token: z.string().min(1) }),
});
const requestSchema = z.object({ request: z.object({ key: keySchema, id: z.string().min(1) }) });
const deferredSchema = z.object({
  deferred: z.object({
    key: keySchema,
    cause: z.object({
      id: z.string().startsWith('event:'),
      change: z.object({ parameter: z.string(), operation: z.string(), at: z.number() }),
    }),
    toldAt: z.number(),
  }),
});

type Fields = z.infer<typeof fieldsSchema>;

/**
 * Reads the body of an intake message: an event in the form our rules give it, a whole EventBridge envelope, or
 * one of our own messages. Never throws. `messageId` stands in for the id of an event that has none.
 */
export function parseIntakeMessage(body: string, messageId: string): IntakeMessage {
  const document = readJson(body);
  if (document === undefined) return { type: 'unknown', reason: 'notJson' };
  const own = readOwn(document);
  if (own !== undefined) return own;
  const event = eventSchema.safeParse(document);
  if (!event.success) return { type: 'unknown', reason: 'malformed' };
  const { id = messageId, time, account, region, resources, detail, ...flat } = event.data;
  const type = flat.type ?? flat['detail-type'];
  const origin = { id, at: instantOf(time), account, region };
  return readEvent(type, origin, { ...flat, ...definedMembers(detail ?? {}) }, resources);
}

/** A message of our own. Most are none, and a schema that refuses costs more than all the rest. */
function readOwn(document: unknown): IntakeMessage | undefined {
  if (typeof document !== 'object' || document === null) return undefined;
  const wake = 'wake' in document ? wakeSchema.safeParse(document) : undefined;
  if (wake?.success) return { type: 'wake', ...wake.data.wake };
  const deferred = 'deferred' in document ? deferredSchema.safeParse(document) : undefined;
  if (deferred?.success) return { type: 'deferred', ...deferred.data.deferred };
  const request = 'request' in document ? requestSchema.safeParse(document) : undefined;
  return request?.success ? { type: 'request', ...request.data.request } : undefined;
}

/** The body of a wake: "look at this key again then". */
export function formatWake(key: Key, wake: { at: number; token: string }): string {
  return JSON.stringify({ wake: { key: formatKey(key), at: wake.at, token: wake.token } });
}

/**
 * The body of a change of a parameter whose look was put off. To a replica of an older version, which knows nothing of
 * that, it is an event like any other, by an id of its own.
 */
export function formatDeferred({ key, cause: { id, change }, toldAt }: WorkItem): string {
  const { account, region } = key;
  const event = { id: `${id}:deferred`, account, region, type: PARAMETER_CHANGE };
  const { parameter: name, operation, at } = change ?? {};
  const time = at === undefined ? undefined : new Date(at).toISOString();
  return JSON.stringify({
    ...event,
    time,
    name,
    operation,
    deferred: { key: formatKey(key), cause: { id, change }, toldAt },
  });
}

/** The body of a person's request to look at a key now; `id` comes back in the key's status. */
export function formatRequest(key: Key, id: string): string {
  return JSON.stringify({ request: { key: formatKey(key), id } });
}

function readEvent(
  type: string | undefined,
  origin: Origin,
  fields: Fields,
  resources: readonly string[],
): IntakeMessage {
  switch (type) {
    case PARAMETER_CHANGE:
      return readParameter(origin, fields);
    case 'ECS Deployment State Change':
    case 'ECS Service Action':
      return readService(origin, fields, resources);
    case 'ECS Task State Change':
      return readTask(origin, fields);
    case FAILED_SCHEDULE:
      return fields.group === undefined
        ? { type: 'unknown', reason: 'malformed' }
        : { type: 'failedSchedule', ...origin, group: fields.group };
    case 'CodeBuild Build State Change':
    case 'CodeBuild Build Phase Change':
      return readBuild(origin, fields);
    default:
      return { type: 'unknown', reason: 'unknownEvent' };
  }
}

function readParameter(origin: Origin, { name, operation }: Fields): IntakeMessage {
  if (name === undefined || operation === undefined) return { type: 'unknown', reason: 'malformed' };
  return { type: 'parameter', ...origin, name, operation };
}

/** Deployment events name their service only by its ARN. Source: ECS ecs_service_deployment_events.html */
function readService(origin: Origin, fields: Fields, resources: readonly string[]): IntakeMessage {
  const place = resources.map((arn) => placeOf(arn, fields.clusterArn)).find((found) => found !== undefined);
  if (place === undefined || fields.eventName === undefined) return { type: 'unknown', reason: 'malformed' };
  return { type: 'service', ...origin, ...place, eventName: fields.eventName };
}

function readTask(origin: Origin, fields: Fields): IntakeMessage {
  const { group, lastStatus, stopCode, startedBy } = fields;
  if (group === undefined || lastStatus === undefined) return { type: 'unknown', reason: 'malformed' };
  const cluster = clusterName(fields.clusterArn);
  return { type: 'task', ...origin, group, cluster, lastStatus, stopCode, startedBy };
}

function readBuild(origin: Origin, fields: Fields): IntakeMessage {
  const project = fields.project ?? fields['project-name'];
  const buildId = fields['build-id'];
  if (project === undefined || buildId === undefined) return { type: 'unknown', reason: 'malformed' };
  return { type: 'build', ...origin, project, buildId, buildStatus: fields['build-status'] };
}

/** `service/<cluster>/<name>`, or `service/<name>` in the old ARN format. Source: ECS ecs-account-settings.html */
function placeOf(arn: string, clusterArn: string | undefined): ServicePlace | undefined {
  const match = /^arn:[^:]+:ecs:[^:]*:\d*:service\/(?:([^/]+)\/)?([^/]+)$/.exec(arn);
  if (match?.[2] === undefined) return undefined;
  return { cluster: match[1] ?? clusterName(clusterArn), service: match[2] };
}

function clusterName(arn: string | undefined): string | undefined {
  return arn === undefined ? undefined : arn.slice(arn.lastIndexOf('/') + 1);
}

function instantOf(time: string | undefined): number | undefined {
  const at = Date.parse(time ?? '');
  return Number.isNaN(at) ? undefined : at;
}

function definedMembers(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
