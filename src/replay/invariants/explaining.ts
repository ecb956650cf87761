import type { Condition } from '../../reconcile/plan.ts';
import type { Evidence } from '../evidence.ts';

/** Differences at the end that no problem is about, though some problem is told of their app. */
export function unexplained({ end, snapshot }: Evidence): readonly string[] {
  if (snapshot.settings?.mode === 'observe') return [];
  return end.observation.apps.flatMap(({ key, inspection }) => {
    const { plan, conditions } = inspection;
    const problems = conditions.filter(({ status }) => status === 'False');
    if (plan.paused !== undefined || problems.length === 0) return [];
    return plan.differences
      .filter(({ path }) => !problems.some((problem) => explains(problem, path)))
      .map(({ path }) => `${key.name} differs in ${path}, and no problem that is told is about it`);
  });
}

function explains(problem: Condition, path: string): boolean {
  if (problem.type === 'Released') return true;
  const [area, thing = ''] = path.split('/');
  return area === 'schedules' ? isAboutSchedules(problem) : isAboutProcess(problem, thing);
}

/** Their rules, what they start, the service whose image they run, and where people say how. */
function isAboutSchedules({ resource = '', parameter = '', path = '' }: Condition): boolean {
  if (/^(rule|rules of|service|task definition) /.test(resource)) return true;
  return /\/(scheduled-tasks|settings|config)$/.test(parameter) || path.startsWith('scheduler');
}

function isAboutProcess({ resource = '', parameter = '', path = '' }: Condition, process: string): boolean {
  if (resource.endsWith(`-${process}`) || resource === process) return true;
  if (/\/(settings|config|release)$/.test(parameter)) return true;
  return (
    parameter.endsWith('/scaling') && (path === '' || path === process || path.startsWith(`${process}.`))
  );
}
