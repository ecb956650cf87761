import type { Clock } from '../reconcile/ports.ts';
import type { Backlog, Listener } from './listener.ts';

/** One queue whose messages are counted. */
export interface BacklogSource {
  /** `intake`, `work`, `intake-dlq` or `work-dlq`. */
  readonly queue: string;
  readonly read: () => Promise<NonNullable<Backlog['messages']>>;
}

export interface BacklogOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly sources: readonly BacklogSource[];
  readonly listener: Pick<Listener, 'backlog'>;
}

/**
 * Tells the listener the backlog of every queue now and again `everyMs` after each round has ended, until the
 * returned function is called. A queue that cannot be read is told without numbers.
 */
export function pollBacklog(options: BacklogOptions): () => void {
  const { clock, everyMs, sources, listener } = options;
  let isStopped = false;
  let cancel = () => {};
  const round = async () => {
    const backlogs = await Promise.all(sources.map(readBacklog));
    if (isStopped) return;
    for (const backlog of backlogs) listener.backlog(backlog);
    cancel = clock.setTimer(everyMs, () => void round());
  };
  void round();
  return () => {
    isStopped = true;
    cancel();
  };
}

async function readBacklog({ queue, read }: BacklogSource): Promise<Backlog> {
  try {
    return { queue, messages: await read() };
  } catch {
    // Why it failed is told with the AWS call itself; here it only means that there is no number.
    return { queue };
  }
}
