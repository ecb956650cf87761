import { classify } from '../../src/aws/errors.ts';
import { createPassScope } from '../../src/aws/scope.ts';
import { connect, KINDS_AT_WORK, openQueue } from '../../src/compose.ts';
import { createWakes } from '../../src/events/wakes.ts';
import type { Lease, LoopPorts } from '../../src/reconcile/controller.ts';
import type { Clock } from '../../src/reconcile/ports.ts';
import { converge, type Report } from '../../src/reconcile/reconcile.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION, SimulatedTransport } from '../../src/simulator/transport.ts';
import { joinListeners, type Listener } from '../../src/telemetry/listener.ts';
import { createLog, createLogListener } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { medianOf } from '../figures.ts';
import { createReplay } from '../replay.ts';
import { keyOf, openStand, type Stand } from '../stand.ts';

const PAIRS = 21;
const PASSES_EACH = 15;

/** Enough for V8 to have compiled what is measured. */
const WARM_UP = 150;

/** So much time passes with every look at the clock that no token bucket ever runs empty. */
const TICK_MS = 100;

export interface CpuCost {
  /** Median over interleaved pairs: CPU of a pass with log and metrics, over that of the bare calls it made. */
  readonly ratio: number;
  readonly passMicroseconds: number;
  readonly callsMicroseconds: number;
  readonly callsPerPass: number;
}

/** CPU time of a pass that finds nothing to do, over that of the same requests sent by nothing but the SDK. */
export async function measureCpu(): Promise<CpuCost> {
  const stand = await openStand();
  await stand.stop();
  const { simulator } = stand.stage;
  simulator.switches.faults.length = 0;
  const pass = await createPass(stand);
  // The first one reads revisions that later ones know.
  await pass();
  const before = simulator.calls.length;
  await pass();
  const replay = createReplay(simulator, simulator.calls.slice(before));
  const run = () => replay.run();
  await cpuOf(pass, WARM_UP);
  await cpuOf(run, WARM_UP);
  const samples: Array<{ pass: number; calls: number }> = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    samples.push({ pass: await cpuOf(pass, PASSES_EACH), calls: await cpuOf(run, PASSES_EACH) });
  }
  return {
    ratio: medianOf(samples.map((sample) => sample.pass / sample.calls)),
    passMicroseconds: medianOf(samples.map((sample) => sample.pass)) / PASSES_EACH,
    callsMicroseconds: medianOf(samples.map((sample) => sample.calls)) / PASSES_EACH,
    callsPerPass: replay.calls,
  };
}

async function cpuOf(work: () => Promise<unknown>, times: number): Promise<number> {
  const before = process.cpuUsage();
  for (let round = 0; round < times; round += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** One pass as the worker makes it, on a transport that answers at once. */
async function createPass({ stage }: Stand): Promise<() => Promise<Report>> {
  const { simulator, config } = stage;
  let at = stage.clock.now();
  const now = () => {
    at += TICK_MS;
    return at;
  };
  const clock: Clock = { now, setTimer: (delayMs, fire) => stage.clock.setTimer(delayMs, fire) };
  const listener = createListener(stage);
  const connection = await connect(
    config,
    { clock, random: () => 0.5 },
    {
      simulation: {
        account: DEFAULT_ACCOUNT,
        region: DEFAULT_REGION,
        requestHandler: new SimulatedTransport(simulator),
      },
      onCall: listener.awsCall,
    },
  );
  const ports: LoopPorts = {
    clock,
    statuses: connection.statuses,
    wakes: createWakes(await openQueue(connection, config.intakeQueue, '--intake-queue')),
    scope: createPassScope(),
    classify,
    mode: 'act',
  };
  const controller = connection.appController();
  const lease: Lease = { signal: new AbortController().signal, check: () => {} };
  let passes = 0;
  return async () => {
    passes += 1;
    const work = { key: keyOf('shop1'), causes: [{ id: `event:${passes}` }], beganAt: clock.now() };
    const report = await converge(work, controller, ports, lease);
    listener.report(report);
    if (report.outcome !== 'unchanged') throw new Error(`the pass was not a no-op but ${report.outcome}`);
    return report;
  };
}

function createListener({ clock, config }: Stand['stage']): Listener {
  const log = createLog({ level: 'info', format: 'json', clock, colour: false, out: { write: () => {} } });
  const metrics = createMetrics({
    version: 'bench',
    controllers: [...KINDS_AT_WORK],
    concurrency: config.concurrency,
    clock,
  });
  return joinListeners(metrics, createLogListener(log));
}
