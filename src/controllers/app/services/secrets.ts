import { onceEach, onceEachBeside } from '../../../reconcile/recall.ts';
import type { AppConfig, ConfigVariable } from '../config.ts';
import type { ObservedContainer, ObservedRevision, Secret } from './observed.ts';

/** What a new revision changes of the secrets of one container. */
export interface SecretEdits {
  readonly container: string;
  /** Names whose entries go. */
  readonly remove: readonly string[];
  readonly put: readonly Secret[];
}

/** Where an app's parameters are. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/** What config asks of a revision. */
export interface SecretsWish {
  /** Undefined when the revision has what it should have. */
  readonly edits?: SecretEdits;
  /** Names that the container has from elsewhere; they stay what they are. */
  readonly taken: readonly string[];
  /** The variables that the app's container has, or will have with the edits. */
  readonly used: readonly ConfigVariable[];
}

/** The container of a process is the one of its name, else the first. */
export function appContainer(revision: ObservedRevision, process: string): ObservedContainer | undefined {
  return revision.containers.find(({ name }) => name === process) ?? revision.containers[0];
}

/** For which container of a revision its secrets are wished, and where. */
interface SecretsAsked {
  readonly process: string;
  readonly place: Place;
}

/**
 * Compares the secrets of the app's container with its config, by name only. Entries that point below a config
 * path are the app's; everything else (other secrets, plain variables) is carried over. A variable under another
 * name than its parameter's stays as long as the parameter is there.
 */
export function wishSecrets(
  revision: ObservedRevision,
  config: AppConfig,
  { process, place: { account, region } }: SecretsAsked,
): SecretsWish {
  return wishesBy(config)(revision, { process, place: { account, region } });
}

/** By config first: what is remembered of an old one goes with it, and not with the revisions it was compared with. */
const wishesBy = onceEach((config: AppConfig) =>
  onceEachBeside((revision: ObservedRevision, asked: SecretsAsked) =>
    compareSecrets(revision, config, asked),
  ),
);

function compareSecrets(
  revision: ObservedRevision,
  config: AppConfig,
  { process, place }: SecretsAsked,
): SecretsWish {
  const container = appContainer(revision, process);
  if (container === undefined) return { taken: [], used: [] };
  const wanted = new Map(config.variables.map((variable) => [variable.name, variable]));
  const parameters = new Set(config.variables.map(({ parameter }) => parameter));
  const entries = container.secrets.map((entry) => ({ entry, parameter: parameterOf(entry, config, place) }));
  const has = new Map(entries.map(({ entry, parameter }) => [entry.name, parameter]));
  const outdated = entries.filter(({ entry, parameter }) => {
    if (parameter === undefined) return false;
    const variable = wanted.get(entry.name);
    return variable === undefined ? !parameters.has(parameter) : variable.parameter !== parameter;
  });
  const isTaken = ({ name }: ConfigVariable) =>
    container.variables.includes(name) || (has.has(name) && has.get(name) === undefined);
  const used = config.variables.filter((variable) => !isTaken(variable));
  const put = used
    .filter(({ name, parameter }) => has.get(name) !== parameter)
    .map((variable) => ({ name: variable.name, valueFrom: valueFrom(variable, revision, place) }));
  const remove = outdated.map(({ entry }) => entry.name);
  return {
    ...(put.length + remove.length === 0 ? {} : { edits: { container: container.name, remove, put } }),
    taken: config.variables.filter(isTaken).map(({ name }) => name),
    used,
  };
}

/**
 * The parameter directly below one of the config paths that an entry takes its value from, or undefined. ECS
 * takes a plain name for one of the same region.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
 */
function parameterOf({ valueFrom: reference }: Secret, config: AppConfig, place: Place): string | undefined {
  const [, region, account, path] = /^arn:[^:]+:ssm:([^:]+):([^:]+):parameter(\/.+)$/.exec(reference) ?? [];
  if (path !== undefined && (region !== place.region || account !== place.account)) return undefined;
  const parameter = path ?? reference;
  const isOurs = config.paths.some(
    (one) => parameter.startsWith(`${one}/`) && !parameter.slice(one.length + 1).includes('/'),
  );
  return isOurs ? parameter : undefined;
}

/** Always a full ARN, in the partition (`aws`, `aws-cn`, `aws-us-gov`) where the revision is. */
function valueFrom({ parameter }: ConfigVariable, revision: ObservedRevision, place: Place): string {
  const partition = /^arn:([^:]+):/.exec(revision.arn)?.[1] ?? 'aws';
  return parameterArn(parameter, partition, place);
}

/** The full ARN of a parameter, whose name begins with a slash. */
export function parameterArn(parameter: string, partition: string, { account, region }: Place): string {
  return `arn:${partition}:ssm:${region}:${account}:parameter${parameter}`;
}
