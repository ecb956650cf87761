import type { ScalableTarget, ScalingPolicy, ScheduledAction, TaskDefinition } from '../aws/shapes.ts';
import type { Parameter, ParameterName } from '../reconcile/reading.ts';
import { createService } from '../simulator/services/ecs/shapes.ts';
import { taskDefinitionShape } from '../simulator/services/ecs/task-definition-shape.ts';
import { parsedJson } from './documents.ts';
import { formatInstant } from './instant.ts';
import type { Observation, RuleAround, ServiceAround } from './observation.ts';
import { isSecret } from './redact.ts';

/** A real account as the sections of a simulated one: what was read, in the words of a world. */
export function sectionsOf(observation: Observation, table: string): Record<string, unknown> {
  const { services, rules } = observation;
  return {
    ssm: { parameters: parametersOf(observation) },
    ecs: ecsOf(services),
    ...whenAny('autoscaling', services, autoscalingOf(services)),
    ...(rules.length === 0 ? {} : { events: { rules: rules.map(ruleEntry) } }),
    dynamodb: { tables: [tableOf(observation, table)] },
  };
}

function whenAny(
  name: string,
  services: readonly ServiceAround[],
  section: Record<string, unknown>,
): Record<string, unknown> {
  return services.some(({ target, policies }) => target !== undefined || policies.length > 0)
    ? { [name]: section }
    : {};
}

function parametersOf({ apps }: Observation): Record<string, unknown> {
  const documents = apps.flatMap(({ parameters }) =>
    parameters.map((one) => [one.name, documentEntry(one)] as const),
  );
  const config = apps.flatMap((app) => app.config.map((one) => [one.name, nameEntry(one)] as const));
  return Object.fromEntries([...documents, ...config].sort(byName));
}

function documentEntry(parameter: Parameter): Record<string, unknown> {
  const { name, type, value } = parameter;
  if (isSecret(name, type)) return nameEntry(parameter);
  const { type: kind, ...rest } = nameEntry(parameter);
  return { type: kind, ...valueEntry(value), ...rest };
}

function nameEntry({ type, version, modifiedAt }: ParameterName): Record<string, unknown> {
  return { type, version, lastModifiedAt: formatInstant(modifiedAt) };
}

/** JSON where the text says nothing else, so that people can read it and git can compare it. */
export function valueEntry(value: string): { readonly json: unknown } | { readonly value: string } {
  const json = parsedJson(value);
  const isPlain = typeof json === 'object' && json !== null && JSON.stringify(json) === withoutSpaces(value);
  return isPlain && !value.includes('__proto__') ? { json } : { value };
}

/** A JSON text without the white space between its parts. */
function withoutSpaces(text: string): string {
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, (_all, string: string | undefined) => string ?? '');
}

function ecsOf(services: readonly ServiceAround[]): Record<string, unknown> {
  const definitions = new Map(
    services.flatMap(({ revision, newest }) =>
      [revision, newest].flatMap((one) => (one === undefined ? [] : [[arnOf(one), one] as const])),
    ),
  );
  return {
    clusters: [...new Set(services.map(({ cluster }) => cluster))].sort().map((cluster) =>
      clusterEntry(
        cluster,
        services.filter((one) => one.cluster === cluster),
      ),
    ),
    taskDefinitions: [...definitions.values()].sort(byRevision).map(definitionEntry),
    services: [...services].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)).map(serviceEntry),
  };
}

/** As many machines as any of its tasks could want; nobody asks how many there are. */
const MACHINES = 1_000;

function clusterEntry(name: string, services: readonly ServiceAround[]): Record<string, unknown> {
  const providers = services.flatMap(({ service }) =>
    (service.capacityProviderStrategy ?? []).flatMap(({ capacityProvider }) => capacityProvider ?? []),
  );
  const all = new Set(['FARGATE', 'FARGATE_SPOT', ...providers]);
  const ec2 = services.some(({ service }) => service.launchType === 'EC2') || all.size > 2;
  return {
    name,
    ...(all.size > 2 ? { capacityProviders: [...all].sort() } : {}),
    ...(ec2 ? { containerInstances: MACHINES } : {}),
  };
}

/** A revision with the members a simulated ECS knows. */
export function definitionEntry({ definition, tags }: TaskDefinition): Record<string, unknown> {
  const { registeredAt, revision } = definition;
  return {
    ...registrationOf({ definition, tags }),
    ...(revision === undefined ? {} : { revision }),
    ...(registeredAt === undefined ? {} : { registeredAt: formatInstant(registeredAt.getTime()) }),
  };
}

/** What would have to be registered to get such a revision. */
export function registrationOf({ definition, tags }: TaskDefinition): Record<string, unknown> {
  const body = picked(definition, Object.keys(taskDefinitionShape.shape));
  return { ...body, ...(tags.length === 0 ? {} : { tags: tags.map(({ key, value }) => ({ key, value })) }) };
}

/**
 * A service as somebody would write it into a world: steady, its youngest deployment long over. When that began is
 * kept, because tasks older than a change of config are restarted.
 */
function serviceEntry(around: ServiceAround): Record<string, unknown> {
  const { cluster, service } = around;
  const primary = (service.deployments ?? []).find(({ status }) => status === 'PRIMARY');
  const createdAt = primary?.createdAt ?? service.createdAt;
  const arn = service.taskDefinition ?? '';
  return {
    cluster,
    name: service.serviceName,
    taskDefinition: lastPart(arn),
    ...creationOf(around),
    ...(createdAt === undefined ? {} : { createdAt: formatInstant(createdAt.getTime()) }),
  };
}

/** The members of CreateService that a described service shows, but for its name and revision. */
export function creationOf({ service }: ServiceAround): Record<string, unknown> {
  const {
    serviceName: _name,
    taskDefinition: _definition,
    cluster: _cluster,
    role: _role,
    ...members
  } = createService.shape;
  const body = picked(service, Object.keys(members));
  if (service.schedulingStrategy === 'DAEMON') delete body.desiredCount;
  if ((service.loadBalancers ?? []).length === 0) delete body.healthCheckGracePeriodSeconds;
  if (service.deploymentController?.type === 'ECS') delete body.deploymentController;
  if (service.capacityProviderStrategy !== undefined && service.capacityProviderStrategy.length > 0)
    delete body.launchType;
  return body;
}

/** Members that say something, as plain JSON. */
function picked(document: object, members: readonly string[]): Record<string, unknown> {
  const shown = new Map(Object.entries(document));
  return Object.fromEntries(
    members.flatMap((member) => {
      const value = shown.get(member);
      const isEmpty = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
      return isEmpty ? [] : [[member, JSON.parse(JSON.stringify(value))] as const];
    }),
  );
}

function autoscalingOf(services: readonly ServiceAround[]): Record<string, unknown> {
  const some = (name: string, list: readonly unknown[]) => (list.length === 0 ? {} : { [name]: list });
  return {
    ...some(
      'targets',
      services.flatMap(({ target }) => (target === undefined ? [] : [targetEntry(target)])),
    ),
    ...some(
      'policies',
      services.flatMap(({ policies }) => policies.map(policyEntry)),
    ),
    ...some(
      'scheduledActions',
      services.flatMap(({ scheduledActions }) => scheduledActions.map(actionEntry)),
    ),
  };
}

function targetEntry({ ResourceId, MinCapacity, MaxCapacity, SuspendedState, CreationTime }: ScalableTarget) {
  const { DynamicScalingInSuspended, DynamicScalingOutSuspended, ScheduledScalingSuspended } =
    SuspendedState ?? {};
  const suspended = present({
    dynamicScalingIn: DynamicScalingInSuspended || undefined,
    dynamicScalingOut: DynamicScalingOutSuspended || undefined,
    scheduledScaling: ScheduledScalingSuspended || undefined,
  });
  return present({
    resourceId: ResourceId,
    minCapacity: MinCapacity,
    maxCapacity: MaxCapacity,
    suspended: Object.keys(suspended).length === 0 ? undefined : suspended,
    createdAt: instantOf(CreationTime),
  });
}

function policyEntry(policy: ScalingPolicy): Record<string, unknown> {
  return present({
    resourceId: policy.ResourceId,
    policyName: policy.PolicyName,
    targetTracking: policy.TargetTrackingScalingPolicyConfiguration,
    stepScaling: policy.StepScalingPolicyConfiguration,
    createdAt: instantOf(policy.CreationTime),
  });
}

function actionEntry(action: ScheduledAction): Record<string, unknown> {
  return present({
    resourceId: action.ResourceId,
    scheduledActionName: action.ScheduledActionName,
    schedule: action.Schedule,
    timezone: action.Timezone,
    startAt: instantOf(action.StartTime),
    endAt: instantOf(action.EndTime),
    minCapacity: action.ScalableTargetAction?.MinCapacity,
    maxCapacity: action.ScalableTargetAction?.MaxCapacity,
    createdAt: instantOf(action.CreationTime),
  });
}

function ruleEntry({ rule, targets }: RuleAround): Record<string, unknown> {
  return present({
    name: rule.Name,
    state: rule.State,
    description: rule.Description,
    scheduleExpression: rule.ScheduleExpression,
    roleArn: rule.RoleArn,
    targets: JSON.parse(JSON.stringify(targets)),
  });
}

function tableOf({ apps }: Observation, name: string): Record<string, unknown> {
  const items = new Map(
    apps.flatMap((app) =>
      app.items.map((item) => [`${item.primary_id}\u0000${item.secondary_id}`, item] as const),
    ),
  );
  return {
    name,
    keys: { partition: 'primary_id', sort: 'secondary_id' },
    items: [...items].sort(byName).map(([, item]) => item),
  };
}

function present(document: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined));
}

function instantOf(date: Date | undefined): string | undefined {
  return date === undefined ? undefined : formatInstant(date.getTime());
}

function arnOf({ definition }: TaskDefinition): string {
  return definition.taskDefinitionArn ?? '';
}

function nameOf({ cluster, service }: ServiceAround): string {
  return `${cluster}/${service.serviceName ?? ''}`;
}

function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** Revisions of a family in their order: a world counts them up. */
function byRevision({ definition: a }: TaskDefinition, { definition: b }: TaskDefinition): number {
  if (a.family !== b.family) return (a.family ?? '') < (b.family ?? '') ? -1 : 1;
  return (a.revision ?? 0) - (b.revision ?? 0);
}
