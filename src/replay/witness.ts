import type { CallRecord } from '../aws/middleware.ts';
import { formatKey } from '../reconcile/key.ts';
import type { Report } from '../reconcile/reconcile.ts';
import { memo } from '../simulator/memo.ts';
import type { EmittedEvent } from '../simulator/region.ts';
import { joinListeners, type Listener } from '../telemetry/listener.ts';
import type { PlayedChange } from './changes.ts';
import type { CountSample, DatedReport, FailureTrace, RolloutTrace, StepTrace, Trace } from './trace.ts';

/** Counts of a service as they are, without any lag; undefined when there is none. */
export type CountsOf = (
  cluster: string,
  service: string,
) => { readonly desired: number; readonly running: number } | undefined;

export interface WitnessPorts {
  readonly now: () => number;
  readonly countsOf: CountsOf;
  /** Keep reports of passes that neither did nor said anything. */
  readonly keepQuiet: boolean;
}

/** Outcomes of passes after which more is to come. One that fails as the one before did goes on failing. */
const BUSY: ReadonlySet<Report['outcome']> = new Set(['applied', 'waiting']);

/** Passes that throw so often in a row, which takes some minutes, have something in their way that stays. */
const TRIES_AWAITED = 8;

/** So have builds that cannot be read so often; each of their events is a look, too, and a denial meets several. */
const LOOKS_AWAITED = 12;

/** Messages of a pass that threw come back after a minute at most, give or take. */
const RETRY_MS = 75_000;

/** A review app is gone when it was missed for two minutes; what fails is tried again five minutes later at most. */
const AWAITED_MS = 300_000;

/** A key that has failed so often in a row is at rest in failing: a minute lies between its passes by then. */
const TRIES_TOLD = 5;

/** Calls after which a service may want another count at once. */
const COUNTING: ReadonlySet<string> = new Set([
  'ecs.UpdateService',
  'ecs.DeleteService',
  'autoscaling.RegisterScalableTarget',
]);

/** Sees and remembers what happens on a rig, and when something last moved. */
export class Witness implements Trace {
  readonly steps: StepTrace[] = [];
  readonly reports: DatedReport[] = [];
  readonly failures: FailureTrace[] = [];
  readonly rollouts: RolloutTrace[] = [];
  readonly counts = new Map<string, CountSample[]>();
  private readonly ports: WitnessPorts;
  private readonly touched = new Set<string>();
  /** Index in `rollouts` of deployments that go on, by id. */
  private readonly open = new Map<string, number>();
  /** When keys are looked at next that may still move by themselves. */
  private readonly awaited = new Map<string, number>();
  /** How often in a row passes of a key have thrown. */
  private readonly thrown = new Map<string, number>();

  constructor(ports: WitnessPorts) {
    this.ports = ports;
  }

  /** When anything last moved. */
  get movedAt(): number {
    return this.steps.at(-1)?.movedAt ?? 0;
  }

  /** Until when something may only be waited for: a review app that is missed is gone when it is still missed then. */
  get awaitedAt(): number {
    return Math.max(0, ...this.awaited.values());
  }

  /** Whether a deployment goes on. */
  get isRolling(): boolean {
    return this.open.size > 0;
  }

  begin(changes: readonly PlayedChange[]): StepTrace {
    const at = this.ports.now();
    const step: StepTrace = {
      index: this.steps.length,
      at,
      changedAt: Math.max(at, Date.parse(changes.at(-1)?.at ?? '') || at),
      changes,
      refused: [],
      movedAt: at,
      passes: 0,
      sweeps: 0,
      calls: new Map(),
    };
    this.steps.push(step);
    return step;
  }

  /** Looks at a service's counts when the program is idle next. */
  touch(cluster: string, service: string): void {
    this.touched.add(`${cluster}/${service}`);
  }

  /** Takes the counts of services that may have changed. */
  sample(): void {
    // Asked whenever the program is idle, and emptying what is empty makes it anew.
    if (this.touched.size === 0) return;
    for (const name of this.touched) {
      const slash = name.indexOf('/');
      const counts = this.ports.countsOf(name.slice(0, slash), name.slice(slash + 1));
      if (counts === undefined) this.endAll(name, 'the service was deleted');
      this.note(name, counts ?? { desired: 0, running: 0 });
    }
    this.touched.clear();
  }

  private note(name: string, counts: { readonly desired: number; readonly running: number }): void {
    const samples = this.counts.get(name) ?? [];
    this.counts.set(name, samples);
    const last = samples.at(-1);
    if (last?.desired === counts.desired && last.running === counts.running) return;
    const at = this.ports.now();
    if (last?.at === at) samples.pop();
    samples.push({ at, ...counts });
    if (last !== undefined) this.moved();
  }

  listener(client: string): Listener {
    const seen = () => ({ step: this.steps.length - 1, client, at: this.ports.now() });
    const fail = (what: string, key?: string) =>
      void this.failures.push({ ...seen(), what, ...(key === undefined ? {} : { key }) });
    return joinListeners({
      report: (report) => this.report(report, seen()),
      failure: ({ work, error }) => {
        const key = formatKey(work.key);
        fail(String(error), key);
        this.awaitRetry(key);
        this.moved();
      },
      unreadable: (messages) => fail(`${messages} unreadable messages`),
      failing: (doing, error) => fail(`${doing}: ${String(error)}`),
    });
  }

  private report(report: Report, seen: Omit<DatedReport, 'report'>): void {
    const step = this.steps.at(-1);
    if (step === undefined) return;
    if (report.work.key.kind === 'sweep') {
      step.sweeps += 1;
      if (this.ports.keepQuiet) this.reports.push({ ...seen, report });
      return;
    }
    step.passes += 1;
    this.await(report);
    const tries = report.outcome === 'failed' && report.attempts <= TRIES_TOLD;
    const isNews =
      BUSY.has(report.outcome) ||
      tries ||
      isAboutTo(report) ||
      report.news.length > 0 ||
      report.healed.length > 0;
    if (isNews) this.moved();
    if (isNews || this.ports.keepQuiet) this.reports.push({ ...seen, report });
  }

  /** A pass that threw leaves its messages, which come back; those that go on failing are given up in the end. */
  private awaitRetry(key: string): void {
    const thrown = (this.thrown.get(key) ?? 0) + 1;
    this.thrown.set(key, thrown);
    if (thrown <= TRIES_AWAITED) this.awaited.set(key, this.ports.now() + RETRY_MS);
    else this.awaited.delete(key);
  }

  private await(report: Report): void {
    const { work, outcome, wakeAt } = report;
    const key = formatKey(work.key);
    this.thrown.delete(key);
    if (outcome === 'dropped') return;
    if (wakeAt !== undefined && wakeAt <= this.ports.now() + AWAITED_MS && isAwaited(report))
      this.awaited.set(key, wakeAt);
    else this.awaited.delete(key);
  }

  call({ service, operation }: CallRecord): void {
    const calls = this.steps.at(-1)?.calls;
    const name = callNames(service)(operation);
    calls?.set(name, (calls.get(name) ?? 0) + 1);
    // ECS tells of the tasks that follow, not of the count itself.
    if (COUNTING.has(name)) for (const place of this.counts.keys()) this.touched.add(place);
  }

  event({ source, detailType, resources, detail }: EmittedEvent): void {
    if (source !== 'aws.ecs') return;
    const place = servicePlace(detailType, resources, detail);
    if (place === undefined) return;
    this.touched.add(place);
    if (detailType === 'ECS Deployment State Change') this.deployment(place, detail);
  }

  private deployment(service: string, detail: EmittedEvent['detail']): void {
    const id = String(detail.deploymentId);
    const now = this.ports.now();
    const step = this.steps.length - 1;
    if (detail.eventName === 'SERVICE_DEPLOYMENT_IN_PROGRESS') {
      this.endAll(service);
      this.open.set(id, this.rollouts.length);
      this.rollouts.push({ step, id, service, startedAt: now, ended: 'open' });
    } else {
      const ended = detail.eventName === 'SERVICE_DEPLOYMENT_COMPLETED' ? 'completed' : 'failed';
      this.end(id, ended, String(detail.reason));
    }
    this.moved();
  }

  /** A newer deployment of a service ends the older ones, and its deletion all; ECS sends no event for either. */
  private endAll(service: string, reason?: string): void {
    for (const [id, index] of [...this.open]) {
      if (this.rollouts[index]?.service === service) this.end(id, 'replaced', reason);
    }
  }

  private end(id: string, ended: RolloutTrace['ended'], reason?: string): void {
    const index = this.open.get(id);
    const rollout = index === undefined ? undefined : this.rollouts[index];
    this.open.delete(id);
    if (index === undefined || rollout === undefined) return;
    const because = reason === undefined ? {} : { reason };
    this.rollouts[index] = { ...rollout, ended, endedAt: this.ports.now(), ...because };
  }

  private moved(): void {
    const step = this.steps.at(-1);
    if (step !== undefined) step.movedAt = this.ports.now();
  }
}

/** How many services and operations are remembered; there are fewer. */
const NAMES_MAX = 1000;

/** `<service>.<operation>`: a text put together anew would be hashed anew with each call. */
const callNames = memo(NAMES_MAX, (service: string) =>
  memo(NAMES_MAX, (operation: string) => `${service}.${operation}`),
);

/** A review app may only be missed so far; and a build that could not be read may have more to come. */
function isAwaited({ work, outcome, attempts }: Report): boolean {
  if (outcome === 'failed') return work.key.kind === 'build' && attempts <= LOOKS_AWAITED;
  // It is cleared up whatever is told of it.
  return work.key.name.includes(':') && outcome !== 'held';
}

/** Something differs, nothing is wrong, and it is looked at again: what differs only has to come to rest first. */
function isAboutTo({ work, outcome, differences, conditions, wakeAt }: Report): boolean {
  if (differences.length === 0 || wakeAt === undefined) return false;
  // A build comes to an end whatever is told of it, as long as it may be written.
  if (work.key.kind === 'build') return outcome !== 'observed';
  return conditions.every(({ status }) => status === 'True');
}

/** `<cluster>/<service>` that an event of ECS is about. */
function servicePlace(
  detailType: string,
  resources: readonly string[],
  detail: EmittedEvent['detail'],
): string | undefined {
  if (detailType === 'ECS Task State Change') {
    const { group, clusterArn } = detail;
    if (typeof group !== 'string' || !group.startsWith('service:')) return undefined;
    return `${String(clusterArn).replace(/^.*\//, '')}/${group.slice('service:'.length)}`;
  }
  return /:service\/(.+)$/.exec(resources[0] ?? '')?.[1];
}
