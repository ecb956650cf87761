import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { type Call, Simulator } from '../../src/simulator/account.ts';
import { VirtualClock } from '../../src/simulator/clock.ts';
import { FAIR_WEATHER } from '../../src/simulator/faults.ts';
import type { EmittedEvent, SimulatorSwitches } from '../../src/simulator/region.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION, Gate, SimulatedTransport } from '../../src/simulator/transport.ts';

/** A simulated account, its clock, and the settings a real SDK client needs to talk to it. */
export interface Bench {
  readonly clock: VirtualClock;
  readonly simulator: Simulator;
  /** Client settings for `new SSMClient(bench.client())`; calls are answered at once, without a gate. */
  client(label?: string): ClientSettings;
  /** Runs `call` while the virtual clock moves, for calls that wait (long polls). */
  during<T>(call: Promise<T>, advanceMs: number): Promise<T>;
}

export interface ClientSettings {
  readonly region: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string };
  readonly requestHandler: SimulatedTransport;
  readonly retryStrategy: ConfiguredRetryStrategy;
}

/** An account whose operations cannot change a request without being caught: its log has the same documents. */
class CarefulSimulator extends Simulator {
  override answerAs<Output>(call: Call, read: (document: unknown) => Output): Promise<Output> {
    freeze(call.input);
    return super.answerAs(call, read);
  }
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  Object.values(Object.freeze(value)).forEach(freeze);
}

/** A quiet account (no stale reads, no doubled events) for tests of one operation at a time. */
export function openBench(
  options: {
    switches?: Partial<SimulatorSwitches>;
    seed?: number;
    gated?: boolean;
    onEvent?: (event: EmittedEvent) => void;
  } = {},
): Bench {
  const clock = new VirtualClock();
  const simulator = new CarefulSimulator({
    clock,
    seed: options.seed ?? 1,
    switches: { weather: FAIR_WEATHER, ...options.switches },
    ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
  });
  const gate = options.gated ? new Gate(clock) : undefined;
  return {
    clock,
    simulator,
    client: (label = 'test') => ({
      region: DEFAULT_REGION,
      credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
      requestHandler: new SimulatedTransport(simulator, {
        client: label,
        ...(gate === undefined ? {} : { gate }),
      }),
      retryStrategy: new ConfiguredRetryStrategy(1, () => 0),
    }),
    async during(call, advanceMs) {
      await clock.advance(advanceMs);
      return call;
    },
  };
}

export { DEFAULT_ACCOUNT, DEFAULT_REGION };
