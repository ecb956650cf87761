import type { Condition } from '../../reconcile/plan.ts';
import type { AppFacts } from './observed.ts';
import { EXAMPLE_SCALING, type Members, type ScalingDesired, scalingCommand } from './services/desired.ts';
import { OWNER_TAG } from './services/observed.ts';
import type { ServicesPlan } from './services/plan.ts';

type ReadFacts = AppFacts & { state: 'read' };

/**
 * Says what to put when an app's parameters concern no service at all, or when nobody knows where its
 * services are. Settings, config and schedules alone claim nothing and write nothing.
 */
export function unclaimedConditions(facts: ReadFacts, services: ServicesPlan): Condition[] {
  const { desired, names } = facts;
  const named = [desired.scaling, desired.release, desired.deployStatus, desired.releaseRecord];
  if (named.some((record) => record.state === 'broken') || desired.absent) return [];
  const isNamed = named.some((record) => record.named.length > 0);
  if (facts.services.cluster === undefined && !desired.settings.unknown.includes('cluster')) {
    return isNamed || names.review === undefined ? [noCluster(facts)] : [];
  }
  if (isNamed || services.claimed.length > 0 || names.review !== undefined) return [];
  // An item of the table alone may be a pipeline's, which runs nothing itself.
  if (Object.keys(desired.parameters).length === 0) return [];
  return [noScaling(facts)];
}

function noCluster({ names }: ReadFacts): Condition {
  const { settings } = names.documents;
  const message = `Nothing says in which ECS cluster the services of ${names.app} are, so nothing of them is read or written.`;
  if (settings === undefined) return { type: 'Valid', status: 'False', reason: 'NoCluster', message };
  const command = `aws ssm put-parameter --name ${settings} --type String --value '{"cluster":"NAME-OF-THE-CLUSTER"}'`;
  return {
    type: 'Valid',
    status: 'False',
    reason: 'NoCluster',
    message: `${message} To say it for this app: ${command} To say it for all apps, start trimtab with TRIMTAB_CLUSTER.`,
    parameter: settings,
  };
}

function noScaling(facts: ReadFacts): Condition {
  const { names } = facts;
  const parameter = names.documents.scaling ?? '';
  const { entry, effect } = suggestion(facts);
  const command = scalingCommand(parameter, [entry]);
  return {
    type: 'Owned',
    status: 'False',
    reason: 'NoScaling',
    message: `${names.app} has parameters but no service: none of its records (scaling, release, DEPLOYSTATUS) names a process, and a name alone claims nothing. Nothing is written until one does. To name its service ${names.servicePrefix}web: ${command} ${effect}`,
    parameter,
  };
}

/** The numbers of the service that is there, so that typing the command changes nothing; else an example. */
function suggestion({ services, desired }: ReadFacts): {
  readonly entry: ScalingDesired['suggestion'][number];
  readonly effect: string;
} {
  const web = services.services.find(({ process }) => process === 'web');
  const { cpu: defaultCpu, memory: defaultMemory } = desired.ecsConfig;
  const fresh: Members = {
    ...EXAMPLE_SCALING[0]?.[1],
    ...(defaultCpu === undefined ? {} : { cpu: defaultCpu }),
    ...(defaultMemory === undefined ? {} : { memory: defaultMemory }),
  };
  const none = {
    entry: ['web', fresh] as const,
    effect: 'There is no such service yet; the numbers are an example.',
  };
  if (web?.reading.state !== 'found' || web.reading.value.tags[OWNER_TAG] !== undefined) return none;
  const { desiredCount } = web.reading.value;
  const { cpu, memory } = web.revision?.state === 'found' ? web.revision.value : {};
  const current: Members = {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
    minProcesses: desiredCount,
    maxProcesses: desiredCount,
  };
  return { entry: ['web', current], effect: 'These are the numbers it has now, so this changes nothing.' };
}
