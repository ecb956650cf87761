import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  type Tag,
} from '@aws-sdk/client-ecs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { type Attributes, fromAttributes, toAttributes } from '../../src/aws/attributes.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import { ROLES } from '../scenario/access-hands.ts';
import { type Actor, openStage, type Stage, type StageOptions } from '../scenario/stage.ts';
import { definitionOf, scaled, serviceOf } from '../scenario/worlds.ts';

/**
 * An account as AppPack's stacks leave it: an app `shop` that runs since before trimtab, and a pipeline `pipe` with
 * review apps. Everything that the contract's checklist is about happens in it.
 */

export const REPOSITORY = `${DEFAULT_ACCOUNT}.dkr.ecr.${DEFAULT_REGION}.amazonaws.com`;
const ROLE = `arn:aws:iam::${DEFAULT_ACCOUNT}:role/execution`;

const SHOP_TOML = `[build]
system = "dockerfile"
[deploy]
release_command = "./bin/migrate"
[services.web]
command = "./bin/web --port $PORT"
[services.worker]
command = "./bin/work"
`;
const PIPE_TOML = `[build]
system = "buildpack"
[deploy]
release_command = "migrate"
[review_app]
initialize_command = "seed"
[services.web]
command = "serve"
`;

/** Where this installation has the list of administrators. */
export const ADMINISTRATORS = '/apppack/people/administrators';

function project(name: string): Record<string, unknown> {
  const environmentVariables = [{ name: 'DOCKER_REPO', value: `${REPOSITORY}/${name}` }];
  return { artifacts: { type: 'S3', location: `${name}-artifacts` }, environment: { environmentVariables } };
}

/** What an app's stack writes into the table. */
function stackItems(app: string): Record<string, unknown>[] {
  const cluster = { arn: `arn:aws:ecs:${DEFAULT_REGION}:${DEFAULT_ACCOUNT}:cluster/main`, name: 'main' };
  const settings = {
    cluster,
    codebuild_project: { name: app },
    domains: [`${app}.example.com`],
    log_group: { name: `/apppack/${app}` },
  };
  const network = { awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'ENABLED' } };
  const config = {
    run_task_args: { launchType: 'FARGATE', networkConfiguration: network, enableExecuteCommand: true },
    task_definition_args: {
      cpu: '512',
      memory: '1024',
      executionRoleArn: ROLE,
      taskRoleArn: ROLE,
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
    },
  };
  const primary_id = `APP#${app}`;
  return [
    { primary_id, secondary_id: 'settings', value: settings },
    { primary_id, secondary_id: 'CONFIG#ecs', value: config },
  ];
}

/** What ran before trimtab came. */
function webBefore(): Record<string, unknown> {
  const group = { 'awslogs-group': '/apppack/shop', 'awslogs-region': DEFAULT_REGION };
  const valueFrom = `arn:aws:ssm:${DEFAULT_REGION}:${DEFAULT_ACCOUNT}:parameter/apppack/apps/shop/config/DATABASE_URL`;
  const container = {
    name: 'web',
    image: `${REPOSITORY}/shop:before`,
    secrets: [{ name: 'DATABASE_URL', valueFrom }],
    logConfiguration: { logDriver: 'awslogs', options: { ...group, 'awslogs-stream-prefix': 'web' } },
  };
  return definitionOf('shop-web', 'web', { executionRoleArn: ROLE, containerDefinitions: [container] });
}

function sections(): Record<string, unknown> {
  const json = (content: unknown) => ({ type: 'String', json: content });
  const secret = { type: 'SecureString', value: 'canary' };
  const review = (number: number, status: string) => ({ pull_request: `pr/${number}`, status });
  const tables = [
    {
      name: 'apppack',
      keys: { partition: 'primary_id', sort: 'secondary_id' },
      items: [
        ...stackItems('shop'),
        ...stackItems('pipe'),
        {
          primary_id: 'APP#pipe:7',
          secondary_id: 'settings',
          value: { domains: ['pr7-pipe.example.com'] },
        },
      ],
    },
  ];
  return {
    ssm: {
      parameters: {
        '/apppack/apps/shop/scaling': json({ web: scaled(), release: scaled({ cpu: 256 }) }),
        '/apppack/apps/shop/config/DATABASE_URL': secret,
        '/apppack/pipelines/pipe/config/AWS_REGION': secret,
        '/apppack/pipelines/pipe/review-apps/pr/7': json({ ...review(7, 'created'), title: 'Seven' }),
        '/apppack/pipelines/pipe/review-apps/pr/8': json(review(8, 'open')),
        '/apppack/pipelines/pipe/review-apps/pr/9': json(review(9, 'created')),
      },
    },
    ecs: {
      clusters: [{ name: 'main' }],
      taskDefinitions: [webBefore()],
      services: [serviceOf('shop-web')],
    },
    codebuild: {
      projects: { shop: project('shop'), pipe: project('pipe') },
      outcomes: [
        { project: 'shop', apppackToml: SHOP_TOML },
        // What the builder leaves of a pull request that has no review app: empty logs, its own apppack.toml.
        { project: 'pipe', sourceVersion: 'pr/7', apppackToml: PIPE_TOML },
        { project: 'pipe', skipped: true, apppackToml: PIPE_TOML },
      ],
    },
    logs: { groups: { '/apppack/shop': {}, '/apppack/pipe': {} } },
    s3: { buckets: { 'shop-artifacts': {}, 'pipe-artifacts': {} } },
    dynamodb: { tables },
  };
}

/** The account with a controller that has looked at it. */
export async function openInstallation(
  switches: StageOptions['switches'] = {},
): Promise<{ on: Stage; actor: Actor }> {
  const settings = {
    ...ROLES,
    TRIMTAB_EVENTS_ROLE_ARN: `arn:aws:iam::${DEFAULT_ACCOUNT}:role/events`,
    TRIMTAB_ADMINISTRATOR_PATH: ADMINISTRATORS,
  };
  const on = await openStage({ sections: sections(), settings, switches });
  const actor = await on.start();
  await on.clock.advance(60_000);
  return { on, actor };
}

/** Puts `/apppack/<path>`, or what a path with a slash before it names; anything but a text as JSON. */
export async function put(
  on: Stage,
  path: string,
  value: unknown,
  Type: 'String' | 'SecureString' = 'String',
) {
  const Value = typeof value === 'string' ? value : JSON.stringify(value);
  const Name = path.startsWith('/') ? path : `/apppack/${path}`;
  await on.person.ssm.send(new PutParameterCommand({ Name, Value, Type, Overwrite: true }));
}

/** An item in DynamoDB's own form. */
export async function rawItem(on: Stage, primary_id: string, secondary_id: string): Promise<Attributes> {
  const Key = toAttributes({ primary_id, secondary_id });
  const get = new GetItemCommand({ TableName: 'apppack', Key, ConsistentRead: true });
  return (await on.person.dynamodb.send(get)).Item ?? {};
}

export async function item(on: Stage, primary_id: string, secondary_id: string) {
  return fromAttributes(await rawItem(on, primary_id, secondary_id));
}

/** What a revision, or the newest of a family, says of its first container, and its tags. */
export async function definition(on: Stage, taskDefinition: string) {
  await on.clock.advance(4_000);
  const described = await on.person.ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }),
  );
  const { containerDefinitions: [container] = [], cpu, revision } = described.taskDefinition ?? {};
  return {
    revision,
    cpu,
    image: container?.image,
    container: container?.name,
    start: [...(container?.entryPoint ?? []), ...(container?.command ?? [])],
    variables: Object.fromEntries(
      (container?.environment ?? []).map(({ name, value }) => [name ?? '', value ?? '']),
    ),
    secrets: container?.secrets ?? [],
    stream: container?.logConfiguration?.options?.['awslogs-stream-prefix'],
    tags: tagsIn(described.tags),
  };
}

/** The tags of every task that runs, by the group that ECS gives it. */
export async function tagsOfTasks(on: Stage): Promise<ReadonlyArray<Record<string, string>>> {
  await on.clock.advance(4_000);
  const { taskArns: tasks = [] } = await on.person.ecs.send(new ListTasksCommand({ cluster: 'main' }));
  const described = await on.person.ecs.send(
    new DescribeTasksCommand({ cluster: 'main', tasks, include: ['TAGS'] }),
  );
  return (described.tasks ?? []).map(({ tags, group = '' }) => ({ ...tagsIn(tags), group }));
}

function tagsIn(tags: readonly Tag[] = []): Record<string, string> {
  return Object.fromEntries(tags.map(({ key, value }) => [key ?? '', value ?? '']));
}
