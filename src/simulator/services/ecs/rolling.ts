/** A task of a service as the rolling deployment sees it; tasks that stop already are not shown to it. */
export interface RollingTask {
  readonly arn: string;
  /** Whether it belongs to the PRIMARY deployment. */
  readonly isCurrent: boolean;
  readonly phase: 'starting' | 'running' | 'healthy';
  readonly createdAt: number;
}

export interface RollingView {
  readonly desired: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly tasks: readonly RollingTask[];
}

export interface RollingStep {
  /** How many tasks of the PRIMARY deployment to start. */
  readonly start: number;
  readonly stop: readonly string[];
}

const PHASE_RANK = { starting: 0, running: 1, healthy: 2 } as const;

/**
 * One step of a rolling update: old tasks go as far as `minimumHealthyPercent` (rounded up) allows, new ones
 * come as far as `maximumPercent` (rounded down) allows.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
 */
export function planStep(view: RollingView): RollingStep {
  const current = view.tasks.filter((task) => task.isCurrent);
  const surplus = leastAdvanced(current).slice(0, Math.max(0, current.length - view.desired));
  const keptCurrent = current.length - surplus.length;
  const retired = retire(view, surplus);
  const kept = view.tasks.length - surplus.length - retired.length;
  const ceiling = Math.floor((view.desired * view.maximumPercent) / 100);
  const start = Math.max(0, Math.min(view.desired - keptCurrent, ceiling - kept));
  return { start, stop: [...surplus, ...retired].map((task) => task.arn) };
}

/** Old tasks that may go: those that are not healthy at once, healthy ones above the floor. */
function retire(view: RollingView, surplus: readonly RollingTask[]): RollingTask[] {
  const old = leastAdvanced(view.tasks.filter((task) => !task.isCurrent));
  const floor = Math.ceil((view.desired * view.minimumHealthyPercent) / 100);
  const gone = new Set(surplus);
  const healthy = view.tasks.filter((task) => task.phase === 'healthy' && !gone.has(task)).length;
  const unhealthyOld = old.filter((task) => task.phase !== 'healthy');
  const healthyOld = old.filter((task) => task.phase === 'healthy');
  return [...unhealthyOld, ...healthyOld.slice(0, Math.max(0, healthy - floor))];
}

/** The least advanced first, the youngest first among equals. */
function leastAdvanced(tasks: readonly RollingTask[]): RollingTask[] {
  return [...tasks].sort((a, b) => PHASE_RANK[a.phase] - PHASE_RANK[b.phase] || b.createdAt - a.createdAt);
}

/** Delays between attempts once tasks keep failing to start. */
const THROTTLE = { freeAttempts: 3, firstMs: 10_000, maxMs: 27 * 60_000 };

/**
 * How long to wait before the next task after `failures` in a row never ran.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
 */
export function launchDelayMs(failures: number): number {
  if (failures < THROTTLE.freeAttempts) return 0;
  return Math.min(THROTTLE.maxMs, THROTTLE.firstMs * 2 ** (failures - THROTTLE.freeAttempts));
}

/** Whether `failures` is the number at which AWS says that it slows down. */
export function isImpaired(failures: number): boolean {
  return failures >= THROTTLE.freeAttempts;
}

interface Threshold {
  readonly type: 'BOUNDED_PERCENT' | 'UNBOUNDED_PERCENT' | 'COUNT';
  readonly value: number;
}

const BREAKER = { min: 3, max: 200 };

/**
 * Failures at which the circuit breaker opens: half the desired count rounded up, within 3 and 200, unless
 * configured. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
 */
export function breakerThreshold(desired: number, configured?: Threshold): number {
  const { type, value } = configured ?? { type: 'BOUNDED_PERCENT', value: 50 };
  if (type === 'COUNT') return value;
  const share = Math.ceil((desired * value) / 100);
  if (type === 'UNBOUNDED_PERCENT') return Math.max(1, share);
  return Math.min(BREAKER.max, Math.max(BREAKER.min, share));
}
