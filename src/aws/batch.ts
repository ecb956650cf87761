/** Microtask turns without a new request after which a program has asked for all it can ask for now. */
const QUIET_TURNS = 32;

/**
 * Decides when collected requests go out: once the program has been quiet, measured in promise turns and
 * not in time, so that batches are the same on every machine and in virtual time.
 */
export interface Pace {
  /** Calls `flush` once when it is quiet; asking again for a waiting `flush` changes nothing. */
  wake(flush: () => void): void;
  /** Runs a call; its answer may bring new requests. */
  during<T>(call: () => Promise<T>): Promise<T>;
}

/**
 * With `patient`, what waits goes out only when no call is under way either: answers then bring more requests
 * and batches get full. Otherwise the wait is for the turn only: what is asked together goes out together.
 */
export function createPace({ patient }: { readonly patient: boolean }): Pace {
  const waiting = new Set<() => void>();
  let news = 0;
  let running = 0;
  let watching = false;

  async function watch(): Promise<void> {
    if (watching || waiting.size === 0) return;
    watching = true;
    let seen = news;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      await undefined;
      if (news !== seen) quiet = -1;
      seen = news;
    }
    watching = false;
    // The end of a running call looks again.
    if (patient && running > 0) return;
    const due = [...waiting];
    waiting.clear();
    for (const flush of due) flush();
  }

  return {
    wake(flush) {
      waiting.add(flush);
      news += 1;
      void watch();
    },
    async during(call) {
      running += 1;
      try {
        return await call();
      } finally {
        running -= 1;
        news += 1;
        void watch();
      }
    },
  };
}

export interface BatchOptions<Answer> {
  /** A full batch goes out at once. */
  readonly max: number;
  readonly pace: Pace;
  /** Answers every id it is given; one that is missing in the map counts as a bug. */
  readonly ask: (ids: readonly string[]) => Promise<ReadonlyMap<string, Answer>>;
}

/** Joins requests by id into batches. An id is asked for once; its answer is kept as long as this is. */
export function createBatcher<Answer>(options: BatchOptions<Answer>): (id: string) => Promise<Answer> {
  const answers = new Map<string, Promise<Answer>>();
  let pending: Array<Pending<Answer>> = [];

  function send(): void {
    const batch = pending;
    pending = [];
    if (batch.length > 0) void answer(batch, options);
  }

  return (id) => {
    const known = answers.get(id);
    if (known !== undefined) return known;
    const answered = new Promise<Answer>((resolve, reject) => {
      pending.push({ id, resolve, reject });
    });
    answers.set(id, answered);
    if (pending.length >= options.max) send();
    else options.pace.wake(send);
    return answered;
  };
}

interface Pending<Answer> {
  readonly id: string;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

async function answer<Answer>(batch: ReadonlyArray<Pending<Answer>>, options: BatchOptions<Answer>) {
  try {
    const found = await options.pace.during(() => options.ask(batch.map(({ id }) => id)));
    for (const { id, resolve, reject } of batch) {
      const value = found.get(id);
      if (value === undefined) reject(new Error(`this is a bug in trimtab: no answer for ${id}`));
      else resolve(value);
    }
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}

/** Asks for many ids at once, each through `load`, and gives the answers by id. */
export async function loadAll<Answer>(
  ids: readonly string[],
  load: (id: string) => Promise<Answer>,
): Promise<ReadonlyMap<string, Answer>> {
  const distinct = [...new Set(ids)];
  const answers = await Promise.all(distinct.map(async (id) => [id, await load(id)] as const));
  return new Map(answers);
}

/** Remembers the answer for each list of arguments: equal calls are one call. */
export function createMemo<Arguments extends ReadonlyArray<string | number>, Answer>(
  pace: Pace,
  ask: (...given: Arguments) => Promise<Answer>,
): (...given: Arguments) => Promise<Answer> {
  const answers = new Map<string, Promise<Answer>>();
  return (...given) => {
    const id = JSON.stringify(given);
    const known = answers.get(id);
    if (known !== undefined) return known;
    const asked = pace.during(() => ask(...given));
    answers.set(id, asked);
    return asked;
  };
}
