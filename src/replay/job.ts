import { chartsOf } from './charts.ts';
import { compareOutcomes } from './compare.ts';
import { readSnapshot, type SnapshotFile, writeSnapshot } from './files.ts';
import { runCase } from './replayer.ts';
import { reportOf, type SnapshotReport } from './report.ts';
import { type Snapshot, SnapshotError } from './snapshot.ts';
import { outcomeOf } from './summary.ts';

/** What is to be done with each snapshot file. */
export interface ReplayTask {
  /** Compare with what is recorded. */
  readonly check: boolean;
  /** Record what was done. */
  readonly update: boolean;
  /** Make what the page draws. */
  readonly charts: boolean;
}

/** A report, or one line that says why there is none. Plain data: it travels between threads. */
export type ReplayResult =
  | { readonly type: 'replayed'; readonly report: SnapshotReport }
  | { readonly type: 'unusable'; readonly message: string };

/** Replays one file. Never rejects. */
export async function replayFile(
  file: SnapshotFile,
  task: ReplayTask,
  onStep?: (done: number, all: number) => void,
): Promise<ReplayResult> {
  try {
    const snapshot = await readSnapshot(file.path);
    return { type: 'replayed', report: await replay(snapshot, file, task, onStep) };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const message = error instanceof SnapshotError ? text : `${file.path} cannot be replayed: ${text}`;
    return { type: 'unusable', message: message.replaceAll(/\s+/g, ' ') };
  }
}

async function replay(
  snapshot: Snapshot,
  file: SnapshotFile,
  task: ReplayTask,
  onStep: ((done: number, all: number) => void) | undefined,
): Promise<SnapshotReport> {
  const result = await runCase(snapshot, onStep === undefined ? {} : { onStep });
  const outcome = outcomeOf(result);
  if (task.update) await writeSnapshot(file.path, { ...snapshot, outcome });
  return {
    ...reportOf(result, file.name),
    ...(task.check ? { check: compareOutcomes(snapshot.outcome, outcome) } : {}),
    ...(task.charts ? { charts: chartsOf(result) } : {}),
  };
}
