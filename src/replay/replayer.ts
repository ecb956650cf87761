import type { CallRecord } from '../aws/middleware.ts';
import type { Connection } from '../compose.ts';
import type { Config } from '../config.ts';
import type { Status } from '../reconcile/status.ts';
import type { Fault } from '../simulator/faults.ts';
import type { EmittedEvent, LoggedCall } from '../simulator/region.ts';
import { dumpWorld } from '../simulator/world.ts';
import type { PlayedChange } from './changes.ts';
import { asDocument, documentsIn } from './documents.ts';
import type { CaseEnd, Evidence } from './evidence.ts';
import { writesOf } from './invariants/calls.ts';
import { findViolations, type Violation } from './invariants.ts';
import { observe } from './observation.ts';
import { playChange } from './play.ts';
import { type BuildWrapper, type ControllerWrapper, openRig, type Rig } from './rig.ts';
import type { Snapshot } from './snapshot.ts';
import { Witness } from './witness.ts';

/** Everything has settled when nothing moved for this many sweeps. */
const QUIET_SWEEPS = 2;

/** How long after the last change everything may take to settle, unless the snapshot says. */
const PATIENCE_SECONDS = 3600;

/** Beyond so many changes only what did or said something is remembered. */
const REMEMBER_ALL_MAX = 500;

/** Calls that are remembered; the rest of a case that makes more is not looked at by invariants. */
const CALLS_MAX = 1_000_000;

export interface CaseOptions {
  /** In place of the snapshot's. */
  readonly seed?: number;
  /** Faults from the start on, beside those of the time line. */
  readonly faults?: readonly Fault[];
  /** Told of each step that begins, for a progress bar. */
  readonly onStep?: (done: number, all: number) => void;
  /** Told of every call the controllers made, in batches; a long case itself remembers only writes. */
  readonly onCalls?: (calls: readonly LoggedCall[]) => void;
  /** Put around the app controller; what looks at the end is not wrapped. */
  readonly wrap?: ControllerWrapper;
  readonly wrapBuilds?: BuildWrapper;
  /** Sends every call through the whole SDK: the same, at several times the cost. */
  readonly throughSdk?: boolean;
}

/** A snapshot that was played to its end. */
export interface CaseResult extends Evidence {
  readonly settled: boolean;
  readonly violations: readonly Violation[];
}

/**
 * Plays a snapshot on a simulated account in virtual time, through the whole controller, and says what came of it.
 * The snapshot is not changed, nothing outlives the call, and the same snapshot, seed and faults give the same
 * result on every machine.
 */
export async function runCase(snapshot: Snapshot, options: CaseOptions = {}): Promise<CaseResult> {
  const seed = options.seed ?? snapshot.seed ?? 1;
  const keepAll = snapshot.timeline.length <= REMEMBER_ALL_MAX;
  const play = await openPlay(snapshot, seed, keepAll, options);
  try {
    return await runToEnd(play, options);
  } finally {
    play.rig.close();
  }
}

interface Play {
  readonly snapshot: Snapshot;
  readonly seed: number;
  readonly rig: Rig;
  readonly witness: Witness;
  readonly calls: LoggedCall[];
  readonly keepAll: boolean;
}

async function openPlay(
  snapshot: Snapshot,
  seed: number,
  keepAll: boolean,
  { wrap, wrapBuilds, throughSdk }: CaseOptions,
): Promise<Play> {
  // Nothing happens before the rig is there: its clock stands still until it is run.
  let rig: Rig | undefined;
  const witness = new Witness({
    now: () => rig?.clock.now() ?? 0,
    countsOf: (cluster, service) => {
      if (rig === undefined) return undefined;
      const { account, region } = rig.place;
      return rig.simulator.offers(account, region).serviceCounts?.(cluster, service);
    },
    keepQuiet: keepAll,
  });
  const told = {
    listener: (client: string) => witness.listener(client),
    onCall: (call: CallRecord) => witness.call(call),
    onEvent: (event: EmittedEvent) => witness.event(event),
  };
  rig = await openRig(snapshot, seed, told, { wrap, wrapBuilds, throughSdk });
  rig.clock.onIdle(() => {
    witness.sample();
    return false;
  });
  return { snapshot, seed, rig, witness, calls: [], keepAll };
}

async function runToEnd(play: Play, { faults = [], onStep, onCalls }: CaseOptions): Promise<CaseResult> {
  const { snapshot, rig, witness } = play;
  const steps = groupIntoSteps(
    snapshot.timeline.flatMap((change) => (change.type === 'seen' ? [] : [change])),
  );
  rig.simulator.switches.faults.push(...faults.map((fault) => ({ ...fault })));
  witness.begin([]);
  for (const name of serviceNames(snapshot)) witness.touch(name.cluster, name.service);
  rig.simulator.calls.length = 0;
  await rig.start();
  for (const [index, changes] of steps.entries()) {
    onStep?.(index, steps.length + 1);
    keepCalls(play, onCalls);
    await playStep(play, changes);
  }
  onStep?.(steps.length, steps.length + 1);
  const isQuiet = await settleDown(play);
  keepCalls(play, onCalls);
  const { faults: left, denials } = rig.simulator.switches;
  const faultsLeft = denials.length > 0 || left.some(({ times }) => times === undefined || times > 0);
  const end = await lookAround(play);
  const unsettled = [
    ...(isQuiet ? [] : ['something still moved when patience ended']),
    ...findUnexplained(end, rig.config.mode),
  ];
  const evidence: Evidence = {
    snapshot,
    seed: play.seed,
    lives: rig.lives,
    steps: witness.steps,
    reports: witness.reports,
    failures: witness.failures,
    rollouts: witness.rollouts,
    counts: witness.counts,
    calls: play.calls,
    whole: play.keepAll,
    faulty: faults.length > 0 || snapshot.timeline.some(({ type }) => type === 'fault' || type === 'denial'),
    faultsLeft,
    end,
    unsettled,
  };
  return { ...evidence, settled: unsettled.length === 0, violations: findViolations(evidence) };
}

async function playStep(play: Play, changes: readonly PlayedChange[]): Promise<void> {
  const { rig, witness } = play;
  await rig.clock.runUntil(instantOf(changes[0]));
  const step = witness.begin(changes);
  for (const change of changes) {
    await rig.clock.runUntil(instantOf(change));
    const refusal = await playChange(rig, change);
    if (refusal !== undefined) step.refused.push({ change, why: refusal });
    touchSubject(witness, change);
  }
}

/** Changes that follow one another within so much are one step, as long as the step is no longer than that. */
const STEP_GAP_MS = 2_000;
const STEP_SPAN_MS = 60_000;

function groupIntoSteps(changes: readonly PlayedChange[]): PlayedChange[][] {
  const groups: PlayedChange[][] = [];
  for (const change of changes) {
    const last = groups.at(-1);
    const at = instantOf(change);
    const isClose =
      last !== undefined &&
      at - instantOf(last.at(-1)) < STEP_GAP_MS &&
      at - instantOf(last[0]) < STEP_SPAN_MS;
    if (isClose) last.push(change);
    else groups.push([change]);
  }
  return groups;
}

function instantOf(change: PlayedChange | undefined): number {
  return change === undefined ? 0 : Date.parse(change.at);
}

/** Lets time pass until nothing has moved for a while, with no fault about; false when patience ended first. */
async function settleDown(play: Play): Promise<boolean> {
  const { snapshot, rig, witness } = play;
  const calmAt = calmFrom(play);
  const sweepMs = rig.config.sweepSeconds * 1000;
  const quietMs = QUIET_SWEEPS * sweepMs + 1000;
  const patienceMs = (snapshot.patienceSeconds ?? PATIENCE_SECONDS) * 1000;
  const deadline = rig.clock.now() + Math.max(patienceMs, quietMs);
  for (;;) {
    const quietAt = Math.max(witness.movedAt, witness.awaitedAt, calmAt) + quietMs;
    const until = Math.min(deadline, Math.max(quietAt, rig.clock.now() + sweepMs));
    if (rig.clock.now() >= quietAt && !witness.isRolling) return true;
    if (rig.clock.now() >= deadline) return false;
    await rig.clock.runUntil(until);
  }
}

/**
 * What a controller that has ended still waited for may be handed to it for as long as it asked, and what it held comes
 * back a visibility timeout later.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
 */
const ECHO_MS = 50_000;

/**
 * When the last fault or denial that ends by itself has ended, and nobody misses what a dead controller holds, or what
 * an answer that was lost would have handed over.
 */
function calmFrom({ snapshot: { timeline }, rig: { lives } }: Play): number {
  const ends = timeline.flatMap((change) => {
    if (change.type !== 'fault' && change.type !== 'denial') return [];
    const endsAt = Date.parse(change.at) + (change.seconds ?? 0) * 1000;
    return change.type === 'fault' ? [endsAt + echoMs(change.fault)] : [endsAt];
  });
  const echoes = lives.flatMap(({ stoppedAt }) => (stoppedAt === undefined ? [] : [stoppedAt + ECHO_MS]));
  return [...ends, ...echoes].reduce((latest, at) => Math.max(latest, at), 0);
}

interface Aim {
  readonly kind: Fault['kind'];
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  readonly delayMs?: number | undefined;
}

/** How long after its end a fault may still be felt. */
function echoMs({ kind, service = 'sqs', operation = 'ReceiveMessage', delayMs = 0 }: Aim): number {
  if (kind === 'slow') return delayMs;
  const mayLosePolls = kind === 'lostResponse' && service === 'sqs' && operation === 'ReceiveMessage';
  return mayLosePolls ? ECHO_MS : 0;
}

async function lookAround({ rig }: Play): Promise<CaseEnd> {
  const { switches } = rig.simulator;
  switches.faults.length = 0;
  switches.denials.length = 0;
  const at = rig.clock.now();
  // As it was before anybody looked: looking takes a moment, in which the controller goes on.
  const world = dumpWorld(rig.simulator);
  const visitor = await rig.visit('observer');
  const observation = await rig.drive(observe(visitor));
  return {
    at,
    observation,
    world,
    statuses: await readStatuses(rig, visitor, 'app'),
    builds: await readStatuses(rig, visitor, 'build'),
  };
}

/** A build is remembered under the name of its app, too. */
async function readStatuses(
  rig: Rig,
  visitor: Connection,
  kind: 'app' | 'build',
): Promise<ReadonlyMap<string, Status>> {
  const stored = await rig.drive(visitor.statuses.list(kind));
  return new Map(stored.map(({ key, status }) => [key.name, status]));
}

/** What differs from desired state at the end although nothing says why. */
function findUnexplained({ observation }: CaseEnd, mode: Config['mode']): string[] {
  if (mode === 'observe') return [];
  return observation.apps.flatMap(({ key, inspection }) => {
    const { plan, conditions, synced } = inspection;
    const isExplained = plan.paused !== undefined || conditions.some(({ status }) => status === 'False');
    if (synced || isExplained) return [];
    const paths = plan.differences.map(({ path }) => path).join(', ');
    return [`${key.name} differs and no condition says why: ${paths === '' ? 'not synced' : paths}`];
  });
}

function keepCalls({ rig, calls, keepAll }: Play, onCalls?: CaseOptions['onCalls']): void {
  const made = rig.simulator.calls.splice(0).filter(({ client }) => client.startsWith('controller'));
  onCalls?.(made);
  for (const call of keepAll ? made : writesOf({ calls: made })) {
    if (calls.length >= CALLS_MAX) return;
    calls.push(call);
  }
}

/** A person's UpdateService sends no event, so whoever makes one says so. */
function touchSubject(witness: Witness, change: PlayedChange): void {
  if (change.type !== 'call' || change.service !== 'ecs') return;
  const { cluster, service, serviceName } = change.input;
  const name = service ?? serviceName;
  if (typeof cluster === 'string' && typeof name === 'string')
    witness.touch(lastPart(cluster), lastPart(name));
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** The services that are in the world from the start. */
function serviceNames({ world }: Snapshot): Array<{ readonly cluster: string; readonly service: string }> {
  const services = documentsIn(asDocument(world.accounts[0]?.ecs).services);
  return services.map(({ cluster, name }) => ({ cluster: String(cluster), service: String(name) }));
}
