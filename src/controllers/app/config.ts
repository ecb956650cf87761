import { type Condition, digestOf } from '../../reconcile/plan.ts';
import type { ParameterName, Reading } from '../../reconcile/reading.ts';
import { onceEach } from '../../reconcile/recall.ts';
import type { AppNames } from './names.ts';
import { remark } from './wording.ts';

/** More plain variables than this are counted, not listed. */
const REMARKS_MAX = 10;

/** A config variable: everything that is ever known of one. */
export interface ConfigVariable {
  /** What the container calls it. */
  readonly name: string;
  /** The parameter's full name. */
  readonly parameter: string;
  readonly version: number;
  readonly modifiedAt: number;
}

/** The config variables of an app. */
export interface AppConfig {
  /** Sorted by name; of two paths' the later one's. */
  readonly variables: readonly ConfigVariable[];
  /** Where config variables lie; no slash at the end. */
  readonly paths: readonly string[];
}

export interface ConfigDesired {
  /** Undefined while one of its paths cannot be read: then nothing is known of any variable. */
  readonly config?: AppConfig;
  readonly conditions: readonly Condition[];
}

/** Puts the paths of an app's config over one another, and says what is wrong with them. */
export function parseConfig(
  readings: ReadonlyArray<Reading<readonly ParameterName[]>>,
  names: Pick<AppNames, 'configPaths'>,
): ConfigDesired {
  const { configPaths: paths } = names;
  const unreadable = readings.flatMap((reading, index) => unreadableCondition(reading, paths[index] ?? ''));
  const listed = readings.flatMap((reading, index) =>
    reading.state === 'found' ? reading.value.map((read) => ({ read, path: paths[index] ?? '' })) : [],
  );
  const conditions = [...unreadable, ...plainRemarks(listed.map(({ read }) => read))];
  if (unreadable.length > 0) return { conditions };
  const byName = new Map(listed.map(({ read, path }) => [read.name.slice(path.length + 1), read] as const));
  const variables = [...byName].map(([name, { name: parameter, version, modifiedAt }]) => ({
    name,
    parameter,
    version,
    modifiedAt,
  }));
  return { config: { variables: variables.sort((a, b) => (a.name < b.name ? -1 : 1)), paths }, conditions };
}

/** Stands for names, versions and instants of variables: a variable that was made anew counts as changed. */
export const versionsOf = onceEach((variables: readonly ConfigVariable[]): string =>
  digestOf(variables.map(({ parameter, version, modifiedAt }) => [parameter, version, modifiedAt])),
);

/** When the youngest of these was written; 0 when there are none. */
export function youngestAt(variables: readonly ConfigVariable[]): number {
  return variables.reduce((youngest, { modifiedAt }) => Math.max(youngest, modifiedAt), 0);
}

function unreadableCondition(reading: Reading<unknown>, path: string): Condition[] {
  if (reading.state !== 'unreadable') return [];
  const message = `The names below ${path} could not be read: ${reading.failure.message} No revision is made for config changes, and nothing is restarted for them, until they can.`;
  return [{ type: 'Readable', status: 'False', reason: reading.failure.code, message, parameter: path }];
}

/** It works all the same, so these are no problems. */
function plainRemarks(names: readonly ParameterName[]): Condition[] {
  const plain = names.filter(({ type }) => type !== 'SecureString');
  const shown = plain.slice(0, REMARKS_MAX).map((one) => remark(one, 'PlainConfig', plainMessage(one)));
  const others = plain[REMARKS_MAX];
  if (others === undefined) return shown;
  const count = plain.length - REMARKS_MAX;
  return [...shown, remark(others, 'PlainConfig', `${plainMessage(others)} There are ${count} such in all.`)];
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html (HierarchyTypeMismatchException) */
function plainMessage({ name, type }: ParameterName): string {
  return `${name} is a ${type}, so everybody who may list parameters sees its value. It is passed on all the same. A parameter cannot change its type: to hide the value, pause the app, delete the parameter and put it again with --type SecureString.`;
}
