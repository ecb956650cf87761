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
  const leaks = outputs.filter(([, output]) => holdsAny(output, [LEFT_OUT, LEFT_OUT_SECRET]));
  const sent = calls.filter(({ operation, input }) =>
    holdsAny(input, operation === 'RegisterTaskDefinition' ? [LEFT_OUT_SECRET] : [LEFT_OUT, LEFT_OUT_SECRET]),
  );
  return [
    ...leaks.map(([what]) => `${what} holds a value that nobody may see`),
    ...sent.map(({ service, operation }) => `${service}.${operation} was sent a value that nobody may see`),
  ];
}

function holdsAny(value: unknown, texts: readonly string[]): boolean {
  const whole = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return texts.some((text) => whole.includes(text));
}
