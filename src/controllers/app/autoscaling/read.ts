import type { Reader } from '../../../aws/reader.ts';
import { found, type Reading } from '../../../reconcile/reading.ts';
import { type AppNames, isTaskType, serviceName } from '../names.ts';
import type { ProcessWish } from '../services/desired.ts';
import { type CountWish, countWish } from './desired.ts';
import {
  type AutoscalingFacts,
  type AutoscalingHint,
  foreignParts,
  normalPolicy,
  normalTarget,
  type ObservedPolicy,
  policyName,
  resourceIdOf,
  type ScalingFacts,
} from './observed.ts';

export interface AutoscalingQuestion {
  readonly names: AppNames;
  /** Where services are; undefined when nothing says so. */
  readonly cluster: string | undefined;
  readonly wishes: readonly ProcessWish[];
  readonly cpuTarget: number;
}

/** Asks again for what was read last time; `readAutoscaling` takes up the answers. */
export function startAutoscaling(reader: Reader, hint: AutoscalingHint): Array<Promise<unknown>> {
  const policies = hint.registered.map((resourceId) => reader.ownScalingPolicies(resourceId, hint.policy));
  return hint.targets.length === 0 ? policies : [reader.scalableTargets(hint.targets), ...policies];
}

/**
 * Reads the autoscaling of services whose count the app wishes for. Where there is no target there is nothing on
 * it; scheduled actions are asked for only before a target is changed or removed.
 */
export async function readAutoscaling(
  reader: Reader,
  question: AutoscalingQuestion,
): Promise<AutoscalingFacts> {
  const { names, cluster, wishes, cpuTarget } = question;
  if (cluster === undefined) return { services: {}, cpuTarget };
  const wanted = wishes.flatMap((wish) => {
    const count = countWish(wish, names);
    if (count === undefined || isTaskType(wish.process)) return [];
    const resourceId = resourceIdOf(cluster, serviceName(names, wish.process));
    return [{ process: wish.process, resourceId, count }];
  });
  if (wanted.length === 0) return { services: {}, cpuTarget };
  const targets = await reader.scalableTargets(wanted.map(({ resourceId }) => resourceId));
  const services = await Promise.all(
    wanted.map(async ({ process, resourceId, count }) => {
      const target = targets.get(resourceId);
      if (target === undefined) return [];
      const observed = target.state === 'found' ? found(normalTarget(target.value)) : target;
      return [
        [process, await readAround(reader, { resourceId, target: observed }, { count, names })] as const,
      ];
    }),
  );
  return { services: Object.fromEntries(services.flat()), cpuTarget };
}

interface Judging {
  readonly count: CountWish;
  readonly names: AppNames;
}

async function readAround(
  reader: Reader,
  facts: ScalingFacts,
  { count, names }: Judging,
): Promise<ScalingFacts> {
  const { resourceId, target } = facts;
  if (target.state !== 'found') return facts;
  // Where ours is there, others beside it change nothing, but for a target that is to be removed.
  const policies = toPolicies(
    count.type === 'range'
      ? await reader.ownScalingPolicies(resourceId, policyName(names))
      : await reader.scalingPolicies(resourceId),
  );
  const known = { ...facts, policies };
  const isKnown =
    count.type === 'range'
      ? count.min === target.value.min && count.max === target.value.max
      : foreignParts(known, names) !== undefined;
  if (isKnown || policies.state === 'unreadable') return known;
  const actions = await reader.scheduledActions(resourceId);
  const scheduledActions =
    actions.state === 'found'
      ? found(actions.value.map(({ ScheduledActionName = '' }) => ScheduledActionName))
      : actions;
  return { ...known, scheduledActions };
}

function toPolicies(
  reading: Awaited<ReturnType<Reader['scalingPolicies']>>,
): Reading<readonly ObservedPolicy[]> {
  return reading.state === 'found' ? found(reading.value.map(normalPolicy)) : reading;
}
