import type { Evidence } from '../evidence.ts';
import { LEFT_OUT, LEFT_OUT_SECRET } from '../redact.ts';

/**
 * I18: no value of a config variable gets anywhere, and none of a task's environment anywhere but into the next
 * revision. In a simulated account each of them is one of two placeholders, so they can be looked for.
 */
export function keepsSecrets({ calls, reports, failures, end }: Evidence): readonly string[] {
  const outputs: Array<readonly [string, unknown]> = [
    ...reports.map(({ report }) => [`the report of ${report.work.key.name}`, report] as const),
    ...failures.map((failure) => ['a failure', failure] as const),
    ...[...end.statuses].map(([app, status]) => [`the status of ${app}`, status] as const),
    ...[...end.builds].map(([app, status]) => [`what is remembered of builds of ${app}`, status] as const),
    ...end.observation.apps.map(({ key, inspection }) => [`the plan of ${key.name}`, inspection] as const),
  ];
  const leaks = outputs.filter(([, output]) => holds(output, LEFT_OUT) || holds(output, LEFT_OUT_SECRET));
  const sent = calls.filter(
    ({ operation, input }) =>
      holds(input, LEFT_OUT_SECRET) || (operation !== 'RegisterTaskDefinition' && holds(input, LEFT_OUT)),
  );
  return [
    ...leaks.map(([what]) => `${what} holds a value that nobody may see`),
    ...sent.map(({ service, operation }) => `${service}.${operation} was sent a value that nobody may see`),
  ];
}

function holds(value: unknown, text: string): boolean {
  return typeof value === 'string' ? value.includes(text) : JSON.stringify(value)?.includes(text) === true;
}
