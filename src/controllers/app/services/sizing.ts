import type { Condition } from '../../../reconcile/plan.ts';
import { invalid } from '../wording.ts';
import { type ProcessWish, type ScalingDesired, scalingCommand } from './desired.ts';
import { type Launch, type Size, sizeProblem } from './fargate.ts';

/**
 * Checks the size a process would get against what its launch type runs, and says what is wrong with it.
 * A wish that changes nothing of `current` is always right.
 */
export function sizeCondition(
  wish: ProcessWish,
  current: Partial<Size>,
  launch: Launch,
  scaling: ScalingDesired,
): Condition | undefined {
  const cpu = wish.cpu ?? current.cpu;
  const memory = wish.memory ?? current.memory;
  if (cpu === undefined || memory === undefined) return undefined;
  if (cpu === current.cpu && memory === current.memory) return undefined;
  const problem = sizeProblem({ cpu, memory }, launch);
  if (problem === undefined) return undefined;
  const said = wish[problem.member] !== undefined;
  const value = problem.member === 'cpu' ? cpu : memory;
  const entry = scaling.suggestion.map(([process, members]) =>
    process === wish.process
      ? ([process, { ...members, ...problem.nearest }] as const)
      : ([process, members] as const),
  );
  return invalid({
    parameter: { name: wish.parameter, version: wish.version },
    path: `${wish.process}.${problem.member}`,
    reason: 'InvalidSize',
    found: said ? `${value}` : `missing, and the service's own ${value} does not go with the rest`,
    allowed: problem.allowed,
    now: `${wish.process} keeps its size and count until then.`,
    command: scalingCommand(wish.parameter, entry),
  });
}
