import { isMutating } from '../../aws/operations.ts';
import type { LoggedCall } from '../../simulator/region.ts';
import type { Evidence } from '../evidence.ts';

/** Queues and table are the installation's own; nobody else cares what is written there. */
const OWN_SERVICES: ReadonlySet<string> = new Set(['sqs', 'dynamodb', 'sts']);

/** Calls that changed what people own, or tried to. */
export function writesOf({ calls }: Pick<Evidence, 'calls'>): readonly LoggedCall[] {
  return calls.filter(({ service, operation }) => !OWN_SERVICES.has(service) && isMutating(operation));
}

/** Whether a call did what it asked, whatever the caller was told. */
export function tookEffect({ code, fault }: LoggedCall): boolean {
  return code === 'OK' || fault === 'lostResponse';
}

/** What a write is about: `service main/shop-web`, `family shop-web`, `rule x`, `object artifacts/1/build.log`, an ARN. */
export function subjectOf({ input }: Pick<LoggedCall, 'input'>): string {
  const { serviceName, service = serviceName, cluster, family, resourceArn, ResourceId, Rule, Name } = input;
  if (typeof service === 'string') return `service ${lastPart(cluster)}/${lastPart(service)}`;
  if (typeof family === 'string') return `family ${family}`;
  if (typeof input.taskDefinition === 'string') return `tasks ${familyIn(input.taskDefinition)}`;
  if (typeof input.Key === 'string') return `object ${String(input.Bucket)}/${input.Key}`;
  if (typeof ResourceId === 'string') return ResourceId.replace(/^service\//, 'service ');
  const rule = Rule ?? Name;
  if (typeof rule === 'string') return rule.startsWith('/') ? `parameter ${rule}` : `rule ${rule}`;
  const named = /:service\/(.+)$/.exec(String(resourceArn))?.[1];
  return named === undefined ? String(resourceArn) : `service ${named}`;
}

/** `shop-release` of `arn:…:task-definition/shop-release:3` */
function familyIn(taskDefinition: string): string {
  return lastPart(taskDefinition).replace(/:\d+$/, '');
}

/** `shop-web` of `main/shop-web`. */
export function serviceNameOf(subject: string): string | undefined {
  return /^service (?:.*\/)?([^/]+)$/.exec(subject)?.[1];
}

/** Whether a subject may be of an app, by its name: `shop:7` has `shop-pr7-web`. */
export function mayBeOf(app: string, subject: string): boolean {
  return nameIn(subject).startsWith(beginningOf(app));
}

/** What names of all that an app may own begin with: `shop-pr7-` for `shop:7`. */
export function beginningOf(app: string): string {
  return `${app.replace(':', '-pr')}-`;
}

/** The beginnings a subject has, of which one is its app's: `shop-` and `shop-pr7-` for `service main/shop-pr7-web`. */
export function beginningsIn(subject: string): readonly string[] {
  const name = nameIn(subject);
  return [...name.matchAll(/-/g)].map(({ index }) => name.slice(0, index + 1));
}

function nameIn(subject: string): string {
  return lastPart(subject.slice(subject.indexOf(' ') + 1));
}

/** An instant after the start, for explanations. */
export function when({ snapshot }: Pick<Evidence, 'snapshot'>, at: number): string {
  return `${(at - Date.parse(snapshot.startAt)) / 1000} s`;
}

/** `shop-web` of `main/shop-web`, or of an ARN. */
export function lastPart(name: unknown): string {
  const text = String(name ?? '');
  return text.slice(text.lastIndexOf('/') + 1);
}
