import type { Cause, WorkItem } from '../reconcile/controller.ts';
import { unreachable } from '../reconcile/errors.ts';
import type { Key, Kind } from '../reconcile/key.ts';
import type { IntakeMessage, ServicePlace, UnknownReason } from './event.ts';
import { type AppsOfService, possibleApps } from './owners.ts';
import { accessName, appsOfParameter, releaseOwner, settingsOwner } from './parameters.ts';
import {
  BEGAN_EVENT,
  FAILING_STOPS,
  RELEASE_TASK_STATES,
  SCHEDULER_GROUP_END,
  STEADY_EVENTS,
} from './rules.ts';

/** Why a message makes no work; a closed set, fit for a label. */
export type IgnoredReason =
  | UnknownReason
  | 'foreignAccount'
  | 'unregisteredKind'
  | 'otherParameter'
  | 'label'
  | 'steadyState'
  | 'routineStop'
  | 'unknownOwner';

/**
 * What a message means: keys to look at, a wake that is not due yet, a scheduled task of an app that failed (there is
 * nothing to do about it but to say so), or nothing.
 */
export type Routing =
  | { readonly type: 'failedTask'; readonly key: Key }
  | { readonly type: 'work'; readonly items: readonly WorkItem[] }
  | { readonly type: 'later'; readonly wake: IntakeMessage & { type: 'wake' } }
  | { readonly type: 'ignored'; readonly reason: IgnoredReason };

export interface RoutingOptions {
  /** Where desired state lives: `/apppack`. */
  readonly prefix: string;
  /** The kinds somebody works on; what concerns others is ignored. */
  readonly kinds: ReadonlySet<Kind>;
  /** Whether an account and region are ours to look at. */
  readonly manages: (account: string, region: string) => boolean;
  readonly appsOfService: AppsOfService;
  /** The app a CodeBuild project builds; asked only when builds are worked on. */
  readonly appsOfProject?: (project: string) => Promise<readonly string[]>;
  /** The numbers of a pipeline's review apps; absent while review apps are not worked on. */
  readonly reviewAppsOf?: (pipeline: string) => Promise<readonly string[]>;
  /** Parameters that hold lists of users, see `accessPaths`. */
  readonly accessPaths: readonly string[];
}

/** Says what a message means at `now`. Throws only what the ports throw. */
export async function routeMessage(
  message: IntakeMessage,
  options: RoutingOptions,
  now: number,
): Promise<Routing> {
  if (message.type === 'unknown') return ignored(message.reason);
  const place = 'key' in message ? message.key : message;
  if (!options.manages(place.account, place.region)) return ignored('foreignAccount');
  switch (message.type) {
    case 'parameter':
      return routeParameter(message, options);
    case 'service':
      return routeService(message, options);
    case 'task':
      return routeTask(message, options);
    case 'failedSchedule':
      return routeFailedSchedule(message, options);
    case 'build':
      return routeBuild(message, options);
    case 'wake':
      return routeWake(message, options, now);
    case 'request':
      return routeRequest(message, options);
    case 'deferred':
      return routeDeferred(message, options);
    default:
      return unreachable(message);
  }
}

async function routeParameter(
  message: IntakeMessage & { type: 'parameter' },
  options: RoutingOptions,
): Promise<Routing> {
  // A label changes no value. Source: SSM sysman-paramstore-versions.html
  if (message.operation === 'LabelParameterVersion') return ignored('label');
  const { name, operation, at } = message;
  const hint = at === undefined ? {} : { change: { parameter: name, operation, at } };
  const event = { ...message, ...hint };
  const access = accessName(name, options.accessPaths);
  if (access !== undefined) return lookAt('access', [access], event, options);
  const apps = await appsOfParameter(name, options);
  if (apps === undefined) return ignored('otherParameter');
  const routing = apps.length === 0 ? ignored('unregisteredKind') : lookAt('app', apps, event, options);
  const settingsOf = settingsOwner(name, options.prefix);
  const asksOf = releaseOwner(name, options.prefix);
  return [
    ...(settingsOf === undefined ? [] : [lookAt('access', [settingsOf], event, options)]),
    ...(asksOf === undefined ? [] : [lookAt('build', [asksOf], event, options)]),
  ].reduce(both, routing);
}

/** Settings name the role of an app's or pipeline's users; a release is asked for, or forbidden, by parameters too. */
function both(one: Routing, other: Routing): Routing {
  if (one.type !== 'work') return other.type === 'work' ? other : one;
  return other.type === 'work' ? { type: 'work', items: [...one.items, ...other.items] } : one;
}

async function routeService(
  message: IntakeMessage & { type: 'service' },
  options: RoutingOptions,
): Promise<Routing> {
  if (STEADY_EVENTS.includes(message.eventName)) return ignored('steadyState');
  const began = message.eventName === BEGAN_EVENT ? { began: message.service } : {};
  return lookAt('app', await appsAt(message, options), { ...message, ...began }, options);
}

async function routeTask(
  message: IntakeMessage & { type: 'task' },
  options: RoutingOptions,
): Promise<Routing> {
  const [group, name = ''] = message.group.split(':', 2);
  if (group === 'family') return routeOneOff(name, message, options);
  if (message.lastStatus !== 'STOPPED') return ignored('routineStop');
  if (group !== 'service' || !FAILING_STOPS.includes(message.stopCode ?? '')) return ignored('routineStop');
  const apps = await appsAt({ cluster: message.cluster, service: name }, options);
  return lookAt('app', apps, message, options);
}

/** A task of a release: that it runs and that it does not any more is both worth a look. */
function routeOneOff(
  family: string,
  message: IntakeMessage & { type: 'task' },
  options: RoutingOptions,
): Routing {
  const owner = /^(.+)-(?:release|postdeploy)$/.exec(family)?.[1];
  if (owner === undefined || !RELEASE_TASK_STATES.includes(message.lastStatus)) return ignored('routineStop');
  const review = /^(.+)-pr(\d+)$/.exec(owner);
  const names = review === null ? [owner] : [owner, `${review[1]}:${review[2]}`];
  return lookAt('build', names, message, options);
}

function routeFailedSchedule(
  { group, account, region }: IntakeMessage & { type: 'failedSchedule' },
  options: RoutingOptions,
): Routing {
  const family = group.slice(group.indexOf(':') + 1);
  // The longest name that fits is the whole name before the end; a review app's comes in its own form.
  const name = family.endsWith(SCHEDULER_GROUP_END) ? appsNamedLike(family, options).at(-1) : undefined;
  if (name === undefined) return ignored('unknownOwner');
  return { type: 'failedTask', key: { account, region, kind: 'app', name } };
}

async function routeBuild(
  message: IntakeMessage & { type: 'build' },
  options: RoutingOptions,
): Promise<Routing> {
  if (!options.kinds.has('build') || options.appsOfProject === undefined) return ignored('unregisteredKind');
  return lookAt('build', await options.appsOfProject(message.project), message, options);
}

/** SQS delays a message fifteen minutes at most, so a later wake comes here in hops. */
function routeWake(message: IntakeMessage & { type: 'wake' }, options: RoutingOptions, now: number): Routing {
  if (!options.kinds.has(message.key.kind)) return ignored('unregisteredKind');
  if (message.at > now) return { type: 'later', wake: message };
  return { type: 'work', items: [{ key: message.key, cause: { id: `wake:${message.token}` } }] };
}

function routeRequest(message: IntakeMessage & { type: 'request' }, options: RoutingOptions): Routing {
  if (!options.kinds.has(message.key.kind)) return ignored('unregisteredKind');
  return { type: 'work', items: [{ key: message.key, cause: { id: `request:${message.id}` } }] };
}

function routeDeferred(
  { key, cause, toldAt }: IntakeMessage & { type: 'deferred' },
  options: RoutingOptions,
): Routing {
  if (key.kind !== 'app' || !options.kinds.has(key.kind)) return ignored('unregisteredKind');
  return { type: 'work', items: [{ key, cause, toldAt }] };
}

/** The apps of a service; every possible one when nobody is known to claim it. */
async function appsAt(place: ServicePlace, options: RoutingOptions): Promise<readonly string[]> {
  const { cluster, service } = place;
  const known = cluster === undefined ? [] : await options.appsOfService(cluster, service);
  return known.length > 0 ? known : appsNamedLike(service, options);
}

function appsNamedLike(name: string, options: RoutingOptions): readonly string[] {
  return possibleApps(name, options.reviewAppsOf !== undefined);
}

interface HintedEvent extends Pick<Cause, 'change' | 'began'> {
  readonly id: string;
  readonly account: string;
  readonly region: string;
}

/** Work for keys of `kind` where the event happened, with the event as its cause. */
function lookAt(kind: Kind, names: readonly string[], event: HintedEvent, options: RoutingOptions): Routing {
  if (!options.kinds.has(kind)) return ignored('unregisteredKind');
  if (names.length === 0) return ignored('unknownOwner');
  const { id, account, region, change, began } = event;
  const hint = { ...(change === undefined ? {} : { change }), ...(began === undefined ? {} : { began }) };
  const cause: Cause = { id: `event:${id}`, ...hint };
  return { type: 'work', items: names.map((name) => ({ key: { account, region, kind, name }, cause })) };
}

function ignored(reason: IgnoredReason): Routing {
  return { type: 'ignored', reason };
}
