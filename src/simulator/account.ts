import { type Clock, type Random, sleep } from '../reconcile/ports.ts';
import { AwsError, unknownOperation } from './errors.ts';
import { drawFault, type Fault, faultError } from './faults.ts';
import { Limiter } from './limits.ts';
import { randomUuid, seededRandom } from './random.ts';
import {
  accessDenied,
  type BusPort,
  type Caller,
  checkDenials,
  type EmittedEvent,
  fairSwitches,
  type LoggedCall,
  type Offers,
  type RegionContext,
  type Service,
  type SimulatorSwitches,
} from './region.ts';
import { createServices } from './services/index.ts';
import { copyDocument, copyObject } from './services/members.ts';

/** Calls kept in the log; older ones are dropped so that a long run stays small. */
const LOGGED_CALLS_MAX = 200_000;

/** Fields that must never be kept, whatever call they came with: parameters, and objects of any size. */
const SECRET_FIELDS = ['Value', 'Body'] as const;

export interface SimulatorOptions {
  readonly clock: Clock;
  /** Seed of ids, lags and faults; 1 unless said. */
  readonly seed?: number;
  readonly switches?: Partial<SimulatorSwitches>;
  /** Told of every event of a service before the weather gets at it; must not throw. */
  readonly onEvent?: (event: EmittedEvent) => void;
}

interface RegionServices {
  readonly context: RegionContext;
  readonly services: ReadonlyMap<string, Service>;
  readonly limiters: ReadonlyMap<string, Limiter>;
}

/** One call as it comes off the wire. */
export interface Call {
  readonly account: string;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
}

/** Simulated AWS accounts in this process. */
export class Simulator {
  readonly clock: Clock;
  readonly switches: SimulatorSwitches;
  readonly calls: LoggedCall[] = [];
  private readonly random: Random;
  private readonly onEvent: ((event: EmittedEvent) => void) | undefined;
  /** As an event wrote it last. */
  private second: { readonly at: number; readonly text: string } | undefined;
  /** By account, then by name. */
  private readonly regions = new Map<string, Map<string, RegionServices>>();

  constructor(options: SimulatorOptions) {
    this.clock = options.clock;
    this.random = seededRandom(options.seed ?? 1);
    this.switches = { ...fairSwitches(), ...options.switches };
    this.onEvent = options.onEvent;
  }

  /** The services of one account and region, made on first use. */
  region(account: string, region: string): ReadonlyMap<string, Service> {
    return this.openRegion(account, region).services;
  }

  /** What the services of an account and region do for one another: how things are, without any lag. */
  offers(account: string, region: string): Offers {
    return this.openRegion(account, region).context.offers;
  }

  /** Every account and region that was touched, in a stable order. */
  openRegions(): Array<{ account: string; region: string }> {
    return [...this.regions.values()]
      .flatMap((regions) => [...regions.values()])
      .map(({ context }) => ({ account: context.account, region: context.region }))
      .sort((a, b) => (`${a.account}/${a.region}` < `${b.account}/${b.region}` ? -1 : 1));
  }

  /** Puts an event on the default bus of an account, as an AWS service would. */
  emit(account: string, region: string, event: EmittedEvent): void {
    this.openRegion(account, region).context.emit(event);
  }

  /** Answers one call; throws `AwsError`, or `ConnectionLost` for faults that give no answer. */
  answer(call: Call): Promise<unknown> {
    return this.answerAs({ ...call, input: copyObject(call.input) }, copyDocument);
  }

  /**
   * The same without copies: the request's document is the account's from now on, which never changes it but may keep
   * parts of it, and the answer is what `read` makes of a document that is only good while `read` runs.
   */
  async answerAs<Output>(call: Call, read: (document: unknown) => Output): Promise<Output> {
    const at = this.clock.now();
    const fault = this.drawFault(call);
    let code = 'OK';
    try {
      const output = this.perform(call, fault, read);
      // Most operations answer at once, and a wait for nothing costs as much as some of them.
      return output instanceof Promise ? await output : output;
    } catch (error) {
      code =
        error instanceof AwsError ? error.code : error instanceof ConnectionLost ? 'ConnectionLost' : 'Bug';
      throw error;
    } finally {
      this.log(call, at, code, fault);
    }
  }

  private drawFault({ service, operation, account, input, caller }: Call): Fault | undefined {
    const { faults } = this.switches;
    if (faults.length === 0) return undefined;
    return drawFault(faults, { service, operation, client: caller.client, account, input }, this.random);
  }

  private perform<Output>(
    call: Call,
    fault: Fault | undefined,
    read: (document: unknown) => Output,
  ): Output | Promise<Output> {
    if (fault !== undefined && fault.kind === 'reset')
      throw new ConnectionLost('connection reset before the call');
    if (fault !== undefined && ['throttle', 'error', 'denied'].includes(fault.kind))
      throw faultError(fault.kind);
    const region = this.openRegion(call.account, call.region);
    const operation = region.services.get(call.service)?.operations[call.operation];
    if (operation === undefined) throw unknownOperation(`${call.service}.${call.operation}`);
    region.context.offers.checkSession?.(call.caller.accessKey);
    if (this.switches.limits)
      region.limiters.get(call.service)?.take(call.operation, this.clock.now(), call.input);
    const hangsMs = fault?.kind === 'slow' ? (fault.delayMs ?? 1000) : undefined;
    const answered =
      hangsMs === undefined
        ? operation(call.input, call.caller)
        : sleep(this.clock, hangsMs).then(() => operation(call.input, call.caller));
    const bring = (document: unknown): Output => {
      const output = read(document);
      if (fault?.kind !== 'lostResponse') return output;
      throw new ConnectionLost('the response was lost after the call took effect');
    };
    return answered instanceof Promise ? answered.then(bring) : bring(answered);
  }

  private log(call: Call, at: number, code: string, fault: Fault | undefined): void {
    if (this.calls.length >= LOGGED_CALLS_MAX) this.calls.splice(0, LOGGED_CALLS_MAX / 2);
    const logged = {
      at,
      endedAt: this.clock.now(),
      client: call.caller.client,
      account: call.account,
      region: call.region,
      service: call.service,
      operation: call.operation,
      input: withoutSecrets(call.input),
      code,
    };
    this.calls.push(fault === undefined ? logged : { ...logged, fault: fault.kind });
  }

  private openRegion(account: string, region: string): RegionServices {
    const existing = this.regions.get(account)?.get(region);
    if (existing !== undefined) return existing;
    const made = this.makeRegion(account, region);
    const ofAccount = this.regions.get(account) ?? new Map<string, RegionServices>();
    this.regions.set(account, ofAccount.set(region, made));
    return made;
  }

  private makeRegion(account: string, region: string): RegionServices {
    const simulator = this;
    const bus: BusPort = { hears: () => false, deliver: () => {} };
    const offers: Offers = { takeEvent: (event) => bus.deliver(copyObject(event)) };
    const context: RegionContext = {
      account,
      region,
      clock: this.clock,
      random: this.random,
      get weather() {
        return simulator.switches.weather;
      },
      offers,
      offersOf: (otherAccount, otherRegion) => this.offers(otherAccount, otherRegion),
      emit: (event) => this.sendEvent(context, bus, event),
      arn: (service, resource) => `arn:aws:${service}:${region}:${account}:${resource}`,
      authorize: (action, resource, caller, keys = {}) => {
        const { denials, permits } = this.switches;
        if (denials.length > 0) checkDenials(denials, action, resource, caller);
        if (permits === undefined) return;
        const request = { account, region, client: caller.client, action, resource, keys };
        if (!permits(request)) throw accessDenied(action, resource, caller.client);
      },
    };
    const services = createServices(context, bus);
    const limiters = new Map(
      [...services.values()].flatMap((service) =>
        service.limits === undefined ? [] : [[service.name, new Limiter(service.limits)] as const],
      ),
    );
    return { context, services, limiters };
  }

  /** Events come in flocks. */
  private wholeSecond(): string {
    const at = Math.floor(this.clock.now() / 1000) * 1000;
    if (this.second?.at !== at) this.second = { at, text: `${new Date(at).toISOString().slice(0, -5)}Z` };
    return this.second.text;
  }

  /** Durable sources (ECS) are never lost; the others are best effort. Source: EventBridge's delivery levels. */
  private sendEvent(context: RegionContext, bus: BusPort, event: EmittedEvent): void {
    this.onEvent?.(event);
    const weather = this.switches.weather;
    const bestEffort = event.source !== 'aws.ecs' && event.source !== 'aws.events';
    if (bestEffort && weather.lostEvents > 0 && this.random() < weather.lostEvents) return;
    const envelope = {
      version: '0',
      id: randomUuid(this.random),
      'detail-type': event.detailType,
      source: event.source,
      account: context.account,
      time: this.wholeSecond(),
      region: context.region,
      resources: [...event.resources],
      detail: event.detail,
    };
    const copies = weather.duplicateEvents > 0 && this.random() < weather.duplicateEvents ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const delayMs = weather.eventDelayMs > 0 ? Math.floor(this.random() * weather.eventDelayMs) : 0;
      // Most events interest nobody. What is on its way for a while may meet a rule that is not there yet.
      if (delayMs === 0 && !bus.hears(envelope)) continue;
      this.clock.setTimer(delayMs, () => bus.deliver(envelope));
    }
  }
}

/** The call got no answer. Whether it took effect is the caller's problem, as in life. */
export class ConnectionLost extends Error {
  readonly code = 'ECONNRESET';
}

function withoutSecrets(input: Call['input']): Call['input'] {
  const secrets = SECRET_FIELDS.filter((field) => Object.hasOwn(input, field));
  if (secrets.length === 0) return input;
  return { ...input, ...Object.fromEntries(secrets.map((field) => [field, '(not kept)'])) };
}
