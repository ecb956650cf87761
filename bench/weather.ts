import { FAIR_WEATHER, type Fault } from '../src/simulator/faults.ts';

/** What every call of the controller takes; of a change's round trips one is this long. */
export const LATENCY_MS = 30;

/** Long enough for every first pass, deployment and look at what was written. */
export const SETTLE_MS = 240_000;

export const SETTINGS = { TRIMTAB_LOG_LEVEL: 'silent' };

/** The clock stands still but for calls, so that virtual time counts round trips. */
const LATENCY: Fault = { kind: 'slow', client: 'controller', delayMs: LATENCY_MS };

/** Every call is answered, and none of them sooner than another that went out with it. */
export function fairSwitches() {
  return { weather: FAIR_WEATHER, faults: [LATENCY] };
}
