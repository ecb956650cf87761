import { closingOf } from '../../src/store/builds.ts';
import { createChecker } from '../contract/checker.ts';
import type { Verdict } from '../contract/watch.ts';
import type { Moment } from './course.ts';
import type { Deployment } from './deployment.ts';
import { buildStatusIn, deployStatusIn, isAtRest, recordIn, releaseIn, servedBy } from './looking.ts';
import { replayTo } from './replaying.ts';
import { driven, type Theatre } from './theatre.ts';

/** How long nobody works on the account after a controller was killed. */
export const DELAYS = { 'at once': 0, 'after 10 minutes': 600_000, 'after 25 hours': 90_000_000 } as const;
export type Delay = keyof typeof DELAYS;

/** How a deployment ended whose controller was killed. */
export interface Ending {
  /** `unknown`: the build failed, for nobody can know any more whether its task ran. */
  readonly outcome: 'succeeded' | 'unknown' | 'neither';
  /** What is not as it has to be, as sentences; empty when all is right. */
  readonly wrong: readonly string[];
}

/** Longer than ECS's and our own deadlines together. */
const LIMIT_MS = 2 * 3_600_000;
/** How often we look whether it has ended. */
const LOOK_MS = 2_000;
/** How long nothing more may change after the end. */
const QUIET_MS = 30_000;

/**
 * Kills a controller at a moment, starts another after a while, and judges how the deployment ends: the task ran once,
 * the build's record and the deployment's say what is so, the right image serves, and the CLI can tell.
 */
export async function killAt(deployment: Deployment, moment: Moment, delay: Delay): Promise<Ending> {
  const tasks = new Map<string, string>();
  const theatre = await replayTo(deployment.course, moment, (event) => {
    const { detail, detailType } = event;
    if (detailType === 'ECS Task State Change') tasks.set(String(detail.taskArn), String(detail.group));
  });
  const wasUndecided = isUndecided(theatre, deployment);
  const checker = createChecker(theatre.simulator);
  theatre.listen((call) => void checker.hear(call));
  const { clock } = theatre;
  await clock.runUntil(moment.at + DELAYS[delay]);
  await theatre.start('second');
  const { app, number } = deployment;
  const limit = clock.now() + LIMIT_MS;
  while (!isAtRest(theatre, app, number) && clock.now() < limit) await clock.advance(LOOK_MS);
  await clock.advance(QUIET_MS);
  const verdict = delay === 'at once' ? theatre.verdict() : await driven(clock, theatre.watch());
  const judged = await judge({ theatre, deployment, verdict, tasks });
  // Nobody asks ECS for a task's end after more than an hour and is told.
  const expected = wasUndecided && delay === 'after 25 hours' ? 'unknown' : 'succeeded';
  const wrong = judged.outcome === expected ? [] : [`it has to be ${expected} and is ${judged.outcome}`];
  return { ...judged, wrong: [...wrong, ...judged.wrong, ...checker.found] };
}

/** Whether a task was about to be started, or was, and what became of it is written nowhere yet. */
function isUndecided(theatre: Theatre, { app, number }: Deployment): boolean {
  const phases = recordIn(theatre, app, number)?.phases;
  const intents = buildStatusIn(theatre, app)?.intents ?? [];
  return (['release', 'postdeploy'] as const).some(
    (task) =>
      phases?.[task]?.state === 'started' ||
      (phases?.[task] === undefined && intents.some(({ action }) => action === `builds/${number}/${task}`)),
  );
}

interface Judged {
  readonly theatre: Theatre;
  readonly deployment: Deployment;
  readonly verdict: Verdict | undefined;
  /** The group of each task there was, by its ARN. */
  readonly tasks: ReadonlyMap<string, string>;
}

async function judge({ theatre, deployment, verdict, tasks }: Judged): Promise<Ending> {
  const { app, number, before, service, families } = deployment;
  const record = recordIn(theatre, app, number);
  const release = releaseIn(theatre, app);
  const status = deployStatusIn(theatre, app);
  const served = await servedBy(theatre, service);
  const outcome = outcomeOf(record);
  const isDone = outcome === 'succeeded';
  const serving = isDone ? number : before;
  const commit = serving === undefined ? undefined : recordIn(theatre, app, serving)?.commit;
  const ran = families.map(
    (family) => [...tasks.values()].filter((group) => group === `family:${family}`).length,
  );
  const claims: ReadonlyArray<readonly [boolean, string]> = [
    [isAtRest(theatre, app, number), 'it does not come to rest'],
    [ran.every((times) => times <= 1), `its tasks ran ${ran} times`],
    [!isDone || ran.every((times) => times === 1), 'a task did not run'],
    [
      release?.current?.buildNumber === serving,
      `the release record has build ${release?.current?.buildNumber}`,
    ],
    [
      release?.decided?.outcome === (isDone ? 'succeeded' : 'failed'),
      `it is decided as ${release?.decided?.outcome}`,
    ],
    [status?.buildNumber === serving, `DEPLOYSTATUS says ${JSON.stringify(status)}`],
    [status?.failed !== true, 'DEPLOYSTATUS says that it failed'],
    [status?.phase === (serving && 'deployed'), `DEPLOYSTATUS is in ${status?.phase}`],
    [served.image?.split(':')[1] === commit, `${served.image} serves`],
    [served.isSteady, 'a deployment of the service is under way'],
    [verdict?.type === (isDone ? 'deployed' : 'failed'), `the watch ends with ${JSON.stringify(verdict)}`],
  ];
  const wrong = claims.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise]));
  theatre.check();
  return { outcome, wrong };
}

function outcomeOf(record: ReturnType<typeof recordIn>): Ending['outcome'] {
  const closing = record && closingOf(record);
  if (closing === 'succeeded') return 'succeeded';
  const reasons = (['release', 'postdeploy'] as const).map((task) => record?.phases[task]?.reason ?? '');
  const isLost = reasons.some((reason) => reason.includes('was asked for and never seen'));
  return closing === 'failed' && isLost ? 'unknown' : 'neither';
}
