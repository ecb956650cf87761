/** The tasks that a release may run, in their order; their containers are called the same. */
export const TASKS = ['release', 'postdeploy'] as const;
export type TaskName = (typeof TASKS)[number];

/**
 * A task that was asked for and never seen: after this long nobody knows what became of it. ECS remembers the client
 * token of a task for an hour after its end, and the task itself for as long, so until then asking again is safe.
 */
export const TASK_LOST_MS = 50 * 60_000;

/** What is known of one of the tasks of a release. */
export interface TaskState {
  /** Whether the release has such a task at all. */
  readonly needed: boolean;
  /** `unknown`: ECS could not be asked. */
  readonly seen: 'none' | 'unknown' | 'pending' | 'running' | 'succeeded' | 'failed';
  /** What the build's record says of it. */
  readonly recorded: 'none' | 'started' | 'succeeded' | 'failed';
  /** Whether the record names the task. */
  readonly named: boolean;
  /** When it was first asked for, as far as intents and records tell. */
  readonly intendedAt?: number;
}

/** When a task was first asked for, of what is remembered and what intents and records tell; 0 = never. */
export function firstAskedAt({ intendedAt = 0 }: TaskState, rememberedAt: number): number {
  if (rememberedAt === 0 || intendedAt === 0) return Math.max(rememberedAt, intendedAt);
  return Math.min(rememberedAt, intendedAt);
}

/** Whether a task runs, ran, or may have run. */
export function hasBegun(state: TaskState, rememberedAt: number): boolean {
  const isSeen = state.seen !== 'none' && state.seen !== 'unknown';
  return state.needed && (isSeen || state.recorded !== 'none' || firstAskedAt(state, rememberedAt) > 0);
}

/** Whether a task ended, or is given up because it was asked for and never seen. */
export function hasEnded(state: TaskState, rememberedAt: number, now: number): boolean {
  const askedAt = firstAskedAt(state, rememberedAt);
  const isLost = state.seen === 'none' && askedAt > 0 && now >= askedAt + TASK_LOST_MS;
  return isLost || state.seen === 'succeeded' || state.seen === 'failed';
}
