import type { Simulator } from '../../src/simulator/account.ts';
import type { LoggedCall } from '../../src/simulator/region.ts';
import {
  type DirectCall,
  SimulatedTransport,
  type WireRequest,
  type WireResponse,
} from '../../src/simulator/transport.ts';
import { medianOf } from '../figures.ts';
import { prepareCall } from '../replay.ts';
import type { OpenClients } from './clients.ts';

const CALLS = 150;
const PAIRS = 9;
const WARM_UP = 4;

/** Answers a request as the account once did, so that nothing but the SDK is measured. */
class CannedTransport extends SimulatedTransport {
  private readonly answers = new Map<string, WireResponse>();
  private readonly documents = new Map<string, { output: unknown } | { refused: WireResponse }>();

  override async handle(request: WireRequest): Promise<{ response: WireResponse }> {
    const name = `${request.headers['x-amz-target']} ${String(request.body)}`;
    const known = this.answers.get(name);
    const response = known ?? (await super.handle(request)).response;
    this.answers.set(name, response);
    // The SDK changes the headers of what it is given.
    return { response: { ...response, headers: { ...response.headers } } };
  }

  override async ask<Output>(asked: DirectCall, read: (document: unknown) => Output) {
    const name = `${asked.service}.${asked.operation} ${JSON.stringify(asked.input)}`;
    const known = this.documents.get(name) ?? (await super.ask(asked, structuredClone));
    this.documents.set(name, known);
    return 'refused' in known ? known : { output: read(known.output) };
  }
}

/** CPU of reads with some options over that with others: the median of interleaved pairs. */
export async function compareOptions(
  simulator: Simulator,
  calls: readonly LoggedCall[],
  options: { readonly of: OpenClients; readonly over: OpenClients },
): Promise<number> {
  const reads = calls
    .filter(({ code, operation }) => code === 'OK' && /^(BatchGet|Describe|Get|List|Query)/.test(operation))
    .slice(0, CALLS);
  const [of, over] = [options.of, options.over].map((open) => {
    const clients = open(simulator, new CannedTransport(simulator));
    return reads.map((call) => prepareCall(clients, call));
  });
  simulator.switches.limits = false;
  const ratios: number[] = [];
  for (let pair = -WARM_UP; pair < PAIRS; pair += 1) {
    const ratio = (await cpuOf(of ?? [])) / (await cpuOf(over ?? []));
    if (pair >= 0) ratios.push(ratio);
  }
  return medianOf(ratios);
}

async function cpuOf(sends: ReadonlyArray<() => Promise<unknown>>): Promise<number> {
  const before = process.cpuUsage();
  for (const send of sends) await send();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
