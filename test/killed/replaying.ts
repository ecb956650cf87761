import { type Course, type Moment, printOf } from './course.ts';
import { openTheatre, type Theatre, type TheatreOptions } from './theatre.ts';

/**
 * Brings an account to a moment of a course without a controller: the calls that a controller made are made again, at
 * the same instants and between the same events. From then on nobody calls, nor waits at a queue, as after a kill.
 * That the account is what it was in the course is checked.
 */
export async function replayTo(
  course: Course,
  moment: Moment,
  onEvent?: TheatreOptions['onEvent'],
): Promise<Theatre> {
  const { world, startAt, watched } = course;
  const theatre = openTheatre({ world, startAt, watched, ...(onEvent === undefined ? {} : { onEvent }) });
  const { clock } = theatre;
  const player = new Player(theatre, course, moment);
  clock.onIdle(() => player.play());
  const instants = new Set([...course.calls.slice(0, moment.calls), moment].map(({ at }) => at));
  for (const at of instants) clock.setTimer(at - startAt, () => {});
  await clock.runUntil(moment.at);
  if (!player.isDone) throw new Error(`the course did not come to its moment at ${moment.at}`);
  return theatre;
}

class Player {
  isDone = false;
  private readonly theatre: Theatre;
  private readonly course: Course;
  private readonly moment: Moment;
  private readonly hungUp = new AbortController();
  private readonly ended = new Set<number>();
  private made = 0;

  constructor(theatre: Theatre, course: Course, moment: Moment) {
    this.theatre = theatre;
    this.course = course;
    this.moment = moment;
  }

  /** Makes the calls that were made here, if any; gives whether it did something. */
  play(): boolean {
    if (this.isDone) return false;
    const before = this.made;
    const next = this.course.calls[this.made];
    if (next !== undefined && this.isAt(next)) {
      const { calls } = this.moment;
      while (this.made < calls && this.course.calls[this.made]?.round === next.round) this.make();
    }
    this.end();
    return this.made > before;
  }

  private make(): void {
    const index = this.made;
    const recorded = this.course.calls[index];
    if (recorded === undefined) return;
    this.made += 1;
    const caller = { ...recorded.call.caller, signal: this.hungUp.signal };
    // What is answered nobody hears; errors are answers too.
    const end = () => void this.ended.add(index);
    this.theatre.simulator.answerAs({ ...recorded.call, caller }, end).catch(end);
  }

  private end(): void {
    const { moment } = this;
    if (this.made < moment.calls || !this.isAt(moment)) return;
    if (moment.ended !== undefined && !this.ended.has(moment.ended)) return;
    this.isDone = true;
    if (printOf(this.theatre) !== moment.print)
      throw new Error('the account is not what it was in the course');
    this.hungUp.abort();
  }

  private isAt({ at, fired }: { readonly at: number; readonly fired: number }): boolean {
    return this.theatre.clock.now() === at && this.theatre.fired() === fired;
  }
}
