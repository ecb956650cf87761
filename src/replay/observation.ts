import type { Reader } from '../aws/reader.ts';
import type {
  Rule,
  RuleTarget,
  ScalableTarget,
  ScalingPolicy,
  ScheduledAction,
  Service,
  TaskDefinition,
} from '../aws/shapes.ts';
import { type Connection, selectApps, surveyPorts } from '../compose.ts';
import { namesOf } from '../controllers/app/names.ts';
import type { AppFacts } from '../controllers/app/observed.ts';
import { type Inspection, inspect } from '../inspect.ts';
import type { Key } from '../reconcile/key.ts';
import type { Parameter, ParameterName, Reading } from '../reconcile/reading.ts';
import type { Status } from '../reconcile/status.ts';
import { type Item, serviceIndexKey, statusKey } from '../store/table.ts';
import { listApps, type SurveyPorts } from '../survey.ts';

/** Everything a controller looks at in an account, as AWS shows it, without any secret value. */
export interface Observation {
  readonly at: number;
  readonly apps: readonly ObservedApp[];
  readonly services: readonly ServiceAround[];
  readonly rules: readonly RuleAround[];
  /** What could not be read, for people. */
  readonly notes: readonly string[];
}

export interface ObservedApp {
  readonly key: Key;
  /** What a controller would plan now, and what it remembers. */
  readonly inspection: Inspection;
  readonly parameters: readonly Parameter[];
  readonly config: readonly ParameterName[];
  /** Items of the table: settings, records, what is remembered. */
  readonly items: readonly Item[];
  /** Names of its services, `<cluster>/<service>`. */
  readonly services: readonly string[];
}

/** A service and what belongs to it. */
export interface ServiceAround {
  readonly app: string;
  readonly cluster: string;
  readonly service: Service;
  readonly revision?: TaskDefinition;
  /** The newest revision of its family. */
  readonly newest?: TaskDefinition;
  readonly target?: ScalableTarget;
  readonly policies: readonly ScalingPolicy[];
  readonly scheduledActions: readonly ScheduledAction[];
}

export interface RuleAround {
  readonly rule: Rule;
  readonly targets: readonly RuleTarget[];
}

export interface ObserveOptions {
  /** All apps when none are named. */
  readonly apps?: readonly string[];
  /** The newest revision of each family too: a call a family. */
  readonly newest?: boolean;
  /** Named apps that are not there are left out instead of refused. */
  readonly skipUnknown?: boolean;
}

/**
 * Looks at apps with the reader of a sweep and plans them as a sweep does; changes nothing. What cannot be read
 * is noted and left out. Throws `UnknownAppError`, and `SurveyError` when nothing can be listed.
 */
export async function observe(connection: Connection, options: ObserveOptions = {}): Promise<Observation> {
  const ports = surveyPorts(connection);
  const notes = new Set<string>();
  const look: Look = { connection, ports, reader: ports.reader, notes };
  const known = await listApps(ports);
  const chosen = choose(known, options, connection.config.prefix);
  const seen = await Promise.all(chosen.map((app) => observeApp(look, app)));
  const apps = seen.map(({ app }) => app);
  const places = new Map(seen.flatMap(({ places }) => places.map((place) => [idOf(place), place] as const)));
  const services = await Promise.all(
    [...places.values()].map((place) => observeService(look, place, options.newest === true)),
  );
  const rules = await observeRules(look, apps);
  return {
    at: connection.clock.now(),
    apps,
    services: services.flatMap((service) => service ?? []),
    rules,
    notes: [...notes].sort(),
  };
}

function choose<App extends { readonly key: Key }>(
  known: readonly App[],
  { apps = [], skipUnknown }: ObserveOptions,
  prefix: string,
): readonly App[] {
  if (skipUnknown !== true || apps.length === 0) return selectApps(known, apps, prefix);
  return known.filter(({ key }) => apps.includes(key.name));
}

interface Look {
  readonly connection: Connection;
  readonly ports: SurveyPorts;
  readonly reader: Reader;
  readonly notes: Set<string>;
}

interface ServicePlace {
  readonly app: string;
  readonly cluster: string;
  readonly name: string;
}

function idOf({ cluster, name }: Pick<ServicePlace, 'cluster' | 'name'>): string {
  return `${cluster}/${name}`;
}

async function observeApp(
  look: Look,
  { key, status }: { readonly key: Key; readonly status: Status },
): Promise<{ readonly app: ObservedApp; readonly places: readonly ServicePlace[] }> {
  const { ports, connection } = look;
  const inspection = await inspect(key, status, ports.controller, ports.now);
  // The reader asks for nothing twice: these are the facts that were just planned.
  const facts = (await ports.controller.read({ key, status: Promise.resolve(status) })) as AppFacts;
  const names = namesOf(key.name, connection.config);
  if (facts.state === 'misnamed' || 'invalid' in names) {
    return { app: { key, inspection, parameters: [], config: [], items: [], services: [] }, places: [] };
  }
  const cluster = clusterName(facts.services.cluster ?? '');
  const places = facts.services.services.flatMap(({ service, reading }) =>
    reading.state === 'found' ? [{ app: key.name, cluster, name: service }] : [],
  );
  const items = [
    ...Object.values(names.items),
    statusKey(key),
    ...places.map((place) => indexOf(look, place)),
  ];
  const [parameters, config, read] = await Promise.all([
    look.reader.parameters(Object.values(names.documents)),
    Promise.all(names.configPaths.map((path) => look.reader.parameterNames(path))),
    Promise.all(items.map(({ partition, sort }) => look.reader.item(partition, sort))),
  ]);
  const app = {
    key,
    inspection,
    parameters: [...parameters].flatMap(([name, reading]) => kept(look, `parameter ${name}`, reading)),
    config: config
      .flatMap((reading, index) => kept(look, `parameters of ${names.configPaths[index]}`, reading))
      .flat(),
    items: read.flatMap((reading) => kept(look, `records of ${key.name}`, reading)),
    services: places.map(idOf),
  };
  return { app, places };
}

function indexOf({ ports }: Look, { cluster, name }: ServicePlace) {
  return serviceIndexKey(ports.account, ports.region, cluster, name);
}

async function observeService(
  look: Look,
  place: ServicePlace,
  newest: boolean,
): Promise<ServiceAround | undefined> {
  const { reader } = look;
  const { app, cluster, name } = place;
  const services = await reader.services(cluster, [name]);
  const [service] = kept(look, `service ${name}`, services.get(name) ?? { state: 'absent' });
  if (service === undefined) return undefined;
  const arn = service.taskDefinition ?? '';
  const family = arn.slice(arn.lastIndexOf('/') + 1).replace(/:\d+$/, '');
  const id = `service/${cluster}/${name}`;
  const [revision, youngest, targets, policies, actions] = await Promise.all([
    reader.taskDefinition(arn),
    newest ? reader.newestTaskDefinition(family) : undefined,
    reader.scalableTargets([id]),
    reader.scalingPolicies(id),
    reader.scheduledActions(id),
  ]);
  const [definition] = kept(look, `task definition ${arn}`, revision);
  const [latest] = youngest === undefined ? [] : kept(look, `task definitions of ${family}`, youngest);
  const [target] = kept(look, 'scalable targets', targets.get(id) ?? { state: 'absent' });
  return {
    app,
    cluster,
    service,
    ...(definition === undefined ? {} : { revision: definition }),
    ...(latest === undefined ? {} : { newest: latest }),
    ...(target === undefined ? {} : { target }),
    policies: kept(look, 'scaling policies', policies).flat(),
    scheduledActions: kept(look, 'scheduled scaling actions', actions).flat(),
  };
}

/** Schedule rules that bear the installation's mark or an app's name. */
async function observeRules(look: Look, apps: readonly ObservedApp[]): Promise<readonly RuleAround[]> {
  const { installation } = look.connection.config;
  const owners = new Set(apps.map(({ key }) => `${installation}/apps/${key.name}`));
  const prefixes = apps.map(({ key }) => `${key.name.replace(':', '-')}-`);
  const [all = []] = kept(look, 'rules', await look.reader.rules(''));
  const ours = all.filter(
    ({ Name = '', Description = '', ScheduleExpression }) =>
      ScheduleExpression !== undefined &&
      (owners.has(Description.split(' ', 1)[0] ?? '') || prefixes.some((prefix) => Name.startsWith(prefix))),
  );
  return Promise.all(
    ours.map(async (rule) => {
      const targets = await look.reader.ruleTargets(rule.Name ?? '');
      return { rule, targets: kept(look, `targets of rule ${rule.Name}`, targets).flat() };
    }),
  );
}

/** The value in a list of its own; nothing for what is absent, and a note for what cannot be read. */
function kept<T>(look: Look, what: string, reading: Reading<T>): readonly T[] {
  if (reading.state === 'found') return [reading.value];
  if (reading.state === 'unreadable') look.notes.add(`${what}: ${reading.failure.code}`);
  return [];
}

function clusterName(cluster: string): string {
  return cluster.slice(cluster.lastIndexOf('/') + 1);
}
