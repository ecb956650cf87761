import { createRecall, type Recall } from '../reconcile/recall.ts';
import type { TaskDefinition } from './shapes.ts';

/**
 * Three processes of 10,000 apps and room for rollouts. It must hold everything a sweep looks at: one that is
 * a little too small would forget each revision just before it is wanted again.
 */
const CACHED_MAX = 40_000;

/** Task definitions of this process, by revision ARN; shared by all passes. */
export interface TaskDefinitionCache extends Recall<TaskDefinition> {
  /** Which task definition a service revision rolls out, by the service revision's ARN. */
  readonly rolledOut: Recall<string>;
}

/**
 * Keeps the `max` task definitions used last. Only revisions that are ACTIVE and named by ARN are kept: those
 * do not change but for becoming INACTIVE, which no service or rule that still uses one minds.
 */
export function createTaskDefinitionCache(max: number = CACHED_MAX): TaskDefinitionCache {
  const kept = createRecall<TaskDefinition>(max);
  return {
    get: kept.get,
    set(arn, definition) {
      if (isRevisionArn(arn) && definition.definition.status === 'ACTIVE') kept.set(arn, definition);
    },
    rolledOut: createRecall<string>(max),
  };
}

function isRevisionArn(text: string): boolean {
  return /^arn:[^:]+:ecs:[^:]+:\d{12}:task-definition\/[^:]+:\d+$/.test(text);
}
