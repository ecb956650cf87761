import type { Section } from '../figures.ts';
import { measureCpu } from '../measures/cpu.ts';

/** Wide: the machine is shared, and the same code may take half as long again a moment later. */
const RATIO_MAX = 2.5;

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
