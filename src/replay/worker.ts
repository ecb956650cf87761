import { parentPort } from 'node:worker_threads';
import type { SnapshotFile } from './files.ts';
import { type ReplayResult, type ReplayTask, replayFile } from './job.ts';

/** A file for a worker thread. */
export interface Assignment {
  readonly file: SnapshotFile;
  readonly task: ReplayTask;
}

/** What a worker thread says. */
export type WorkerMessage =
  | { readonly type: 'step'; readonly share: number }
  | { readonly type: 'result'; readonly result: ReplayResult };

const port = parentPort;
port?.on('message', ({ file, task }: Assignment) => {
  const say = (message: WorkerMessage) => port.postMessage(message);
  void replayFile(file, task, (done, all) => say({ type: 'step', share: done / all })).then((result) =>
    say({ type: 'result', result }),
  );
});
