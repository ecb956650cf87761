import { DescribeTaskDefinitionCommand, DescribeTasksCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Random } from '../../src/reconcile/ports.ts';
import { randomInteger, seededRandom } from '../../src/simulator/random.ts';
import { closingOf } from '../../src/store/builds.ts';
import {
  BUCKET,
  openBuilds,
  putRelease,
  REPOSITORY,
  recordsOf,
  releaseOf,
  startBuild,
  until,
} from './builders.ts';
import { serviceOf } from './people.ts';
import type { Stage } from './stage.ts';

let stage: Stage | undefined;
afterEach(async () => {
  stage?.simulator.switches.faults.splice(0);
  await stage?.stop();
  stage = undefined;
});

const RUN_SECONDS = 30;
const MANUAL = {
  image: `${REPOSITORY}:manual`,
  processes: { web: { command: './bin/web' } },
  release_command: './bin/migrate',
};

/** When the parameter is put: it is younger than the first build, or than both. */
type Moment = 'between the starts of the builds' | 'when both builds have finished';

/** Kills whoever is called so at the n-th call from now on: before that takes effect, or before its answer is seen. */
function killAt(on: Stage, client: string, nth: number, side: 'reset' | 'lostResponse'): () => boolean {
  let seen = 0;
  on.simulator.switches.faults.push(
    { kind: 'reset', client, when: () => seen >= nth },
    {
      kind: side,
      client,
      when: () => {
        seen += 1;
        return seen === nth;
      },
    },
  );
  return () => seen >= nth;
}

/** Controllers that are killed at random calls, one after another; the last one lives. */
function openMorgue(on: Stage, random: Random, deaths: number): { pass(): Promise<void>; died(): number } {
  let died = 0;
  const doom = (name: string) =>
    died < deaths
      ? killAt(on, name, 1 + randomInteger(random, 400), random() < 0.5 ? 'reset' : 'lostResponse')
      : () => false;
  let isDead = doom('controller');
  let startAt = Number.POSITIVE_INFINITY;
  return {
    died: () => died,
    async pass() {
      if (isDead() && startAt === Number.POSITIVE_INFINITY) {
        died += 1;
        startAt = on.clock.now() + randomInteger(random, 40_000);
        isDead = () => true;
      }
      if (on.clock.now() < startAt) return;
      startAt = Number.POSITIVE_INFINITY;
      isDead = doom(`heir-${died}`);
      await on.start(`heir-${died}`);
    },
  };
}

/** Two builds that finish together, and a release by parameter; controllers die on the way. Gives who wins. */
async function race(seed: number, moment: Moment, deaths: number): Promise<{ on: Stage; winner: string }> {
  const { on } = await openBuilds({
    builds: [{ seconds: { BUILD: 14 }, times: 1 }, {}],
    tasks: [{ family: 'shop-release', runSeconds: RUN_SECONDS, exitCode: 0 }],
  });
  stage = on;
  // Nobody is there to tell of the start of a build or of the end of a task in time.
  if (deaths > 0) on.cli.excuseHangs();
  const morgue = openMorgue(on, seededRandom(seed), deaths);
  const isParameterFirst = moment === 'between the starts of the builds';
  await startBuild(on);
  await on.clock.advance(2_000);
  if (isParameterFirst) await putRelease(on, MANUAL);
  await on.clock.advance(2_000);
  const { id } = await startBuild(on);
  const finishAt = on.clock.now() + 32_000;
  const isEnded = async () => {
    await morgue.pass();
    if (!isParameterFirst && on.clock.now() >= finishAt && !isPut) {
      isPut = true;
      await putRelease(on, MANUAL);
    }
    const records = await recordsOf(on);
    return records.length === 3 && records.every((record) => closingOf(record) !== undefined);
  };
  let isPut = false;
  if (!(await until(on, isEnded, 3_600_000))) throw new Error(JSON.stringify(await recordsOf(on)));
  await on.clock.advance(120_000);
  expect(morgue.died() > 0).toBe(deaths > 0);
  const told = on.cli.take();
  expect(told.filter((one) => deaths === 0 || !one.includes(': 1: no record'))).toEqual([]);
  return { on, winner: isParameterFirst ? `build:${id}` : 'parameter:/apppack/apps/shop/release@1' };
}

interface Migration {
  readonly mark: string;
  readonly from: number;
  readonly to: number;
}

/** Every release task that ran, from when it was asked for to the end of its container. */
async function migrationsOf(on: Stage): Promise<Migration[]> {
  const listed = await Promise.all(
    (['RUNNING', 'STOPPED'] as const).map((desiredStatus) =>
      on.person.ecs.send(new ListTasksCommand({ cluster: 'main', family: 'shop-release', desiredStatus })),
    ),
  );
  const tasks = listed.flatMap(({ taskArns = [] }) => taskArns);
  if (tasks.length === 0) return [];
  const described = await on.person.ecs.send(new DescribeTasksCommand({ cluster: 'main', tasks }));
  return (described.tasks ?? [])
    .map(({ startedBy = '', createdAt, executionStoppedAt }) => ({
      mark: startedBy,
      from: createdAt?.getTime() ?? 0,
      to: executionStoppedAt?.getTime() ?? Number.POSITIVE_INFINITY,
    }))
    .sort((a, b) => a.from - b.from);
}

async function imageOf(on: Stage, taskDefinition: string): Promise<string> {
  const described = await on.person.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  return described.taskDefinition?.containerDefinitions?.[0]?.image ?? '';
}

/** The images that services were told to run, in that order. */
async function deployedOn(on: Stage): Promise<string[]> {
  const updates = on
    .writes()
    .filter(
      ({ operation, fault, input }) =>
        operation === 'UpdateService' && fault !== 'reset' && input.taskDefinition,
    );
  return Promise.all(updates.map(({ input }) => imageOf(on, String(input.taskDefinition))));
}

const RACES: ReadonlyArray<readonly [Moment, number, readonly number[]]> = [
  ['between the starts of the builds', 0, [1]],
  ['when both builds have finished', 0, [1]],
  ['between the starts of the builds', 2, [1, 2, 3]],
  ['when both builds have finished', 2, [1, 2, 3]],
];

describe('two builds that finish together and a release by parameter', () => {
  it.each(RACES.flatMap(([moment, deaths, seeds]) => seeds.map((seed) => [moment, deaths, seed] as const)))(
    'put %s, with at most %i controllers killed (seed %i): one order, one migration at a time, the youngest serves',
    async (moment, deaths, seed) => {
      const { on, winner } = await race(seed, moment, deaths);
      const migrations = await migrationsOf(on);
      const marks = migrations.map(({ mark }) => mark);
      expect(new Set(marks).size).toBe(marks.length);
      // The one that wins waits for the one that was there before it.
      if (deaths === 0) expect(marks).toHaveLength(2);
      migrations.slice(1).forEach(({ from }, index) => {
        expect(from).toBeGreaterThanOrEqual(migrations[index]?.to ?? 0);
      });

      const release = await releaseOf(on);
      expect(release?.candidate).toBeUndefined();
      expect(release?.current?.source).toBe(winner);
      expect(release?.decided).toMatchObject({ source: winner, outcome: 'succeeded' });

      // By age: the first build, the parameter and the second build, or the parameter last.
      const records = await recordsOf(on);
      const [older, younger] = [1, 2].map((number) =>
        records.find(({ key }) => key.sort.endsWith(`0${number}`)),
      );
      const images = [older, younger].map((record) => `${REPOSITORY}:${record?.commit}`);
      const isLast = winner.startsWith('parameter');
      const byAge = isLast ? [...images, MANUAL.image] : [images[0], MANUAL.image, images[1]];
      const ages = (await deployedOn(on)).map((image) => byAge.indexOf(image));
      expect(ages).toEqual([...ages].sort());
      const service = await serviceOf(on);
      expect(await imageOf(on, service.taskDefinition ?? '')).toBe(byAge[2]);
      expect(service.deployments).toHaveLength(1);

      const won = records.filter((record) => closingOf(record) === 'succeeded');
      expect(won.map(({ source }) => source)).toContain(winner);
      for (const record of records) expect(['succeeded', 'superseded']).toContain(closingOf(record));
    },
    120_000,
  );
});

describe('a release by parameter while the first build of its app runs', () => {
  it('has its log where that build leaves its own', async () => {
    const { on } = await openBuilds({
      builds: [{ seconds: { BUILD: 300 } }],
      tasks: [{ family: 'shop-release', runSeconds: 12, exitCode: 0 }],
    });
    stage = on;
    await startBuild(on);
    await on.clock.advance(5_000);
    await putRelease(on, MANUAL);
    const releasedBy = async () => (await recordsOf(on)).find(({ key }) => key.sort.includes('+'));
    await until(on, async () => (await releasedBy())?.phases.deploy?.state === 'succeeded');
    expect((await releasedBy())?.phases.release).toMatchObject({
      state: 'succeeded',
      logs: `s3://${BUCKET}/1/release-1.log`,
    });
  });
});
