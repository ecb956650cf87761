import { runCase } from '../../src/replay/replayer.ts';
import { reportOf } from '../../src/replay/report.ts';
import { openRig } from '../../src/replay/rig.ts';
import { parseSnapshot } from '../../src/replay/snapshot.ts';
import { renderText } from '../../src/replay/text.ts';
import type { LoggedCall } from '../../src/simulator/region.ts';
import { medianOf } from '../figures.ts';
import { defaultClients, type OpenClients, simulationClients } from '../week/clients.ts';
import { NOBODY, playFloor } from '../week/floor.ts';
import { compareOptions } from '../week/options.ts';
import { generateWeek, SAMPLE_HOURS, type Week } from '../week/snapshot.ts';

/** The first round also warms everything up. */
const ROUNDS = 2;
const HOURS_OF_WEEK = 168;

export interface WeekCost {
  readonly week: Week;
  /** CPU seconds of the sampled hours, from the text of the snapshot to the text of the report. */
  readonly sampleSeconds: number;
  /** The same for as many of them as a week has. */
  readonly weekSeconds: number;
  readonly sampled: { readonly changes: number; readonly sweeps: number; readonly passes: number };
  readonly calls: number;
  readonly passesPerSecond: number;
  /** CPU of the replay over that of its requests, sent by nothing but the SDK, at the same virtual instants. */
  readonly overDefault: number;
  readonly overSimulation: number;
  /** CPU of the SDK with the options of simulations over that with its own, for reads whose answers are at hand. */
  readonly simulationOverDefault: number;
  /** Answers of the bare SDK that were others than the controller got. */
  readonly strayAnswers: number;
}

interface Round {
  readonly replay: number;
  readonly simulation: number;
  readonly default: number;
}

/** CPU of replaying a generated week, beside that of the requests it makes. */
export async function measureWeek(): Promise<WeekCost> {
  const week = generateWeek({ apps: 50, days: 7, changes: 10_000 });
  const rounds: Round[] = [];
  let sampled = { changes: 0, sweeps: 0, passes: 0 };
  let calls: LoggedCall[] = [];
  let strayAnswers = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    calls = [];
    const replay = await cpuSeconds(async () => {
      sampled = await replayOnce(week.sample, calls);
    });
    const floor = (open: OpenClients) =>
      cpuSeconds(async () => {
        strayAnswers += await strayFrom(week.sample, calls, open);
      });
    rounds.push({ replay, simulation: await floor(simulationClients), default: await floor(defaultClients) });
  }
  const over = (a: keyof Round, b: keyof Round) => medianOf(rounds.map((round) => round[a] / round[b]));
  const sampleSeconds = medianOf(rounds.map(({ replay }) => replay));
  return {
    week,
    sampleSeconds,
    weekSeconds: (sampleSeconds * HOURS_OF_WEEK) / SAMPLE_HOURS,
    sampled,
    calls: calls.length,
    passesPerSecond: (sampled.passes + sampled.sweeps) / sampleSeconds,
    overDefault: over('replay', 'default'),
    overSimulation: over('replay', 'simulation'),
    simulationOverDefault: await optionsOverDefault(week.sample, calls),
    strayAnswers,
  };
}

async function replayOnce(text: string, calls: LoggedCall[]) {
  const snapshot = parseSnapshot(text);
  const result = await runCase(snapshot, { onCalls: (some) => void calls.push(...some) });
  renderText(reportOf(result, 'week'));
  const problems = [...result.unsettled, ...result.violations.map(({ what }) => what)];
  if (problems.length > 0) throw new Error(`the week did not end well: ${problems.slice(0, 3).join('; ')}`);
  const sum = (pick: (step: (typeof result.steps)[number]) => number) =>
    result.steps.reduce((total, step) => total + pick(step), 0);
  return {
    changes: snapshot.timeline.length,
    sweeps: sum(({ sweeps }) => sweeps),
    passes: sum(({ passes }) => passes),
  };
}

async function strayFrom(text: string, calls: readonly LoggedCall[], open: OpenClients): Promise<number> {
  const codes = await playFloor(parseSnapshot(text), calls, open);
  const good = calls.filter(({ code }) => code === 'OK').length;
  return Math.abs(good - (codes.get('OK') ?? 0));
}

/** On an account as the sample begins: what is read of it is what was read of it then. */
async function optionsOverDefault(text: string, calls: readonly LoggedCall[]): Promise<number> {
  const rig = await openRig(parseSnapshot(text), 1, NOBODY);
  const ratio = await compareOptions(rig.simulator, calls, { of: simulationClients, over: defaultClients });
  rig.close();
  return ratio;
}

async function cpuSeconds(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
