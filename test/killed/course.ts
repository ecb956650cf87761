import { createHash } from 'node:crypto';
import type { Call } from '../../src/simulator/account.ts';
import { dumpWorld, type World } from '../../src/simulator/world.ts';
import { BEGINS_AFTER_MS, openTheatre, type Theatre, type Watched } from './theatre.ts';

/** A call of a course that went well, and where in it the call came. */
export interface Recorded {
  readonly call: Call;
  readonly at: number;
  /** Timers of the simulator that had fired. */
  readonly fired: number;
  /** Calls of one round left the gate together. */
  readonly round: number;
}

/** A moment at which a controller can be killed: which calls took effect by then, and what the account was like. */
export interface Moment {
  /** Calls that were made, the last of them included. */
  readonly calls: number;
  readonly at: number;
  readonly fired: number;
  /** A long poll that has to have ended by then. */
  readonly ended?: number;
  /** Stands for the whole account and the instant: where it is the same, the moment is the same. */
  readonly print: string;
}

/** The moments before a call takes effect, and after it did but before its answer is seen. */
export interface Kill {
  readonly operation: string;
  readonly before: Moment;
  readonly after: Moment;
}

/** A deployment from its beginning until the app is at rest, call by call. */
export interface Course {
  readonly world: World;
  readonly startAt: number;
  readonly watched: Watched;
  /** Every call, with those of the controller's start and of whoever asks for the deployment. */
  readonly calls: readonly Recorded[];
  /** For each call that the controller made in the deployment. */
  readonly kills: readonly Kill[];
}

export interface CourseOptions {
  readonly world: World;
  readonly startAt: number;
  readonly watched: Watched;
  /** Asks for the deployment. */
  readonly begin: (theatre: Theatre) => Promise<unknown>;
  /** Whether the deployment is over. */
  readonly isOver: (theatre: Theatre) => boolean;
  /** How long nothing more has to be done then. */
  readonly restMs: number;
}

const CONTROLLER = 'controller';

/** Stands for an account as it is now. */
export function printOf({ simulator, clock, fired }: Theatre): string {
  const world = JSON.stringify(dumpWorld(simulator));
  return createHash('sha256').update(`${clock.now()} ${fired()} ${world}`).digest('base64');
}

/** Lets a deployment go well under one controller, and writes down every call. */
export async function recordCourse(options: CourseOptions): Promise<Course> {
  const { world, startAt, watched, begin, isOver, restMs } = options;
  const theatre = openTheatre({ world, startAt, watched });
  const { clock } = theatre;
  const recorder = new Recorder(theatre);
  await theatre.start(CONTROLLER);
  await clock.runUntil(startAt + BEGINS_AFTER_MS);
  await begin(theatre);
  recorder.counts();
  const limit = clock.now() + 3_600_000;
  while (!isOver(theatre) && clock.now() < limit) await clock.advance(1_000);
  await clock.advance(restMs);
  if (!isOver(theatre)) throw new Error('the deployment did not go well');
  const verdict = theatre.verdict();
  if (verdict?.type !== 'deployed') throw new Error(`whoever watches it saw ${JSON.stringify(verdict)}`);
  theatre.check();
  const { calls, kills } = recorder;
  return { world, startAt, watched, calls: [...calls], kills: [...kills] };
}

class Recorder {
  readonly calls: Recorded[] = [];
  readonly kills: Kill[] = [];
  private readonly theatre: Theatre;
  private isCounting = false;
  private round = 0;
  private rounds = -1;

  constructor(theatre: Theatre) {
    this.theatre = theatre;
    const { simulator } = theatre;
    const answer = simulator.answerAs.bind(simulator);
    simulator.answerAs = (call, read) => this.record(call, () => answer(call, read));
  }

  /** From now on the controller's calls are those of the deployment. */
  counts(): void {
    this.isCounting = true;
  }

  private record<Output>(call: Call, answer: () => Promise<Output>): Promise<Output> {
    const isOurs = call.caller.client === CONTROLLER;
    this.roundOf(isOurs);
    const index = this.calls.length;
    const before = isOurs && this.isCounting ? this.moment() : undefined;
    const { clock, fired } = this.theatre;
    this.calls.push({ call, at: clock.now(), fired: fired(), round: this.round });
    // What a call does it does at once, but for long polls.
    const answering = answer();
    if (before === undefined) return answering;
    const kill = { operation: call.operation, before, after: this.moment() };
    this.kills.push(kill);
    if (call.operation !== 'ReceiveMessage') return answering;
    return answering.finally(() => {
      kill.after = this.moment(index);
    });
  }

  private roundOf(isOurs: boolean): void {
    const { roundTrips } = this.theatre.gate;
    if (!isOurs || roundTrips !== this.rounds) this.round += 1;
    this.rounds = isOurs ? roundTrips : -1;
  }

  private moment(ended?: number): Moment {
    const { clock, fired } = this.theatre;
    return {
      calls: this.calls.length,
      at: clock.now(),
      fired: fired(),
      ...(ended === undefined ? {} : { ended }),
      print: printOf(this.theatre),
    };
  }
}
