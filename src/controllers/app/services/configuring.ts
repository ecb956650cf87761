import type { Condition, Difference } from '../../../reconcile/plan.ts';
import type { AppConfig, ConfigVariable } from '../config.ts';
import type { ObservedRevision } from './observed.ts';
import { BUILD_TAG, type ReleaseEdits } from './releasing.ts';
import type { RevisionEdits } from './revision.ts';
import { appContainer, type Place, type SecretEdits, wishSecrets } from './secrets.ts';

/** More names than this that a container has from elsewhere are not told one by one. */
const TAKEN_MAX = 10;

/** What config asks of a service's revision, as far as it can be done. */
export interface Configured {
  readonly edits?: SecretEdits;
  readonly used: readonly ConfigVariable[];
  readonly conditions: readonly Condition[];
}

/** Says what config changes of a revision, and what stands in the way. */
export function configureRevision(
  revision: ObservedRevision,
  process: string,
  config: AppConfig | undefined,
  place: Place,
): Configured {
  if (config === undefined) return { used: [], conditions: [] };
  const { edits, taken, used } = wishSecrets(revision, config, { process, place });
  const conditions = taken.slice(0, TAKEN_MAX).map((name) => takenCondition(name, revision, process, config));
  if (edits === undefined || edits.put.length === 0 || revision.executionRoleArn !== undefined)
    return { ...(edits === undefined ? {} : { edits }), used, conditions };
  // ECS refuses secrets without a role to read them with: a size that is wanted too must not wait for it.
  const missing = new Set(edits.put.map(({ name }) => name));
  return {
    used: used.filter(({ name }) => !missing.has(name)),
    conditions: [...conditions, noRole(revision, [...missing])],
  };
}

/** What a revision changes, for people; no value of anything. */
export function revisionDifferences(
  process: string,
  current: ObservedRevision,
  { size = {}, secrets, release }: RevisionEdits,
): Difference[] {
  const sizes = Object.entries(size).map(([member, desired]) => ({
    path: `services/${process}/${member}`,
    desired,
    observed: current[member === 'cpu' ? 'cpu' : 'memory'] ?? null,
  }));
  const released = release === undefined ? [] : releaseDifferences(process, current, release);
  if (secrets === undefined) return [...sizes, ...released];
  const had = new Map(
    current.containers
      .find(({ name }) => name === secrets.container)
      ?.secrets.map(({ name, valueFrom }) => [name, valueFrom] as const),
  );
  const wanted = new Map(secrets.put.map(({ name, valueFrom }) => [name, valueFrom] as const));
  const names = [...new Set([...wanted.keys(), ...secrets.remove])].sort();
  const variables = names.map((name) => ({
    path: `services/${process}/config/${name}`,
    desired: wanted.get(name) ?? null,
    observed: had.get(name) ?? null,
  }));
  return [...sizes, ...released, ...variables];
}

function releaseDifferences(
  process: string,
  current: ObservedRevision,
  { container, image, command, tags }: ReleaseEdits,
): Difference[] {
  const observed = current.containers.find(({ name }) => name === container);
  const build = { desired: tags[BUILD_TAG] ?? null, observed: current.tags[BUILD_TAG] ?? null };
  const members = [
    { member: 'image', desired: image, observed: observed?.image ?? null },
    { member: 'command', desired: command, observed: observed?.command ?? null },
    { member: 'build', ...build },
  ];
  return members
    .filter((one) => JSON.stringify(one.desired) !== JSON.stringify(one.observed))
    .map(({ member, ...values }) => ({ path: `services/${process}/${member}`, ...values }));
}

function takenCondition(
  name: string,
  revision: ObservedRevision,
  process: string,
  { variables }: AppConfig,
): Condition {
  const parameter = variables.find((variable) => variable.name === name)?.parameter;
  const container = appContainer(revision, process);
  const plain = container?.variables.includes(name) === true;
  const from = plain ? 'as a plain environment variable' : 'as a secret from another place';
  const message = `Container ${container?.name} of ${revision.family} has ${name} ${from}, and trimtab changes nothing there that is not the app's config. The config variable ${name} is not put in; the others are. Delete ${parameter}, or take ${name} out of the task definition.`;
  return {
    type: 'Owned',
    status: 'False',
    reason: 'Contested',
    message,
    resource: `task definition ${revision.family}`,
    ...(parameter === undefined ? {} : { parameter }),
  };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html */
function noRole({ family }: ObservedRevision, missing: readonly string[]): Condition {
  const names = missing.slice(0, TAKEN_MAX).join(', ');
  const others = missing.length > TAKEN_MAX ? ` and ${missing.length - TAKEN_MAX} more` : '';
  const message = `Config variables (${names}${others}) cannot be given to ${family}: its task definition has no executionRoleArn, and ECS reads secrets with that role. Everything else is kept as desired. Register a revision with an execution role that may ssm:GetParameters on the app's config, and deploy it.`;
  return {
    type: 'Supported',
    status: 'False',
    reason: 'NoExecutionRole',
    message,
    resource: `task definition ${family}`,
  };
}
