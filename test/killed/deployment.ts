import { StartBuildCommand } from '@aws-sdk/client-codebuild';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { dumpWorld } from '../../src/simulator/world.ts';
import { closed, openBuilds, RELEASE_TOML, startBuild } from '../scenario/builders.ts';
import type { Stage } from '../scenario/stage.ts';
import { type Course, recordCourse } from './course.ts';
import { isAtRest } from './looking.ts';

/** A deployment that controllers are killed in. */
export interface Deployment {
  readonly app: string;
  /** The number of the build that is deployed. */
  readonly number: number;
  /** The build that serves until then, if any does. */
  readonly before?: number;
  readonly service: string;
  /** Families of tasks that must run once at most. */
  readonly families: readonly string[];
  readonly course: Course;
}

/** How long nothing more has to happen until an app is taken to be at rest. */
const REST_MS = 10_000;

/** Long enough for a watching CLI to see the task run, also when the controller was killed before it named it. */
const RELEASE_SECONDS = 65;

/** An app that runs what its first build built, and its second build, which has a release task and tests. */
async function recordShop(): Promise<Deployment> {
  const tasks = [{ family: 'shop-release', runSeconds: RELEASE_SECONDS, exitCode: 0 }];
  const { on } = await openBuilds({ tasks });
  await closed(on, (await startBuild(on)).number);
  const about = { app: 'shop', number: 2, before: 1, service: 'shop-web', families: ['shop-release'] };
  return { ...about, course: await recordFrom(on, about) };
}

const NETWORK = { awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'ENABLED' } };
const REVIEW_TOML = `${RELEASE_TOML}\n[review_app]\ninitialize_command = "./bin/seed"\n`;

/** The first build of a review app, which has a release task and a postdeploy task; nothing serves before. */
async function recordReviewApp(): Promise<Deployment> {
  const families = ['shop-pr7-release', 'shop-pr7-postdeploy'];
  const run_task_args = { launchType: 'FARGATE', networkConfiguration: NETWORK };
  const task_definition_args = {
    cpu: '256',
    memory: '512',
    executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
  };
  const { on } = await openBuilds({
    toml: REVIEW_TOML,
    tasks: families.map((family) => ({ family, runSeconds: 12, exitCode: 0 })),
    items: [
      {
        primary_id: 'APP#shop',
        secondary_id: 'CONFIG#ecs',
        value: { run_task_args, task_definition_args },
      },
    ],
  });
  const Name = '/apppack/pipelines/shop/review-apps/pr/7';
  const Value = JSON.stringify({ pull_request: 'pr/7', status: 'created' });
  await on.person.ssm.send(new PutParameterCommand({ Name, Value, Type: 'String' }));
  const about = { app: 'shop:7', number: 1, service: 'shop-pr7-web', families };
  return { ...about, course: await recordFrom(on, about, 'pr/7') };
}

/** Lets an account come to rest, and records the next build in what it has become. */
async function recordFrom(
  on: Stage,
  { app, number }: Pick<Deployment, 'app' | 'number'>,
  sourceVersion?: string,
): Promise<Course> {
  await on.clock.advance(60_000);
  await on.stop();
  await on.clock.advance(60_000);
  const start = { projectName: 'shop', ...(sourceVersion === undefined ? {} : { sourceVersion }) };
  return recordCourse({
    world: dumpWorld(on.simulator),
    startAt: on.clock.now(),
    watched: { app, number },
    begin: ({ person }) => person.codebuild.send(new StartBuildCommand(start)),
    isOver: (theatre) => isAtRest(theatre, app, number),
    restMs: REST_MS,
  });
}

/** The deployments of the kill matrix, by name; each is recorded when it is asked for. */
export const DEPLOYMENTS = { shop: recordShop, 'review-app': recordReviewApp } as const;
export type DeploymentName = keyof typeof DEPLOYMENTS;
