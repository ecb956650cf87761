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
export interface Batcher<Answer> {
  one(id: string): Promise<Answer>;
  /** Answers by id, in the order of the ids. */
  all(ids: readonly string[]): Promise<ReadonlyMap<string, Answer>>;
}

/** Ids that are asked for together. */
interface Batch<Answer> {
  readonly ids: string[];
  readonly send: () => void;
  readonly answered: Promise<ReadonlyMap<string, Answer>>;
  /** The same, once they are in: nobody has to wait for them any more. */
  answers: ReadonlyMap<string, Answer> | undefined;
}

export function createBatcher<Answer>(options: BatchOptions<Answer>): Batcher<Answer> {
  const batches = new Map<string, Batch<Answer>>();
  let open: Batch<Answer> | undefined;

  function send(): void {
    const batch = open;
    open = undefined;
    batch?.send();
  }

  function batchOf(id: string): Batch<Answer> {
    const known = batches.get(id);
    if (known !== undefined) return known;
    open ??= openBatch(options);
    const batch = open;
    batches.set(id, batch);
    if (batch.ids.push(id) >= options.max) send();
    else options.pace.wake(send);
    return batch;
  }

  return {
    async one(id) {
      const batch = batchOf(id);
      return answerIn(batch.answers ?? (await batch.answered), id);
    },
    async all(ids) {
      const asked = ids.map(batchOf);
      const answers = new Map<string, Answer>();
      for (const [index, batch] of asked.entries()) {
        const id = ids[index] ?? '';
        answers.set(id, answerIn(batch.answers ?? (await batch.answered), id));
      }
      return answers;
    },
  };
}

function openBatch<Answer>({ pace, ask }: BatchOptions<Answer>): Batch<Answer> {
  const ids: string[] = [];
  let send = () => {};
  const answered = new Promise<ReadonlyMap<string, Answer>>((resolve) => {
    send = () => resolve(pace.during(() => ask(ids)));
  });
  const batch: Batch<Answer> = { ids, send, answered, answers: undefined };
  answered.then(
    (answers) => {
      batch.answers = answers;
    },
    // Everybody who waits for one of them gets the error.
    () => {},
  );
  return batch;
}

function answerIn<Answer>(answers: ReadonlyMap<string, Answer>, id: string): Answer {
  const answer = answers.get(id);
  if (answer === undefined) throw new Error(`this is a bug in trimtab: no answer for ${id}`);
  return answer;
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
  const answers = new Map<string | number, Promise<Answer>>();
  return (...given) => {
    const [only, ...others] = given;
    const id = only !== undefined && others.length === 0 ? only : JSON.stringify(given);
    const known = answers.get(id);
    if (known !== undefined) return known;
    const asked = pace.during(() => ask(...given));
    answers.set(id, asked);
    return asked;
  };
}
