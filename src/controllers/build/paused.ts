import type { Parameter, Reading } from '../../reconcile/reading.ts';
import type { ReadFacts } from './observed.ts';

/** Why nothing of the app is written: its `paused` parameter's text. `unknown` forbids writing as long as it lasts. */
export function pausedBy({ names, parameters }: ReadFacts): string | 'unknown' | undefined {
  const name = names.parameters.paused;
  return pausedIn(name === undefined ? undefined : parameters.get(name));
}

/** The same of the parameter alone. */
export function pausedIn(reading: Reading<Parameter> | undefined): string | 'unknown' | undefined {
  if (reading === undefined || reading.state === 'absent') return undefined;
  if (reading.state === 'unreadable') return 'unknown';
  const reason = reading.value.value.trim();
  if (reason.toLowerCase() === 'false') return undefined;
  return reason === '' ? 'no reason given' : reason.slice(0, 200);
}
