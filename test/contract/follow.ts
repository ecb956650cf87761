import { type Clock, sleep } from '../../src/reconcile/ports.ts';
import type { Simulator } from '../../src/simulator/account.ts';
import type { LoggedCall } from '../../src/simulator/region.ts';
import { DEFAULT_ACCOUNT } from '../../src/simulator/transport.ts';
import { createChecker, listen, type RecordChecker } from './checker.ts';
import { CliFailure, type Item } from './decoding.ts';
import { type BuildStatus, decodeBuild, PHASES } from './records.ts';
import { Sight } from './sight.ts';
import { type Verdict, watchBuild } from './watch.ts';

/**
 * Somebody with AppPack's CLI: every record is checked when it is written, every build is watched from its start to its
 * end, and every release by parameter from its record on.
 */
export interface CliUser {
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
  const checker = createChecker(simulator);
  const watched: Watched[] = [];
  let hangsExcused = false;
  const find = (app: string, record: string) =>
    watched.find((one) => one.app === app && one.record === record);
  listen(simulator, (call) => {
    const written = checker.hear(call).filter(([, sort]) => /^BUILD#.*\+/.test(sort));
    // What is built in other accounts is known there as late as a test lets it.
    if (call.account !== DEFAULT_ACCOUNT) return;
    const begun = written.map(([partition, record]) => ({ app: partition.replace(/^APP#/, ''), record }));
    const [started] = startedBy(call, simulator).filter(({ app, record }) => find(app, record) === undefined);
    for (const { app, record } of [...begun, ...(started === undefined ? [] : [started])]) {
      const one: Watched = { app, record };
      watched.push(one);
      void follow(one, simulator, clock, checker);
    }
  });
  return {
    verdictOf: (app, record) => find(app, record)?.verdict,
    checked: checker.checked,
    take: () => checker.found.splice(0),
    excuseHangs: () => {
      hangsExcused = true;
    },
    isBehind: () => watched.some((one) => one.verdict === undefined && truthOf(one, simulator) !== undefined),
    check() {
      const judged = watched.filter(({ verdict }) => !(hangsExcused && verdict?.type === 'hung'));
      const wrong = [...checker.found, ...judged.flatMap((one) => judge(one, simulator, clock.now()))];
      if (wrong.length > 0) throw new Error(`AppPack's CLI cannot live with this: ${wrong.join('; ')}`);
    },
  };
}

/** Who is told nothing, or whose session ends, types the command again. */
async function follow(one: Watched, simulator: Simulator, clock: Clock, checker: RecordChecker) {
  const { app, record } = one;
  for (let wasSeen = false; ; ) {
    const verdict = await watchBuild({ simulator, clock, app, record });
    if (verdict.type !== 'unseen' && verdict.type !== 'expired') {
      one.verdict = verdict;
      return;
    }
    // A review app that is cleared up takes its records with it.
    if (verdict.type === 'unseen' && wasSeen) return;
    wasSeen = verdict.type === 'expired';
    if (!wasSeen) checker.found.push(`APP#${app} ${record}: 1: no record with a build for half a minute`);
    await sleep(clock, AGAIN_MS);
  }
}

/** The record of the build that a call started: the newest of its kind that is not watched yet. */
function startedBy({ service, operation, input, code }: LoggedCall, simulator: Simulator) {
  if (service !== 'codebuild' || operation !== 'StartBuild' || code !== 'OK') return [];
  const project = String(input.projectName);
  const review = /^pr\/(\d+)$/.exec(String(input.sourceVersion ?? ''))?.[1];
  const builds = new Sight(simulator).newestBuilds(project);
  const own = builds.filter(({ sourceVersion }) => review === /^pr\/(\d+)$/.exec(sourceVersion)?.[1]);
  const app = review === undefined ? project : `${project}:${review}`;
  return own.map(({ number }) => ({ app, record: `BUILD#${String(number).padStart(10, '0')}` }));
}

function judge(one: Watched, simulator: Simulator, now: number): string[] {
  const about = `build watch of ${one.app} ${one.record}`;
  const truth = truthOf(one, simulator);
  const { verdict } = one;
  if (verdict?.type === 'broken') return [`${about} breaks: ${verdict.why}`];
  if (verdict?.type === 'hung') return [`${about} hangs ${verdict.where}`];
  if (verdict === undefined) {
    if (truth !== undefined) return [`${about} does not end, and the build has: ${JSON.stringify(truth)}`];
    return isSilent(one, simulator, now) ? [`${about}: 7: nothing goes on and the record has no end`] : [];
  }
  const isRight = truth === undefined || JSON.stringify(truth) === JSON.stringify(verdict);
  return isRight
    ? []
    : [`${about} ends as ${JSON.stringify(verdict)}, the build as ${JSON.stringify(truth)}`];
}

/** How a build ended, as its record says at last; undefined while it goes on, and of one that was skipped. */
function truthOf(one: Watched, simulator: Simulator): Verdict | undefined {
  const build = recordOf(one, simulator);
  const phase = PHASES.find((name) => build?.[name].state === 'failed');
  if (phase !== undefined) return { type: 'failed', phase };
  return build?.deploy.state === 'succeeded' ? { type: 'deployed' } : undefined;
}

function isSilent(one: Watched, simulator: Simulator, now: number): boolean {
  const build = recordOf(one, simulator);
  // Nobody watches a build that was skipped: it was not asked for.
  const isSkipped = itemOf(one, simulator)?.trimtab_outcome === 'skipped';
  if (build === undefined || isSkipped || PHASES.some((name) => build[name].state === 'started'))
    return false;
  return now > Math.max(...PHASES.map((name) => build[name].end)) * 1000 + SILENT_MS;
}

function recordOf(one: Watched, simulator: Simulator): BuildStatus | undefined {
  const item = itemOf(one, simulator);
  try {
    return item === undefined ? undefined : decodeBuild(item);
  } catch (error) {
    if (error instanceof CliFailure) return undefined;
    throw error;
  }
}

function itemOf({ app, record }: Watched, simulator: Simulator): Item | undefined {
  return new Sight(simulator).item(`APP#${app}`, record);
}
