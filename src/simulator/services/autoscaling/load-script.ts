import type { LoadStep } from './records.ts';

/** Puts the steps of a script in order of time. */
export function orderSteps(steps: readonly LoadStep[]): readonly LoadStep[] {
  return [...steps].sort((a, b) => a.at - b.at);
}

/** The load at the instant `at`, in units of one task at 100 % CPU; `null` when nobody says. */
export function loadAt(steps: readonly LoadStep[], at: number): number | null {
  return steps.findLast((step) => step.at <= at)?.load ?? null;
}

/** When the script next says something new. */
export function nextStepAt(steps: readonly LoadStep[], after: number): number | undefined {
  return steps.find((step) => step.at > after)?.at;
}
