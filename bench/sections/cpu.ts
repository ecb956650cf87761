import type { Section } from '../figures.ts';
import { measureCpu } from '../measures/cpu.ts';

/**
 * Wide: it is 2.2 on a quiet machine and was 2.5 on two cores with fifteen others, for a pass reaches for more memory than
 * bare calls do.
 */
const RATIO_MAX = 3;

/** CPU of a pass beside that of the SDK. */
export async function cpuSection(): Promise<Section> {
  const { ratio, passMicroseconds, callsMicroseconds, callsPerPass } = await measureCpu();
  return {
    title: 'CPU of a pass with nothing to do, log and metrics included',
    figures: [
      { name: 'pass over bare SDK calls', value: ratio, atMost: RATIO_MAX, unit: '×' },
      { name: 'pass', value: passMicroseconds, unit: 'µs' },
      { name: `its ${callsPerPass} calls sent by the bare SDK`, value: callsMicroseconds, unit: 'µs' },
    ],
  };
}
