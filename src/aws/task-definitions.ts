import type { TaskDefinition } from './shapes.ts';

/**
 * Three processes of 10,000 apps and room for rollouts. It must hold everything a sweep looks at: one that is
 * a little too small would forget each revision just before it is wanted again.
 */
const CACHED_MAX = 40_000;

interface Cache<Value> {
  get(arn: string): Value | undefined;
  set(arn: string, value: Value): void;
}

/** Task definitions of this process, by revision ARN; shared by all passes. */
export interface TaskDefinitionCache extends Cache<TaskDefinition> {
  /** Which task definition a service revision rolls out, by the service revision's ARN. */
  readonly rolledOut: Cache<string>;
}

/**
 * Keeps the `max` task definitions used last. Only revisions that are ACTIVE and named by ARN are kept: those
 * do not change but for becoming INACTIVE, which no service or rule that still uses one minds.
 */
export function createTaskDefinitionCache(max: number = CACHED_MAX): TaskDefinitionCache {
  const kept = keepUsed<TaskDefinition>(max);
  return {
    get: kept.get,
    set(arn, definition) {
      if (isRevisionArn(arn) && definition.definition.status === 'ACTIVE') kept.set(arn, definition);
    },
    rolledOut: keepUsed<string>(max),
  };
}

function keepUsed<Value>(max: number): Cache<Value> {
  // A map remembers the order of insertion: its first key is the one used longest ago.
  const kept = new Map<string, Value>();
  return {
    get(arn) {
      const hit = kept.get(arn);
      if (hit === undefined) return undefined;
      kept.delete(arn);
      kept.set(arn, hit);
      return hit;
    },
    set(arn, value) {
      kept.delete(arn);
      kept.set(arn, value);
      const oldest = kept.keys().next();
      if (kept.size > max && oldest.done === false) kept.delete(oldest.value);
    },
  };
}

function isRevisionArn(text: string): boolean {
  return /^arn:[^:]+:ecs:[^:]+:\d{12}:task-definition\/[^:]+:\d+$/.test(text);
}
