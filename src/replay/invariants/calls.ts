import { isMutating } from '../../aws/operations.ts';
import type { LoggedCall } from '../../simulator/region.ts';
import type { Evidence } from '../evidence.ts';
import type { DatedReport } from '../trace.ts';

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

/** Passes over apps that were more than a dropped wake, by app, in order. */
export function passesByApp({
  reports,
}: Pick<Evidence, 'reports'>): ReadonlyMap<string, readonly DatedReport[]> {
  return passesBy(reports, ({ report }) =>
    report.work.key.kind === 'app' ? report.work.key.name : undefined,
  );
}

/** Passes over apps, builds and lists of people by what their key is called: `shop`, `build of shop`. */
export function passesByKey({
  reports,
}: Pick<Evidence, 'reports'>): ReadonlyMap<string, readonly DatedReport[]> {
  return passesBy(reports, ({ report }) => {
    const { kind, name } = report.work.key;
    if (kind === 'sweep') return undefined;
    return kind === 'app' ? name : `${kind} of ${name}`;
  });
}

function passesBy(
  reports: readonly DatedReport[],
  nameOf: (pass: DatedReport) => string | undefined,
): ReadonlyMap<string, readonly DatedReport[]> {
  const passes = new Map<string, DatedReport[]>();
  for (const dated of reports) {
    const name = nameOf(dated);
    if (name === undefined || dated.report.outcome === 'dropped') continue;
    const own = passes.get(name);
    if (own === undefined) passes.set(name, [dated]);
    else own.push(dated);
  }
  return passes;
}

/** When whoever made a call had begun to look: what happened later it could not know. */
export function lookedAt({ reports }: Pick<Evidence, 'reports'>, call: LoggedCall): number {
  const begun = reports.flatMap(({ client, at, report }) =>
    client === call.client && report.startedAt <= call.at && at >= call.at ? [report.startedAt] : [],
  );
  return Math.min(call.at, ...begun);
}

/** By how much reads lagged behind at most, at any time of the case. */
export function lagOf({ snapshot }: Pick<Evidence, 'snapshot'>): number {
  const weathers = snapshot.timeline.flatMap((change) => (change.type === 'weather' ? [change.weather] : []));
  return Math.max(...[snapshot.aws ?? {}, ...weathers].map(({ staleReadsMs = 0 }) => staleReadsMs));
}

/** Whether a subject may be of an app, by its name: `shop:7` has `shop-pr7-web`. */
export function mayBeOf(app: string, subject: string): boolean {
  return lastPart(subject.slice(subject.indexOf(' ') + 1)).startsWith(`${app.replace(':', '-pr')}-`);
}

/** Instants at which somebody else did something to `subject`, or to nobody in particular. */
export function meddling({ snapshot }: Pick<Evidence, 'snapshot'>, subject: string): readonly number[] {
  return snapshot.timeline.flatMap((change) => {
    if (change.type !== 'call') return [];
    const { service, serviceName, family } = change.input;
    const about = [service, serviceName, family].filter((one) => typeof one === 'string').map(lastPart);
    const isAbout = about.length === 0 || about.some((name) => subject.endsWith(name));
    return isAbout ? [Date.parse(change.at)] : [];
  });
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
