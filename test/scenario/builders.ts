import { StartBuildCommand, StopBuildCommand } from '@aws-sdk/client-codebuild';
import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { DescribeTaskDefinitionCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { DisableRuleCommand, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { fromAttributes } from '../../src/aws/attributes.ts';
import type { DatedCondition } from '../../src/reconcile/status.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import { type BuildRecord, closingOf, parseBuildItem } from '../../src/store/builds.ts';
import { parseReleaseItem, type ReleaseRecord, releaseKey } from '../../src/store/releases.ts';
import type { Verdict } from '../contract/watch.ts';
import { serviceOf } from './people.ts';
import { type Actor, openStage, type Stage, type StageOptions } from './stage.ts';
import { type AppOptions, worldOf } from './worlds.ts';

/** An account in which apps are built, and what people see of their builds. */

export const REPOSITORY = '123456789012.dkr.ecr.us-east-1.amazonaws.com/shop';
export const BUCKET = 'shop-artifacts';
/** What must never leave CodeBuild. */
export const CANARY = 'canary-3f9c2d';

const PLAIN_TOML = '[build]\nsystem = "dockerfile"\n\n[services.web]\ncommand = "./bin/web"\n';
export const RELEASE_TOML = `${PLAIN_TOML}\n[deploy]\nrelease_command = "./bin/migrate"\n`;

export interface BuildWorld {
  /** Scripts of builds and tasks. */
  readonly builds?: readonly Record<string, unknown>[];
  readonly tasks?: readonly Record<string, unknown>[];
  readonly toml?: string;
  /** After how long CodeBuild ends a build; an hour unless said. */
  readonly timeoutInMinutes?: number;
  /** Builds that are over. */
  readonly ended?: readonly Record<string, unknown>[];
  readonly app?: AppOptions;
  /** Items of the table besides the app's settings. */
  readonly items?: readonly Record<string, unknown>[];
  readonly options?: StageOptions;
}

export function worldOfBuilds(world: BuildWorld = {}): Record<string, unknown> {
  const definition = {
    executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
    containerDefinitions: [
      {
        name: 'web',
        image: `${REPOSITORY}:before`,
        environment: [{ name: 'PLAIN', value: CANARY }],
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': '/apppack/shop',
            'awslogs-region': 'us-east-1',
            'awslogs-stream-prefix': 'web',
          },
        },
      },
    ],
  };
  const sections = worldOf({ shop: { services: { web: {} }, definition, ...world.app } });
  const { toml = RELEASE_TOML, builds = [{}], tasks, items = [], ended, timeoutInMinutes } = world;
  return {
    ...sections,
    ecs: {
      ...(sections.ecs as Record<string, unknown>),
      ...(tasks === undefined ? {} : { outcomes: tasks }),
    },
    codebuild: {
      projects: {
        shop: {
          artifacts: { type: 'S3', location: BUCKET },
          ...(timeoutInMinutes === undefined ? {} : { timeoutInMinutes }),
          environment: {
            environmentVariables: [
              { name: 'DOCKER_REPO', value: REPOSITORY },
              { name: 'DOCKERHUB_ACCESS_TOKEN', value: CANARY },
            ],
          },
        },
      },
      ...(ended === undefined ? {} : { builds: ended }),
      outcomes: builds.map((build) => ({ apppackToml: toml, ...build })),
    },
    logs: { groups: { '/apppack/shop': {} } },
    s3: { buckets: { [BUCKET]: {} } },
    dynamodb: {
      tables: [
        {
          name: 'apppack',
          keys: { partition: 'primary_id', sort: 'secondary_id' },
          items: [
            {
              primary_id: 'APP#shop',
              secondary_id: 'settings',
              value: {
                cluster: { arn: 'arn:aws:ecs:us-east-1:123456789012:cluster/main', name: 'main' },
                codebuild_project: { name: 'shop' },
              },
            },
            ...items,
          ],
        },
      ],
    },
  };
}

/** An app with a service `web` and a CodeBuild project, and a controller that has looked at it. */
export async function openBuilds(world: BuildWorld = {}): Promise<{ on: Stage; actor: Actor }> {
  const on = await openStage({ sections: worldOfBuilds(world), ...world.options });
  const actor = await on.start();
  await on.clock.advance(60_000);
  return { on, actor };
}

/** `apppack build start --watch`, for every build that is started is watched. Gives the build's number. */
export async function startBuild(
  on: Stage,
  sourceVersion?: string,
  projectName = 'shop',
): Promise<{ id: string; number: number }> {
  const { build } = await on.person.codebuild.send(
    new StartBuildCommand({
      projectName,
      ...(sourceVersion === undefined ? {} : { sourceVersion }),
      environmentVariablesOverride: [{ name: 'TOKEN', value: CANARY, type: 'PLAINTEXT' }],
    }),
  );
  const number = build?.buildNumber ?? 0;
  return { id: build?.id ?? '', number };
}

/** What `build watch` says of a build that is closed, which it sees within seconds. */
export async function verdictOf(
  on: Stage,
  record: number | string,
  app = 'shop',
): Promise<Verdict | undefined> {
  const name = typeof record === 'number' ? recordName(record) : record;
  await until(on, async () => on.cli.verdictOf(app, name) !== undefined, 15_000);
  return on.cli.verdictOf(app, name);
}

/** The sort key of a build's record. */
export function recordName(number: number): string {
  return `BUILD#${String(number).padStart(10, '0')}`;
}

export async function stopBuild(on: Stage, id: string): Promise<void> {
  await on.person.codebuild.send(new StopBuildCommand({ id }));
}

export async function putRelease(on: Stage, release: Record<string, unknown>): Promise<void> {
  const Name = '/apppack/apps/shop/release';
  const Value = JSON.stringify(release);
  await on.person.ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true }));
}

/** The records of an app's builds, youngest first. */
export async function recordsOf(on: Stage, app = 'shop'): Promise<BuildRecord[]> {
  const { Items = [] } = await on.person.dynamodb.send(
    new QueryCommand({
      TableName: 'apppack',
      ConsistentRead: true,
      ScanIndexForward: false,
      KeyConditionExpression: 'primary_id = :app AND begins_with(secondary_id, :prefix)',
      ExpressionAttributeValues: { ':app': { S: `APP#${app}` }, ':prefix': { S: 'BUILD#' } },
    }),
  );
  return Items.map((item) => {
    const parsed = parseBuildItem(fromAttributes(item));
    if (!parsed.ok) throw new Error(parsed.problem);
    return parsed.value;
  });
}

export async function recordOf(on: Stage, number: number, app = 'shop'): Promise<BuildRecord | undefined> {
  return (await recordsOf(on, app)).find(({ buildNumber }) => buildNumber === number);
}

/** State of each phase that has one: `{build: 'succeeded', deploy: 'started'}`. */
export function states(record: BuildRecord | undefined): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(record?.phases ?? {}).map(([name, phase]) => [name, phase?.state]),
  );
}

export async function releaseOf(on: Stage, app = 'shop'): Promise<ReleaseRecord | undefined> {
  const { partition, sort } = releaseKey({ account: DEFAULT_ACCOUNT, region: DEFAULT_REGION }, app);
  const { Item } = await on.person.dynamodb.send(
    new GetItemCommand({
      TableName: 'apppack',
      Key: { primary_id: { S: partition }, secondary_id: { S: sort } },
      ConsistentRead: true,
    }),
  );
  if (Item === undefined) return undefined;
  const parsed = parseReleaseItem(fromAttributes(Item));
  return parsed.ok ? parsed.value : undefined;
}

export async function objectOf(on: Stage, key: string): Promise<string> {
  const output = await on.person.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  return (await output.Body?.transformToString()) ?? '';
}

/** Lets time pass until `holds`, at most `forMs`; gives whether it came to that. */
export async function until(on: Stage, holds: () => Promise<boolean>, forMs = 900_000): Promise<boolean> {
  for (let passed = 0; passed < forMs; ) {
    if (await holds()) return true;
    // Half a second at first; who waits long need not look so often.
    const stepMs = passed < 180_000 ? 500 : 10_000;
    await on.clock.advance(stepMs);
    passed += stepMs;
  }
  return false;
}

/** Lets time pass until the record of a build is closed, and gives it. */
export async function closed(on: Stage, number: number, app = 'shop'): Promise<BuildRecord> {
  const isClosed = async () => {
    const record = await recordOf(on, number, app);
    return record !== undefined && closingOf(record) !== undefined;
  };
  if (!(await until(on, isClosed, 3 * 3_600_000)))
    throw new Error(`build ${number} was not closed: ${JSON.stringify(await recordsOf(on, app))}`);
  const record = await recordOf(on, number, app);
  if (record === undefined) throw new Error(`build ${number} has no record`);
  return record;
}

/** The image that the service `web` is to run. */
export async function imageOf(on: Stage): Promise<string | undefined> {
  const { taskDefinition: arn = '' } = await serviceOf(on);
  const { taskDefinition } = await on.person.ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: arn }),
  );
  return taskDefinition?.containerDefinitions?.[0]?.image;
}

/** How many release tasks there are that ECS remembers, running or stopped, whoever asked for them how often. */
export async function startsOf(on: Stage, family = 'shop-release'): Promise<number> {
  await on.clock.advance(4_000);
  const listed = await Promise.all(
    (['RUNNING', 'STOPPED'] as const).map((desiredStatus) =>
      on.person.ecs.send(new ListTasksCommand({ cluster: 'main', family, desiredStatus })),
    ),
  );
  return new Set(listed.flatMap(({ taskArns = [] }) => taskArns)).size;
}

/** What the build controller says of an app now. */
export async function buildConditionsOf(
  on: Stage,
  actor: Actor,
  app = 'shop',
): Promise<readonly DatedCondition[]> {
  const key = { account: DEFAULT_ACCOUNT, region: DEFAULT_REGION, kind: 'build', name: app } as const;
  return (await on.drive(actor.connection.statuses.read(key))).conditions;
}

/** When this is done no event reaches the controller any more. */
export async function loseEvents(on: Stage): Promise<void> {
  const { Rules = [] } = await on.person.events.send(new ListRulesCommand({}));
  for (const { Name, ScheduleExpression } of Rules) {
    if (ScheduleExpression === undefined) await on.person.events.send(new DisableRuleCommand({ Name }));
  }
  // A rule that was disabled sends on for a short while.
  await on.clock.advance(3_000);
}

/** A section of the account as a world has it. */
export function sectionOf(on: Stage, service: string): unknown {
  return on.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get(service)?.dump();
}
