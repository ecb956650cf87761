import type { Section } from '../figures.ts';
import { measureWeek } from '../measures/week.ts';
import { SAMPLE_HOURS } from '../week/snapshot.ts';

/** What replaying costs, from a sample of a generated week of 50 apps. */
export async function weekSection(): Promise<Section> {
  const cost = await measureWeek();
  const { week, sampled } = cost;
  const sessions = Object.entries(week.sessions).map(([name, count]) => `${count} × ${name}`);
  return {
    title: `Replaying a week of 50 apps, by ${SAMPLE_HOURS} hours of it`,
    figures: [
      {
        name: 'replay over its requests by the SDK as it comes',
        value: cost.overDefault,
        atMost: 1.15,
        unit: '×',
      },
      {
        name: 'replay over its requests by the SDK as simulations use it',
        value: cost.overSimulation,
        unit: '×',
      },
      {
        name: 'SDK as simulations use it, over the SDK as it comes',
        value: cost.simulationOverDefault,
        atMost: 0.5,
        unit: '×',
      },
      { name: 'reconciles a second', value: cost.passesPerSecond },
      { name: `these ${SAMPLE_HOURS} hours`, value: cost.sampleSeconds, unit: 's' },
      { name: 'a week at this rate', value: cost.weekSeconds, unit: 's' },
      { name: 'changes in the week', value: week.changes },
      { name: 'answers that were others', value: cost.strayAnswers, atMost: 20 },
    ],
    notes: [
      `the sample: ${sampled.changes} changes, ${sampled.sweeps} sweeps, ${sampled.passes} passes, ${cost.calls} calls`,
      ...sessions,
    ],
  };
}
