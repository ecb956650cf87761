import { type Clock, sleep } from '../../src/reconcile/ports.ts';
import type { Simulator } from '../../src/simulator/account.ts';
import { checkRecords, type RecordChecker } from './checker.ts';
import { CliFailure, type Item } from './decoding.ts';
import { type BuildStatus, decodeBuild, PHASES } from './records.ts';
import { Sight } from './sight.ts';
import { type Verdict, watchBuild } from './watch.ts';

/** Somebody with AppPack's CLI: every record is checked when it is written, every build is watched to its end. */
export interface CliUser {
  /** Watches a build from now on, as `build start --watch` does. */
  watch(app: string, record: string): void;
  /** Watches what one version of the `release` parameter becomes, once it has a record. */
  watchRelease(app: string, version: number): void;
  /** How the watch of a build ended; undefined while it goes on. */
  verdictOf(app: string, record: string): Verdict | undefined;
  /** How many writes of records were checked. */
  checked(): number;
  /** What was found so far, for a test that means to break a demand; it is not held against the stage any more. */
  take(): string[];
  /**
   * From now on a watch may hang at a task that ended: no controller was there to tell of it in time. The CLI cannot be
   * helped then, and whoever sits before it interrupts it.
   */
  excuseHangs(): void;
  /** Whether a watch has not seen the end of its build that the record tells of. */
  isBehind(): boolean;
  /** Throws when a record broke a demand, or a watch ended otherwise than its build. */
  check(): void;
}

interface Watched {
  readonly app: string;
  readonly record: string;
  verdict?: Verdict;
}

/** As long as people wait before they type the command again. */
const AGAIN_MS = 5_000;
/** Nothing of a build that goes on is silent for longer: deployments and lost tasks have their deadlines before. */
const SILENT_MS = 4_000_000;

export function openCli(simulator: Simulator, clock: Clock): CliUser {
  const checker = checkRecords(simulator);
  const sight = new Sight(simulator);
  const watched: Watched[] = [];
  let hangsExcused = false;
  const watch = (app: string, record: string) => {
    const one: Watched = { app, record };
    watched.push(one);
    void follow(one, simulator, clock, checker);
  };
  return {
    watch,
    watchRelease: (app, version) => void findRelease(app, version, { sight, clock, watch }),
    verdictOf: (app, record) => watched.find((one) => one.app === app && one.record === record)?.verdict,
    checked: checker.checked,
    take: () => checker.found.splice(0),
    excuseHangs: () => {
      hangsExcused = true;
    },
    isBehind: () => watched.some((one) => one.verdict === undefined && truthOf(one, sight) !== undefined),
    check() {
      const judged = watched.filter(({ verdict }) => !(hangsExcused && verdict?.type === 'hung'));
      const wrong = [...checker.found, ...judged.flatMap((one) => judge(one, sight, clock.now()))];
      if (wrong.length > 0) throw new Error(`AppPack's CLI cannot live with this: ${wrong.join('; ')}`);
    },
  };
}

/** Who is told nothing, or whose session ends, types the command again. */
async function follow(one: Watched, simulator: Simulator, clock: Clock, checker: RecordChecker) {
  const { app, record } = one;
  while (true) {
    const verdict = await watchBuild({ simulator, clock, app, record });
    if (verdict.type !== 'unseen' && verdict.type !== 'expired') {
      one.verdict = verdict;
      return;
    }
    if (verdict.type === 'unseen')
      checker.found.push(`APP#${app} ${record}: 1: no record with a build for half a minute`);
    await sleep(clock, AGAIN_MS);
  }
}

/** The sort key has the number of the last build in it, so it is not known before. */
async function findRelease(
  app: string,
  version: number,
  { sight, clock, watch }: { readonly sight: Sight; readonly clock: Clock; readonly watch: CliUser['watch'] },
): Promise<void> {
  while (true) {
    const sorts = sight.builds(`APP#${app}`).map((item) => String(item.secondary_id));
    const found = sorts.find((sort) => sort.endsWith(`+${String(version).padStart(10, '0')}`));
    if (found !== undefined) return watch(app, found);
    await sleep(clock, 3_000);
  }
}

function judge(one: Watched, sight: Sight, now: number): string[] {
  const about = `build watch of ${one.app} ${one.record}`;
  const truth = truthOf(one, sight);
  const { verdict } = one;
  if (verdict?.type === 'broken') return [`${about} breaks: ${verdict.why}`];
  if (verdict?.type === 'hung') return [`${about} hangs ${verdict.where}`];
  if (verdict === undefined) {
    if (truth !== undefined) return [`${about} does not end, and the build has: ${JSON.stringify(truth)}`];
    return isSilent(one, sight, now) ? [`${about}: 7: nothing goes on and the record has no end`] : [];
  }
  const isRight = truth === undefined || JSON.stringify(truth) === JSON.stringify(verdict);
  return isRight
    ? []
    : [`${about} ends as ${JSON.stringify(verdict)}, the build as ${JSON.stringify(truth)}`];
}

/** How a build ended, as its record says at last; undefined while it goes on, and of one that was skipped. */
function truthOf(one: Watched, sight: Sight): Verdict | undefined {
  const build = recordOf(one, sight);
  const phase = PHASES.find((name) => build?.[name].state === 'failed');
  if (phase !== undefined) return { type: 'failed', phase };
  return build?.deploy.state === 'succeeded' ? { type: 'deployed' } : undefined;
}

function isSilent(one: Watched, sight: Sight, now: number): boolean {
  const build = recordOf(one, sight);
  // Nobody watches a build that was skipped: it was not asked for.
  const isSkipped = itemOf(one, sight)?.trimtab_outcome === 'skipped';
  if (build === undefined || isSkipped || PHASES.some((name) => build[name].state === 'started'))
    return false;
  return now > Math.max(...PHASES.map((name) => build[name].end)) * 1000 + SILENT_MS;
}

function recordOf(one: Watched, sight: Sight): BuildStatus | undefined {
  const item = itemOf(one, sight);
  try {
    return item === undefined ? undefined : decodeBuild(item);
  } catch (error) {
    if (error instanceof CliFailure) return undefined;
    throw error;
  }
}

function itemOf({ app, record }: Watched, sight: Sight): Item | undefined {
  return sight.item(`APP#${app}`, record);
}
