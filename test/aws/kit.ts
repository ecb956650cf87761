import { type ClientOptions, type Clients, createClients } from '../../src/aws/clients.ts';
import { createLimits, type Limits } from '../../src/aws/limits.ts';
import type { CallRecord } from '../../src/aws/middleware.ts';
import type { Lease } from '../../src/reconcile/controller.ts';
import { LeaseLostError } from '../../src/reconcile/errors.ts';
import type { Key } from '../../src/reconcile/key.ts';
import { Simulator } from '../../src/simulator/account.ts';
import { VirtualClock } from '../../src/simulator/clock.ts';
import { FAIR_WEATHER } from '../../src/simulator/faults.ts';
import type { SimulatorSwitches } from '../../src/simulator/region.ts';
import {
  DEFAULT_ACCOUNT,
  DEFAULT_REGION,
  Gate,
  SimulatedTransport,
  type WireRequest,
} from '../../src/simulator/transport.ts';

/** Our clients on a simulated account in virtual time. */
export interface AwsBench {
  readonly clock: VirtualClock;
  readonly simulator: Simulator;
  readonly limits: Limits;
  readonly clients: Clients;
  /** What the observer was told, in order. */
  readonly records: CallRecord[];
  /** Runs `work` while `advanceMs` of virtual time go by, and gives its result. */
  during<T>(work: Promise<T>, advanceMs?: number): Promise<T>;
}

export function openAws(
  options: {
    switches?: Partial<SimulatorSwitches>;
    share?: number;
    /** Asks the account without the SDK's texts in between. */
    isDirect?: boolean;
  } & Partial<ClientOptions> = {},
): AwsBench {
  const { switches, share, isDirect = false, ...clientOptions } = options;
  const clock = new VirtualClock();
  const simulator = new Simulator({ clock, switches: { weather: FAIR_WEATHER, ...switches } });
  const limits = createLimits({ clock, ...(share === undefined ? {} : { share }) });
  const records: CallRecord[] = [];
  const requestHandler = new SimulatedTransport(simulator, { gate: new Gate(clock) });
  const clients = createClients({
    region: DEFAULT_REGION,
    clock,
    limits,
    requestHandler,
    ...(isDirect ? { direct: requestHandler } : {}),
    onCall: (call) => records.push(call),
    ...clientOptions,
  });
  return {
    clock,
    simulator,
    limits,
    clients,
    records,
    async during(work, advanceMs = 60_000) {
      // A rejection while the clock runs belongs to whoever awaits the result.
      work.catch(() => {});
      await clock.advance(advanceMs);
      return work;
    },
  };
}

/** One answer for each request in turn; the last one stays. An `Error` is a connection that broke. */
export type CannedAnswer = Error | { readonly status: number; readonly body: unknown };

/** A request handler that answers what it is told, and keeps what it was sent. */
export function canned(...answers: CannedAnswer[]) {
  const requests: WireRequest[] = [];
  return {
    requests,
    async handle(request: WireRequest) {
      const answer = answers[Math.min(requests.length, answers.length - 1)];
      requests.push(request);
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('no answer given');
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
      const headers = { 'content-type': 'application/x-amz-json-1.1' };
      return {
        response: { statusCode: answer.status, headers, body: new TextEncoder().encode(text) },
      };
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  };
}

/** An error answer of a JSON service. */
export function refusal(code: string, status = 400, message = `${code} it is`): CannedAnswer {
  return { status, body: { __type: code, message } };
}

/** A connection that broke after the request went out, as Node's HTTP handler reports it. */
export function connectionReset(): Error {
  return Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
}

/** A lease that lasts until it is ended; ending it aborts its signal unless said otherwise. */
export function openLease(): { lease: Lease; end(options?: { abort: boolean }): void; checked: string[] } {
  const controller = new AbortController();
  const checked: string[] = [];
  let held = true;
  return {
    lease: {
      signal: controller.signal,
      check(doing) {
        checked.push(doing);
        if (!held) throw new LeaseLostError(doing);
      },
    },
    end(options = { abort: true }) {
      held = false;
      if (options.abort) controller.abort();
    },
    checked,
  };
}

export function appKey(name = 'shop', kind: Key['kind'] = 'app'): Key {
  return { account: DEFAULT_ACCOUNT, region: DEFAULT_REGION, kind, name };
}

export { DEFAULT_REGION };
