import type { TaskDefinition } from './shapes.ts';

/**
 * Three processes of 10,000 apps and room for rollouts. It must hold everything a sweep looks at: one that is
 * a little too small would forget each revision just before it is wanted again.
 */
const CACHED_MAX = 40_000;

/** Task definitions of this process, by revision ARN; shared by all passes. */
export interface TaskDefinitionCache {
  get(arn: string): TaskDefinition | undefined;
  set(arn: string, definition: TaskDefinition): void;
}

/**
 * Keeps the `max` task definitions used last. Only revisions that are ACTIVE and named by ARN are kept: those
 * do not change but for becoming INACTIVE, which no service or rule that still uses one minds.
 */
export function createTaskDefinitionCache(max: number = CACHED_MAX): TaskDefinitionCache {
  // A map remembers the order of insertion: its first key is the one used longest ago.
  const kept = new Map<string, TaskDefinition>();
  return {
    get(arn) {
      const hit = kept.get(arn);
      if (hit === undefined) return undefined;
      kept.delete(arn);
      kept.set(arn, hit);
      return hit;
    },
    set(arn, definition) {
      if (!isRevisionArn(arn) || definition.definition.status !== 'ACTIVE') return;
      kept.delete(arn);
      kept.set(arn, definition);
      const oldest = kept.keys().next();
      if (kept.size > max && oldest.done === false) kept.delete(oldest.value);
    },
  };
}

function isRevisionArn(text: string): boolean {
  return /^arn:[^:]+:ecs:[^:]+:\d{12}:task-definition\/[^:]+:\d+$/.test(text);
}
