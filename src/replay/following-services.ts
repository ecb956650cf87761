import type { Service } from '../aws/shapes.ts';
import { canonicalJson } from '../reconcile/plan.ts';
import type { Change } from './changes.ts';
import { formatInstant } from './instant.ts';
import type { Observation, ServiceAround } from './observation.ts';
import { creationOf, registrationOf } from './sections.ts';

/** Tags of a revision that trimtab registered. */
const DIGEST_TAG = 'trimtab:digest';
const OWNER_TAG = 'trimtab:owner';

/** What happened to services between two looks: counts, revisions, restarts, bounds of scaling, comings and goings. */
export function serviceChanges(before: Observation, after: Observation): readonly Change[] {
  const old = new Map(before.services.map((one) => [idOf(one), one]));
  const now = new Map(after.services.map((one) => [idOf(one), one]));
  const looks: Looks = { before, after };
  return [
    ...[...now].flatMap(([id, one]) => {
      const known = old.get(id);
      return known === undefined ? appeared(one, looks) : differences(known, one, looks);
    }),
    ...[...old].filter(([id]) => !now.has(id)).map(([, one]) => vanished(one, looks)),
  ];
}

interface Looks {
  readonly before: Observation;
  readonly after: Observation;
}

function idOf({ cluster, service }: ServiceAround): string {
  return `${cluster}/${service.serviceName ?? ''}`;
}

function nameOf({ service }: ServiceAround): string {
  return service.serviceName ?? '';
}

/** A service that nobody looked at before was there already: somebody named it only now. */
function appeared(one: ServiceAround, { before }: Looks): readonly Change[] {
  if (one.revision === undefined) return [];
  const { family } = one.revision.definition;
  const input = {
    cluster: one.cluster,
    serviceName: nameOf(one),
    taskDefinition: family,
    ...creationOf(one),
  };
  return [register(one, before.at), call(before.at, 'CreateService', input)];
}

function vanished(one: ServiceAround, looks: Looks): Change {
  const { after } = looks;
  const planned = actionsOf(one, looks.before).some((type) => type === 'deleteService');
  if (planned || isByController(one, looks, 'services/')) return seen(one, after.at, 'deleted');
  return call(after.at, 'DeleteService', { cluster: one.cluster, service: nameOf(one), force: true });
}

function differences(old: ServiceAround, now: ServiceAround, looks: Looks): readonly Change[] {
  return [
    ...countChanges(old, now, looks),
    ...revisionChanges(old, now, looks),
    ...targetChanges(old, now, looks),
  ];
}

function countChanges(old: ServiceAround, now: ServiceAround, looks: Looks): readonly Change[] {
  const from = old.service.desiredCount ?? 0;
  const to = now.service.desiredCount ?? 0;
  if (from === to) return [];
  const { at } = looks.after;
  if (isByController(now, looks, 'services/')) return [seen(now, at, `count ${from} → ${to}`)];
  return [call(at, 'UpdateService', { cluster: now.cluster, service: nameOf(now), desiredCount: to })];
}

/** A new revision, or the same one deployed anew. */
function revisionChanges(old: ServiceAround, now: ServiceAround, looks: Looks): readonly Change[] {
  const { at } = looks.after;
  const to = lastPart(now.service.taskDefinition);
  if (old.service.taskDefinition !== now.service.taskDefinition) {
    if (now.revision === undefined) return [];
    const { definition, tags } = now.revision;
    if (tags.some(({ key }) => key === DIGEST_TAG))
      return [seen(now, at, `revision ${lastPart(old.service.taskDefinition)} → ${to}`)];
    const input = { cluster: now.cluster, service: nameOf(now), taskDefinition: definition.family };
    return [register(now, at), call(at, 'UpdateService', input)];
  }
  if (primaryOf(old.service) === primaryOf(now.service)) return [];
  if (isByController(now, looks, 'services/')) return [seen(now, at, `restarted with ${to}`)];
  const input = { cluster: now.cluster, service: nameOf(now), forceNewDeployment: true };
  return [call(at, 'UpdateService', input)];
}

function primaryOf({ deployments = [] }: Service): string | undefined {
  return deployments.find(({ status }) => status === 'PRIMARY')?.id;
}

function targetChanges(old: ServiceAround, now: ServiceAround, looks: Looks): readonly Change[] {
  const bounds = ({ target }: ServiceAround) =>
    target === undefined ? undefined : [target.MinCapacity, target.MaxCapacity];
  const from = bounds(old);
  const to = bounds(now);
  if (canonicalJson(from ?? null) === canonicalJson(to ?? null)) return [];
  const { at } = looks.after;
  if (isByController(now, looks, 'autoscaling/')) {
    return [seen(now, at, `scaling ${from?.join('-') ?? 'off'} → ${to?.join('-') ?? 'off'}`)];
  }
  const target = {
    ServiceNamespace: 'ecs',
    ScalableDimension: 'ecs:service:DesiredCount',
    ResourceId: `service/${idOf(now)}`,
  };
  const change = { at: formatInstant(at), type: 'call' as const, service: 'autoscaling' };
  if (to === undefined) return [{ ...change, operation: 'DeregisterScalableTarget', input: target }];
  const input = { ...target, MinCapacity: to[0], MaxCapacity: to[1] };
  return [{ ...change, operation: 'RegisterScalableTarget', input }];
}

/**
 * What a controller does makes an app agree with its parameters: there was a difference, or the parameters changed,
 * and now nothing of the kind differs.
 */
function isByController(one: ServiceAround, { before, after }: Looks, paths: string): boolean {
  const then = before.apps.find(({ key }) => key.name === one.app)?.inspection;
  const now = after.apps.find(({ key }) => key.name === one.app)?.inspection;
  const differs = (inspection: typeof now) =>
    inspection?.plan.differences.some(({ path }) => path.startsWith(paths)) === true;
  const versions = (inspection: typeof now) => canonicalJson(inspection?.plan.parameters ?? {});
  const hadReason = differs(then) || versions(then) !== versions(now);
  return hadReason && !differs(now);
}

function actionsOf(one: ServiceAround, { apps }: Observation): readonly string[] {
  const actions = apps.find(({ key }) => key.name === one.app)?.inspection.actions ?? [];
  return actions.filter(({ resource }) => resource === `service ${nameOf(one)}`).map(({ type }) => type);
}

function register(one: ServiceAround, at: number): Change {
  const input = one.revision === undefined ? {} : registrationOf(one.revision);
  const tags = one.revision?.tags.filter(({ key }) => key !== OWNER_TAG && key !== DIGEST_TAG) ?? [];
  const { tags: _all, ...body } = input;
  return call(at, 'RegisterTaskDefinition', {
    ...body,
    ...(tags.length === 0 ? {} : { tags: tags.map(({ key, value }) => ({ key, value })) }),
  });
}

function call(at: number, operation: string, input: Record<string, unknown>): Change {
  return { at: formatInstant(at), type: 'call', service: 'ecs', operation, input };
}

function seen(one: ServiceAround, at: number, what: string): Change {
  return { at: formatInstant(at), type: 'seen', app: one.app, what: `service ${nameOf(one)}: ${what}` };
}

function lastPart(arn: string | undefined): string {
  return (arn ?? '').slice((arn ?? '').lastIndexOf('/') + 1);
}
