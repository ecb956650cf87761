import { type Profiler, Session } from 'node:inspector';

/** Where the time of a program went, in shares of all that was not spent waiting. */
export interface Shares {
  readonly controller: number;
  readonly simulator: number;
  /** Making cases, looking at what came of them, collecting garbage. */
  readonly rest: number;
}

/** One sample in so many microseconds: enough to tell, and it costs next to nothing. */
const SAMPLE_MICROSECONDS = 2_000;

/** Measures where time goes by sampling the stack of this very process. */
export interface Stopwatch {
  /** The shares since it was opened; undefined while nothing was measured. */
  take(): Promise<Shares | undefined>;
  close(): void;
}

export async function openStopwatch(): Promise<Stopwatch> {
  const session = new Session();
  session.connect();
  const post = (method: string, parameters?: object) =>
    new Promise<unknown>((resolve, reject) => {
      session.post(method, parameters, (error, result) => (error === null ? resolve(result) : reject(error)));
    });
  await post('Profiler.enable');
  await post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
  await post('Profiler.start');
  const total: Counts = { controller: 0, simulator: 0, rest: 0, waiting: 0 };
  return {
    async take() {
      // The inspector's own answer to this very method.
      const { profile } = (await post('Profiler.stop')) as Profiler.StopReturnType;
      await post('Profiler.start');
      count(profile, total);
      return sharesOf(total);
    },
    close: () => session.disconnect(),
  };
}

type Room = 'controller' | 'simulator' | 'rest' | 'waiting';

/** Samples by whose code was running. */
export type Counts = Record<Room, number>;

/** Adds samples to `counts`, each to whose code it is: that of the nearest caller of ours; the SDK is the controller's. */
export function count({ nodes, samples = [] }: Profiler.Profile, counts: Counts): void {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callers = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const rooms = new Map<number, Room>();
  const roomOf = (id: number): Room => {
    const known = rooms.get(id);
    if (known !== undefined) return known;
    const { functionName = '', url = '' } = byId.get(id)?.callFrame ?? {};
    const caller = callers.get(id);
    const room = roomIn(functionName, url) ?? (caller === undefined ? 'rest' : roomOf(caller));
    rooms.set(id, room);
    return room;
  };
  for (const id of samples) counts[roomOf(id)] += 1;
}

export function sharesOf({ controller, simulator, rest }: Counts): Shares | undefined {
  const all = controller + simulator + rest;
  if (all === 0) return undefined;
  return { controller: controller / all, simulator: simulator / all, rest: rest / all };
}

function roomIn(functionName: string, url: string): Room | undefined {
  if (functionName === '(idle)') return 'waiting';
  if (/\/simulator\//.test(url)) return 'simulator';
  if (/\/replay\//.test(url)) return 'rest';
  if (/\/(aws|compose|controllers|events|queue|reconcile|store|workflows)[./]/.test(url)) return 'controller';
  return /\/node_modules\/@(aws-sdk|smithy)\//.test(url) ? 'controller' : undefined;
}
