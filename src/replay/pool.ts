import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { SnapshotFile } from './files.ts';
import { type ReplayResult, type ReplayTask, replayFile } from './job.ts';
import type { Assignment, WorkerMessage } from './worker.ts';

export interface PoolOptions {
  /** Files replayed at the same time. Small ones that come one after the other need no thread. */
  readonly threads: number;
  /** The program of a thread; ours unless said. */
  readonly script?: URL;
  /** Told how much of the whole is done, in [0, 1]. */
  readonly onProgress?: (share: number) => void;
}

/**
 * Our own thread's program. Node does not run TypeScript in threads everywhere, so from sources (in tests) there is
 * none and everything runs in this thread.
 */
const SCRIPT = import.meta.url.endsWith('.ts') ? undefined : new URL('./worker.js', import.meta.url);

/**
 * A replay makes much that lives for one pass. With room for that before it is collected the first time, collecting takes
 * a third of the time.
 */
const THREAD_LIMITS = { maxYoungGenerationSizeMb: 192 };

/** A thread takes half a second to begin, which is not worth it for one file of less than this. */
const THREAD_FROM_BYTES = 500_000;

/** Replays files, several at a time; results are in the order of the files, whoever finished first. */
export async function replayFiles(
  files: readonly SnapshotFile[],
  task: ReplayTask,
  options: PoolOptions,
): Promise<readonly ReplayResult[]> {
  const progress = createProgress(files.length, options.onProgress);
  const results: ReplayResult[] = [];
  const waiting = [...files.entries()];
  const script = options.script ?? SCRIPT;
  const threads = Math.min(options.threads, files.length);

  async function work(replay: ReplayOne): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, file] = next;
      results[index] = await replay(file, task, (share) => progress(index, share));
      progress(index, 1);
    }
  }

  const isLittle = threads <= 1 && (await areSmall(files));
  if (isLittle || script === undefined) await work(inThisThread);
  else await Promise.all(Array.from({ length: threads }, () => inThread(script, work)));
  return results;
}

/** Files that cannot be looked at are small: they are soon done with. */
async function areSmall(files: readonly SnapshotFile[]): Promise<boolean> {
  const sizes = await Promise.all(
    files.map(({ path }) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.every((size) => size < THREAD_FROM_BYTES);
}

type ReplayOne = (
  file: SnapshotFile,
  task: ReplayTask,
  onShare: (share: number) => void,
) => Promise<ReplayResult>;

function inThisThread(
  file: SnapshotFile,
  task: ReplayTask,
  onShare: (share: number) => void,
): Promise<ReplayResult> {
  return replayFile(file, task, (done, all) => onShare(done / all));
}

/** Gives `work` a thread of its own; a file that ends its thread is unusable, and the next one gets a new thread. */
async function inThread(script: URL, work: (replay: ReplayOne) => Promise<void>): Promise<void> {
  let worker: Worker | undefined;
  await work(async (file, task, onShare) => {
    worker ??= new Worker(script, { resourceLimits: THREAD_LIMITS });
    const ending = await ask(worker, { file, task }, onShare);
    if ('result' in ending) return ending.result;
    worker = undefined;
    return { type: 'unusable', message: `${file.path} cannot be replayed: ${ending.died}` };
  });
  await worker?.terminate();
}

type Ending = { readonly result: ReplayResult } | { readonly died: string };

function ask(worker: Worker, assignment: Assignment, onShare: (share: number) => void): Promise<Ending> {
  return new Promise((resolve) => {
    const end = (ending: Ending) => {
      worker.off('message', hear).off('error', fail).off('exit', leave);
      resolve(ending);
    };
    const hear = (message: WorkerMessage) => {
      if (message.type === 'step') onShare(message.share);
      else end({ result: message.result });
    };
    const fail = (error: unknown) => end({ died: error instanceof Error ? error.message : String(error) });
    const leave = (code: number) => end({ died: `its thread ended with code ${code}` });
    worker.on('message', hear).on('error', fail).on('exit', leave);
    worker.postMessage(assignment);
  });
}

function createProgress(
  files: number,
  onProgress: ((share: number) => void) | undefined,
): (index: number, share: number) => void {
  const shares = new Float64Array(files);
  return (index, share) => {
    shares[index] = share;
    onProgress?.(shares.reduce((sum, one) => sum + one, 0) / files);
  };
}
