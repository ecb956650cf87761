import type { Condition } from '../../../reconcile/plan.ts';
import { invalid } from '../wording.ts';
import { kept, type Members, type ProcessWish, type ScalingDesired, scalingCommand } from './desired.ts';
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
  const entries = scaling.suggestion.map(([process, members]) => {
    const nearest = process === wish.process ? problem.nearest : nearestOf(members, launch);
    return [process, { ...members, ...nearest }] as const;
  });
  return invalid({
    parameter: { name: wish.parameter, version: wish.version },
    path: `${wish.process}.${problem.member}`,
    reason: 'InvalidSize',
    found: said ? `${value}` : `missing, and the service's own ${value} does not go with the rest`,
    allowed: problem.allowed,
    now: kept(wish.process),
    command: scalingCommand(wish.parameter, entries),
  });
}

/** The other entries as they would have to be, so that one command repairs all of them. */
function nearestOf({ cpu, memory }: Members, launch: Launch): Partial<Size> {
  if (cpu === undefined || memory === undefined) return {};
  return sizeProblem({ cpu, memory }, launch)?.nearest ?? {};
}
