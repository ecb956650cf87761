import type { Section } from '../figures.ts';
import { measureWholeWeek } from '../measures/whole-week.ts';

/** What replaying takes on this machine; the figures of the section `week` are the ones that other machines share. */
export async function wholeWeekSection(): Promise<Section> {
  const { changes, passes, calls, cpuSeconds, wallSeconds } = await measureWholeWeek();
  return {
    title: 'Replaying the whole week of 50 apps',
    figures: [
      { name: 'changes', value: changes },
      { name: 'passes', value: passes },
      { name: 'calls', value: calls },
      { name: 'CPU', value: cpuSeconds, unit: 's' },
      { name: 'from start to end', value: wallSeconds, unit: 's' },
      { name: 'reconciles a second', value: passes / cpuSeconds },
    ],
  };
}
