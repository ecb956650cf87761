import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replayFiles } from '../../src/replay/pool.ts';
import { renderText } from '../../src/replay/text.ts';
import { generateWeek } from '../week/snapshot.ts';

export interface WholeWeekCost {
  readonly changes: number;
  readonly passes: number;
  readonly calls: number;
  /** CPU of all threads, from the file to the text of the report. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

/** Replays the whole generated week as `trimtab replay --jobs 1` does. Throws when it does not end well. */
export async function measureWholeWeek(): Promise<WholeWeekCost> {
  const directory = await mkdtemp(join(tmpdir(), 'trimtab-week-'));
  try {
    const path = join(directory, 'week.snapshot.json');
    const { text, changes } = generateWeek({ apps: 50, days: 7, changes: 10_000 });
    await writeFile(path, text);
    const startedAt = performance.now();
    const before = process.cpuUsage();
    const task = { check: false, update: false, charts: false };
    const [result] = await replayFiles([{ path, name: 'week' }], task, { threads: 1 });
    if (result?.type !== 'replayed') throw new Error(`the week was not replayed: ${result?.message}`);
    const { report } = result;
    renderText(report);
    if (!report.settled || report.violations.length > 0) throw new Error('the week did not end well');
    const { user, system } = process.cpuUsage(before);
    return {
      changes,
      passes: report.totals.passes,
      calls: report.totals.calls,
      cpuSeconds: (user + system) / 1e6,
      wallSeconds: (performance.now() - startedAt) / 1000,
    };
  } finally {
    await rm(directory, { recursive: true });
  }
}
