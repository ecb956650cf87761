import type { PlayedChange } from './changes.ts';
import { describeChange } from './changes.ts';
import type { Evidence } from './evidence.ts';
import { groupBy } from './grouping.ts';
import { labelOf } from './labels.ts';
import { SKIPPED } from './lines.ts';
import { actionsOf } from './summary.ts';
import type { DatedReport, RolloutTrace, StepTrace } from './trace.ts';
import { type WantedSample, wantedCounts } from './wanted.ts';

/** What is drawn of one app. Instants are milliseconds from the start of the snapshot. */
export interface AppChart {
  readonly app: string;
  readonly services: readonly ServiceChart[];
  readonly marks: readonly Mark[];
  /** While the controller waited for something. */
  readonly waits: readonly Span[];
  /** While a condition said that something is wrong. */
  readonly problems: readonly Span[];
}

export interface ServiceChart {
  /** `<cluster>/<service>` */
  readonly name: string;
  readonly counts: ReadonlyArray<{ readonly at: number; readonly desired: number; readonly running: number }>;
  /** What Parameter Store asks for. */
  readonly wanted: readonly WantedSample[];
  readonly rollouts: ReadonlyArray<Span & { readonly ended: RolloutTrace['ended'] }>;
}

export interface Span {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

export interface Mark {
  readonly at: number;
  readonly kind: 'change' | 'write' | 'failure';
  readonly step: number;
  readonly label: string;
}

/** Services, marks or spans of one app beyond this are not drawn: nobody could tell them apart. */
const DRAWN_MAX = 2_000;

/** Makes the charts of a case, one an app. */
export function chartsOf(result: Evidence): readonly AppChart[] {
  const apps = new Set(result.end.observation.apps.map(({ key }) => key.name));
  const wanted = wantedCounts(
    result.snapshot,
    result.end.observation.apps.map(({ key }) => key.name),
  );
  const owners = ownersOf(result, apps);
  const services = groupBy(result.counts.keys(), (name) => [owners.get(name)]);
  const passes = groupBy(result.reports, ({ report }) => [report.work.key.name]);
  const rollouts = groupBy(result.rollouts, ({ service }) => [service]);
  const steps = result.steps.map(searchable);
  return [...apps].map((app) => {
    const reports = passes.get(app) ?? [];
    const names = (services.get(app) ?? []).toSorted();
    return {
      app,
      services: names.map((name) =>
        serviceChart(name, result, wanted.get(name) ?? [], rollouts.get(name) ?? []),
      ),
      marks: [...changeMarks(app, steps, startOf(result)), ...passMarks(reports, result)]
        .sort((a, b) => a.at - b.at)
        .slice(0, DRAWN_MAX),
      waits: waitsOf(reports, result).slice(0, DRAWN_MAX),
      problems: problemsOf(reports, result).slice(0, DRAWN_MAX),
    };
  });
}

/** Which app a service belongs to: as was read at the end, else by its name. */
function ownersOf(result: Evidence, apps: ReadonlySet<string>): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const { app, cluster, service } of result.end.observation.services) {
    owners.set(`${cluster}/${service.serviceName ?? ''}`, app);
  }
  const longestFirst = [...apps].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  for (const name of result.counts.keys()) {
    if (owners.has(name)) continue;
    const service = name.slice(name.indexOf('/') + 1);
    const app = longestFirst.find((one) => service.startsWith(`${one.replace(':', '-pr')}-`));
    if (app !== undefined) owners.set(name, app);
  }
  return owners;
}

function serviceChart(
  name: string,
  result: Evidence,
  wanted: readonly WantedSample[],
  rollouts: readonly RolloutTrace[],
): ServiceChart {
  const startAt = startOf(result);
  const counts = (result.counts.get(name) ?? []).slice(0, DRAWN_MAX);
  return {
    name,
    counts: counts.map(({ at, desired, running }) => ({ at: at - startAt, desired, running })),
    wanted: wanted.slice(0, DRAWN_MAX),
    rollouts: rollouts.slice(0, DRAWN_MAX).map(({ startedAt, endedAt, ended, reason }) => ({
      from: startedAt - startAt,
      to: (endedAt ?? result.end.at) - startAt,
      ended,
      label: reason ?? `deployment ${ended}`,
    })),
  };
}

type Step = Pick<StepTrace, 'index' | 'at'> & { readonly changes: readonly Told[] };

/** A change with its text, in which the names of apps are looked for. */
interface Told {
  readonly change: PlayedChange;
  readonly text: string;
}

function searchable({ index, at, changes }: StepTrace): Step {
  return { index, at, changes: changes.map((change) => ({ change, text: JSON.stringify(change) })) };
}

function changeMarks(app: string, steps: readonly Step[], startAt: number): Mark[] {
  return steps.flatMap(({ index, at, changes }) => {
    const [first, ...others] = changes.filter((told) => concerns(told, app));
    if (first === undefined) return [];
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    const label = `${describeChange(first.change)}${more}`;
    return [{ at: at - startAt, kind: 'change' as const, step: index, label }];
  });
}

/** Whether a change is about an app; what is about nobody in particular is about everybody. */
function concerns({ change, text }: Told, app: string): boolean {
  switch (change.type) {
    case 'put':
    case 'delete':
      return change.name.includes(`/apps/${app}/`) || change.name.includes('/pipelines/');
    case 'approve':
    case 'request':
      return change.app === app;
    case 'call':
    case 'item':
    case 'removeItem':
      return text.includes(app);
    default:
      return true;
  }
}

function passMarks(reports: readonly DatedReport[], result: Evidence): Mark[] {
  return reports.flatMap(({ at, step, report }) =>
    actionsOf(report)
      .filter(({ failed }) => failed !== SKIPPED)
      .map(({ type, resource, failed }) => ({
        at: at - startOf(result),
        kind: failed === undefined ? ('write' as const) : ('failure' as const),
        step,
        label: `${type} ${resource}${failed === undefined ? '' : `: ${failed}`}`,
      })),
  );
}

/** From a pass that will look again to the next pass of the key. */
function waitsOf(reports: readonly DatedReport[], result: Evidence): Span[] {
  const startAt = startOf(result);
  return reports.flatMap(({ at, report }, index) => {
    const { wakeAt, waiting, outcome } = report;
    if (wakeAt === undefined) return [];
    const next = reports[index + 1]?.at ?? result.end.at;
    const what = waiting.map(({ id }) => id).join(', ');
    const label = what !== '' ? `waits for a read to show ${what}` : (WAITS[outcome] ?? 'will look again');
    return [{ from: at - startAt, to: Math.min(next, wakeAt) - startAt, label }];
  });
}

const WAITS: Readonly<Partial<Record<DatedReport['report']['outcome'], string>>> = {
  applied: 'looks whether its writes show',
  failed: 'will try again',
  waiting: 'waits',
};

function problemsOf(reports: readonly DatedReport[], result: Evidence): Span[] {
  const startAt = startOf(result);
  const open = new Map<string, { readonly from: number; readonly label: string }>();
  const spans: Span[] = [];
  for (const { at, report } of reports) {
    if (report.outcome === 'dropped') continue;
    const now = new Map(
      report.conditions
        .filter(({ status }) => status === 'False')
        .map((condition) => [labelOf(condition), `${labelOf(condition)}\n${condition.message}`] as const),
    );
    for (const [label, { from, label: text }] of open) {
      if (now.has(label)) continue;
      spans.push({ from, to: at - startAt, label: text });
      open.delete(label);
    }
    for (const [label, text] of now)
      if (!open.has(label)) open.set(label, { from: at - startAt, label: text });
  }
  const rest = [...open.values()].map(({ from, label }) => ({ from, to: result.end.at - startAt, label }));
  return [...spans, ...rest].sort((a, b) => a.from - b.from);
}

function startOf({ snapshot }: Evidence): number {
  return Date.parse(snapshot.startAt);
}
