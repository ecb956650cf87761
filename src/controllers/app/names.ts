import { deployStatusKey, ecsConfigKey, type ItemKey, settingsKey } from '../../store/table.ts';

/**
 * Every name an app's key stands for: its parameters, table items, services and mark. Pure text, so that
 * nothing is ever asked of AWS under a name AWS would refuse.
 */

/** An app's name with the mark (`<installation>/apps/<app>`) must fit a tag value of 256 characters. */
const APP_NAME_MAX = 200;

/** ECS service names: 255 letters, digits, underscores and hyphens. */
export const SERVICE_NAME_MAX = 255;

/** More places to cut a service name than this, and we do not look for its other owners. */
const CUTS_MAX = 12;

/** Process types that are sizes of tasks, never services. */
const TASK_TYPES = new Set(['release', 'scheduler']);

/** Process types whose task family belongs to something else. */
const RESERVED_TYPES = new Set(['shell', 'dbutils', 'dbshell', 'postdeploy']);

/** The documents of desired state, by what they say. */
export type DocumentRole =
  | 'scaling'
  | 'pipelineScaling'
  | 'scheduledTasks'
  | 'release'
  | 'settings'
  | 'paused'
  | 'reviewApp';

export interface AppNames {
  /** `shop`, or `shop:7` for a review app. */
  readonly app: string;
  readonly review?: { readonly pipeline: string; readonly number: string };
  readonly documents: Readonly<Partial<Record<DocumentRole, string>>>;
  /** Where config variables lie; later ones win. No slash at the end. */
  readonly configPaths: readonly string[];
  readonly items: {
    readonly settings: ItemKey;
    readonly ecsConfig: ItemKey;
    readonly deployStatus: ItemKey;
    /** A review app's own settings, which its stack writes; its pipeline's are `settings`. */
    readonly reviewSettings?: ItemKey;
  };
  /** What a service's name begins with: `shop-`, `shop-pr7-`. */
  readonly servicePrefix: string;
  /** The mark on what is ours: `/apppack/apps/shop`. */
  readonly owner: string;
}

/** What names are made with. */
export interface Naming {
  readonly prefix: string;
  readonly installation: string;
}

/** The names of a key, or what is wrong with it. */
export function namesOf(app: string, naming: Naming): AppNames | { readonly invalid: string } {
  const invalid = nameProblem(app);
  if (invalid !== undefined) return { invalid };
  const review = reviewOf(app);
  const owner = `${naming.installation}/apps/${app}`;
  return review === undefined ? plainNames(app, owner, naming) : reviewNames(app, review, owner, naming);
}

function nameProblem(app: string): string | undefined {
  if (app.length > APP_NAME_MAX)
    return `it has ${app.length} characters, at most ${APP_NAME_MAX} are allowed`;
  if (/^[A-Za-z0-9][A-Za-z0-9_-]*(:\d+)?$/.test(app)) return undefined;
  return 'only letters, digits, hyphens and underscores are allowed, beginning with a letter or digit';
}

function reviewOf(app: string): AppNames['review'] {
  const [, pipeline, number] = /^(.+):(\d+)$/.exec(app) ?? [];
  return pipeline === undefined || number === undefined ? undefined : { pipeline, number };
}

function plainNames(app: string, owner: string, { prefix }: Naming): AppNames {
  const root = `${prefix}/apps/${app}`;
  return {
    app,
    documents: {
      scaling: `${root}/scaling`,
      scheduledTasks: `${root}/scheduled-tasks`,
      release: `${root}/release`,
      settings: `${root}/settings`,
      paused: `${root}/paused`,
    },
    configPaths: [`${root}/config`],
    items: itemsOf(app, app),
    servicePrefix: `${app}-`,
    owner,
  };
}

/** A review app's settings lie with its pipeline, and so does its deployment record. */
function reviewNames(
  app: string,
  review: NonNullable<AppNames['review']>,
  owner: string,
  { prefix }: Naming,
): AppNames {
  const pipeline = `${prefix}/pipelines/${review.pipeline}`;
  const root = `${pipeline}/review-apps/pr/${review.number}`;
  return {
    app,
    review,
    documents: { scaling: `${root}/scaling`, pipelineScaling: `${pipeline}/scaling`, reviewApp: root },
    configPaths: [`${pipeline}/config`, `${root}/config`],
    items: { ...itemsOf(app, review.pipeline), reviewSettings: settingsKey(app) },
    servicePrefix: `${review.pipeline}-pr${review.number}-`,
    owner,
  };
}

function itemsOf(app: string, settingsOf: string): AppNames['items'] {
  return {
    settings: settingsKey(settingsOf),
    ecsConfig: ecsConfigKey(app),
    deployStatus: deployStatusKey(app),
  };
}

/** Why a process cannot be a service of this app, as the end of a sentence; undefined when it can. */
export function processProblem(process: string, names: Pick<AppNames, 'servicePrefix'>): string | undefined {
  if (RESERVED_TYPES.has(process)) return 'belongs to a task family of the app itself';
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(process))
    return 'has other characters than letters, digits, hyphens and underscores, or does not begin with a letter or digit';
  const length = names.servicePrefix.length + process.length;
  if (length > SERVICE_NAME_MAX)
    return `makes a service name of ${length} characters, ECS allows ${SERVICE_NAME_MAX}`;
  return undefined;
}

/** True for names that size tasks (`release`, `scheduler`) and are never services. */
export function isTaskType(process: string): boolean {
  return TASK_TYPES.has(process);
}

export function serviceName(names: Pick<AppNames, 'servicePrefix'>, process: string): string {
  return `${names.servicePrefix}${process}`;
}

/** One way to read a service's name as an app and one of its processes. */
export interface Cut {
  readonly app: string;
  readonly process: string;
}

/**
 * The other apps that a service's name may belong to: `shop-api-web` is `api-web` of `shop` and `web` of
 * `shop-api`. Undefined when there are too many to ask.
 */
export function rivalCuts(service: string, app: string): readonly Cut[] | undefined {
  const cuts: Cut[] = [];
  for (let index = service.indexOf('-'); index >= 0; index = service.indexOf('-', index + 1)) {
    const left = service.slice(0, index);
    const process = service.slice(index + 1);
    if (processProblem(process, { servicePrefix: `${left}-` }) !== undefined || isTaskType(process)) continue;
    const review = /^(.+)-pr(\d+)$/.exec(left);
    const readings = review === null ? [left] : [left, `${review[1]}:${review[2]}`];
    cuts.push(
      ...readings.filter((one) => nameProblem(one) === undefined).map((one) => ({ app: one, process })),
    );
  }
  const rivals = cuts.filter((cut) => cut.app !== app);
  return rivals.length > CUTS_MAX ? undefined : rivals;
}

/** The id of an action of a resource on one thing of the app: `services/web/update`. */
export function actionId(resource: string, thing: string, verb: string): string {
  return `${resource}/${thing}/${verb}`;
}
