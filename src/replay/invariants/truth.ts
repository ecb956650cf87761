import { asDocument, documentsIn, isDocument, parsedJson } from '../documents.ts';
import type { Evidence } from '../evidence.ts';
import { groupBy } from '../grouping.ts';
import type { ObservedApp, RuleAround, ServiceAround } from '../observation.ts';

/**
 * How an app that is said to be synced differs from its parameters, found without any planner: what is asked in so many
 * words (counts, sizes, names of variables, schedules) is compared with what AWS shows.
 */
export function untruths(evidence: Evidence): readonly string[] {
  const { apps, services, rules } = evidence.end.observation;
  if (evidence.snapshot.settings?.mode === 'observe') return [];
  const active = groupBy(services, ({ app, service }) => (service.status === 'ACTIVE' ? [app] : []));
  const enabled = groupBy(rules, ({ rule }) => (rule.State === 'ENABLED' ? ownersIn(rule.Description) : []));
  const haveMeddled = haveMeddledTargets(evidence);
  return apps.flatMap((app) => {
    const { key, inspection } = app;
    const isSaid = evidence.end.statuses.get(key.name)?.synced === true;
    if (!isSaid || inspection.plan.paused !== undefined) return [];
    const own = active.get(key.name) ?? [];
    const wrong = [
      ...(isGone(app) ? [] : own).flatMap((service) => [
        ...untrueScaling(app, service),
        ...untrueConfig(app, service),
      ]),
      // They run the image of a service; an app that has none yet waits for its first, and says so.
      ...(own.length === 0 || haveMeddled ? [] : untrueSchedules(app, enabled.get(key.name) ?? [])),
    ];
    return wrong.map((what) => `${key.name} is said to be synced, but ${what}`);
  });
}

/** Nothing tells of targets that somebody changed: they are looked at every six hours only (docs/architecture.md). */
function haveMeddledTargets({ snapshot }: Evidence): boolean {
  return snapshot.timeline.some(
    (change) => change.type === 'call' && /^(Put|Remove)Targets$/.test(change.operation),
  );
}

/** Services of an app that nothing is left of stay as they are, or go; its rules go. */
function isGone({ parameters, config, items }: ObservedApp): boolean {
  return (
    parameters.length + config.length === 0 &&
    !items.some(({ primary_id: partition }) => String(partition).startsWith('APP#'))
  );
}

/** The last word on a process: the app's own entry, else its pipeline's, which holds for review apps that are wanted. */
function wishOf({ parameters }: ObservedApp, process: string): Readonly<Record<string, unknown>> {
  const isWanted = parameters.some(
    ({ name, value }) =>
      /\/review-apps\/pr\/\d+$/.test(name) && asDocument(parsedJson(value)).status === 'created',
  );
  const documents = parameters.filter(
    ({ name }) => name.endsWith('/scaling') && (isWanted || !/\/pipelines\/[^/]+\/scaling$/.test(name)),
  );
  const own = [...documents].sort((a, b) => b.name.length - a.name.length);
  const entries = own.flatMap(({ value }) => {
    const document = asDocument(parsedJson(value));
    return Object.hasOwn(document, process) ? [document[process]] : [];
  });
  return asDocument(entries[0]);
}

function processOf({ app, service }: ServiceAround): string {
  return (service.serviceName ?? '').slice(app.replace(':', '-pr').length + 1);
}

function untrueScaling(app: ObservedApp, around: ServiceAround): readonly string[] {
  const wish = wishOf(app, processOf(around));
  const { service, revision, target } = around;
  const { serviceName: name, desiredCount = 0 } = service;
  const { min_processes: min = 0, max_processes: max = Number.POSITIVE_INFINITY } = wish;
  const bounds = target === undefined ? undefined : `${target.MinCapacity}-${target.MaxCapacity}`;
  // Review apps are not scaled: their bounds only bound (AppPack's tools refuse ranges for them).
  const isScalable = !app.key.name.includes(':') && Number.isFinite(max) && wish.min_processes !== undefined;
  const isRange = isScalable && min !== max;
  const wanted = isRange ? `${String(min)}-${String(max)}` : undefined;
  const isFixed = isScalable && min === max;
  return [
    ...(desiredCount < Number(min) || desiredCount > Number(max)
      ? [`${name} has ${desiredCount} tasks, not ${String(min)} to ${String(max)}`]
      : []),
    ...(isRange && bounds !== wanted ? [`${name} is scaled ${bounds ?? 'by nobody'}, not ${wanted}`] : []),
    ...(isFixed && bounds !== undefined ? [`${name} is scaled ${bounds}, not fixed`] : []),
    ...(['cpu', 'memory'] as const).flatMap((member) => {
      const size = revision?.definition[member];
      return wish[member] === undefined || size === undefined || Number(size) === wish[member]
        ? []
        : [`${name} has ${size} ${member}, not ${String(wish[member])}`];
    }),
  ];
}

/** Variables are compared by name; one that the container has from elsewhere keeps its place. */
function untrueConfig(app: ObservedApp, { service, revision }: ServiceAround): readonly string[] {
  const containers = revision?.definition.containerDefinitions ?? [];
  const secrets = containers.flatMap((container) => container.secrets ?? []);
  const plain = containers.flatMap(({ environment = [] }) => environment.map(({ name }) => name ?? ''));
  const has = new Set([...secrets.map(({ name }) => name ?? ''), ...plain]);
  const wanted = app.config.map(({ name }) => ({ name, variable: name.replace(/^.*\/config\//, '') }));
  const known = new Set(wanted.map(({ name }) => name));
  const missing = wanted.filter(({ variable }) => !has.has(variable)).map(({ variable }) => variable);
  const left = secrets.flatMap(({ name, valueFrom = '' }) => {
    const parameter = valueFrom.slice(valueFrom.indexOf('/'));
    return isConfigOf(app, parameter) && !known.has(parameter) ? [name] : [];
  });
  return [
    ...missing.map((name) => `${service.serviceName} lacks ${name}`),
    ...left.map((name) => `${service.serviceName} still has ${name}`),
  ];
}

function isConfigOf({ key }: ObservedApp, parameter: string): boolean {
  return new RegExp(`/apps/${key.name.replaceAll(/[^\w-]/g, '')}/config/[^/]+$`).test(parameter);
}

/** Every task that is wanted runs as often as it is wanted, and no other. */
function untrueSchedules({ key, parameters }: ObservedApp, rules: readonly RuleAround[]): readonly string[] {
  const parameter = parameters.find(({ name }) => name.endsWith(`/apps/${key.name}/scheduled-tasks`));
  if (key.name.includes(':')) return [];
  const list = parsedJson(parameter?.value ?? '[]');
  if (!Array.isArray(list) || !list.every(isDocument)) return ['its scheduled tasks are no list'];
  const wanted = list.map(({ schedule, command }) => taskLine(schedule, command)).sort();
  const there = rules
    .flatMap(({ rule, targets }) =>
      targets.map(({ Input }) =>
        taskLine(/^cron\((.*)\)$/.exec(rule.ScheduleExpression ?? '')?.[1], commandIn(Input)),
      ),
    )
    .sort();
  if (JSON.stringify(wanted) === JSON.stringify(there)) return [];
  return [`it runs ${JSON.stringify(there)}, not ${JSON.stringify(wanted)}`.slice(0, 500)];
}

/** `shop` of `/apppack/apps/shop 1f… Scheduled tasks of shop.` */
function ownersIn(description = ''): readonly string[] {
  return [...new Set([...description.matchAll(/(?=\/apps\/([^ ]*))/g)].map(([, app = '']) => app))];
}

function taskLine(schedule: unknown, command: unknown): string {
  return `${String(schedule).trim().split(/\s+/).join(' ')} ${String(command).trim()}`;
}

function commandIn(input: string | undefined): unknown {
  const [override] = documentsIn(asDocument(parsedJson(input)).containerOverrides);
  return Array.isArray(override?.command) ? override.command.at(-1) : undefined;
}
