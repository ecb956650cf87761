import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  type Deployment,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
  type ListTasksCommandInput,
  type RegisterTaskDefinitionCommandInput,
  RunTaskCommand,
  type RunTaskCommandInput,
  type Service,
  type ServiceDeploymentBrief,
  type Task,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type EcsService, isEcsService } from '../../../../src/simulator/services/ecs/index.ts';
import { type Bench, DEFAULT_ACCOUNT, DEFAULT_REGION, openBench } from '../../kit.ts';

export const NETWORK = {
  awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'] },
};

export const GROUP = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/1';

export const BALANCER = { targetGroupArn: GROUP, containerName: 'web', containerPort: 8000 };

// Takes a member out of a builder's defaults; `exactOptionalPropertyTypes` would not let undefined through.
export const ABSENT = undefined as never;

export const BREAKER = { deploymentCircuitBreaker: { enable: true, rollback: true } };

/** A bench with a cluster `main`, its ECS client, and the service behind it. */
export interface EcsBench extends Bench {
  readonly aws: ECSClient;
  readonly ecs: EcsService;
}

/** Opens an account with a cluster `main` and a target group; `section` goes into its ECS section. */
export function openEcs(
  section: Record<string, unknown> = {},
  options: Parameters<typeof openBench>[0] = {},
): EcsBench {
  const bench = openBench(options);
  const ecs = bench.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get('ecs');
  if (!isEcsService(ecs)) throw new Error('the simulator has no ECS');
  bench.simulator
    .region(DEFAULT_ACCOUNT, DEFAULT_REGION)
    .get('elbv2')
    ?.load({ targetGroups: [{ arn: GROUP }] });
  ecs.load({ clusters: [{ name: 'main' }], ...section });
  return { ...bench, aws: new ECSClient(bench.client()), ecs };
}

/** A Fargate definition that AWS accepts; a test says only what it is about. */
export function webDefinition(
  changes: Partial<RegisterTaskDefinitionCommandInput> = {},
): RegisterTaskDefinitionCommandInput {
  return {
    family: 'shop-web',
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
    containerDefinitions: [
      { name: 'web', image: 'shop:1', portMappings: [{ containerPort: 8000 }], command: ['serve'] },
    ],
    ...changes,
  };
}

/** A world section with one steady service `shop-web` and two revisions of its definition. */
export function shopSection(service: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    taskDefinitions: [
      webDefinition(),
      webDefinition({ containerDefinitions: [{ name: 'web', image: 'shop:2' }] }),
    ],
    services: [
      {
        cluster: 'main',
        name: 'shop-web',
        taskDefinition: 'shop-web:1',
        desiredCount: 2,
        deploymentConfiguration: BREAKER,
        ...service,
      },
    ],
  };
}

export async function describe1(bench: EcsBench, name = 'shop-web'): Promise<Service> {
  const { services } = await bench.aws.send(
    new DescribeServicesCommand({ cluster: 'main', services: [name], include: ['TAGS'] }),
  );
  const service = services?.[0];
  if (service === undefined) throw new Error(`there is no service ${name}`);
  return service;
}

export async function primary(bench: EcsBench, name = 'shop-web'): Promise<Deployment> {
  const deployment = (await describe1(bench, name)).deployments?.[0];
  if (deployment === undefined) throw new Error(`${name} has no deployment`);
  return deployment;
}

export async function history(bench: EcsBench, name = 'shop-web'): Promise<ServiceDeploymentBrief[]> {
  const { serviceDeployments } = await bench.aws.send(
    new ListServiceDeploymentsCommand({ cluster: 'main', service: name }),
  );
  return serviceDeployments ?? [];
}

export async function runningTasks(bench: EcsBench, name = 'shop-web'): Promise<string[]> {
  const { taskArns } = await bench.aws.send(new ListTasksCommand({ cluster: 'main', serviceName: name }));
  return taskArns ?? [];
}

/** Creates `shop-web` on Fargate from the latest revision of its family. */
export function create(bench: EcsBench, changes: Partial<CreateServiceCommandInput> = {}) {
  return bench.aws.send(
    new CreateServiceCommand({
      cluster: 'main',
      serviceName: 'shop-web',
      taskDefinition: 'shop-web',
      desiredCount: 1,
      launchType: 'FARGATE',
      networkConfiguration: NETWORK,
      ...changes,
    }),
  );
}

export function update(bench: EcsBench, changes: Partial<UpdateServiceCommandInput>) {
  return bench.aws.send(new UpdateServiceCommand({ cluster: 'main', service: 'shop-web', ...changes }));
}

export function deploy(bench: EcsBench, taskDefinition: string) {
  return update(bench, { taskDefinition });
}

/** A bench with the definition of `shop-web` and no service. */
export function withDefinition(section: Record<string, unknown> = {}): EcsBench {
  return openEcs({ taskDefinitions: [webDefinition()], ...section });
}

/** The messages of a service's events, newest first. */
export async function messages(bench: EcsBench): Promise<string[]> {
  return ((await describe1(bench)).events ?? []).map(({ message = '' }) => message);
}

/** A bench with the definition of `shop-release`, for tasks of their own. */
export function openRelease(section: Record<string, unknown> = {}): EcsBench {
  return openEcs({
    taskDefinitions: [webDefinition({ family: 'shop-release', tags: [{ key: 'def', value: '1' }] })],
    ...section,
  });
}

export function run(bench: EcsBench, changes: Partial<RunTaskCommandInput> = {}) {
  return bench.aws.send(
    new RunTaskCommand({
      cluster: 'main',
      taskDefinition: 'shop-release',
      launchType: 'FARGATE',
      networkConfiguration: NETWORK,
      ...changes,
    }),
  );
}

/** Runs one task and gives its ARN. */
export async function start(bench: EcsBench, changes: Partial<RunTaskCommandInput> = {}): Promise<string> {
  const { tasks } = await run(bench, changes);
  return tasks?.[0]?.taskArn ?? '';
}

export async function look(bench: EcsBench, arn: string): Promise<Task> {
  const { tasks } = await bench.aws.send(
    new DescribeTasksCommand({ cluster: 'main', tasks: [arn], include: ['TAGS'] }),
  );
  const task = tasks?.[0];
  if (task === undefined) throw new Error(`there is no task ${arn}`);
  return task;
}

export async function list(bench: EcsBench, input: Partial<ListTasksCommandInput> = {}): Promise<string[]> {
  const { taskArns } = await bench.aws.send(new ListTasksCommand({ cluster: 'main', ...input }));
  return taskArns ?? [];
}

/** What went wrong: the wire name and the message of the error a call answers with. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return { name: error.name, message: error.message };
  }
  throw new Error('the call was not refused');
}

/** An event as it reaches a queue. */
export interface ReceivedEvent {
  readonly 'detail-type': string;
  readonly source: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Sends ECS's events to a queue; the result takes out what has arrived since the last time. */
export async function watchEvents(bench: EcsBench): Promise<() => Promise<ReceivedEvent[]>> {
  const sqs = new SQSClient(bench.client());
  const events = new EventBridgeClient(bench.client());
  const arn = `arn:aws:sqs:${DEFAULT_REGION}:${DEFAULT_ACCOUNT}:watch`;
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: arn,
  };
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({
      QueueName: 'watch',
      Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) },
    }),
  );
  await events.send(
    new PutRuleCommand({ Name: 'watch', EventPattern: JSON.stringify({ source: ['aws.ecs'] }) }),
  );
  await events.send(new PutTargetsCommand({ Rule: 'watch', Targets: [{ Id: 'queue', Arn: arn }] }));
  return () => takeAll(sqs, QueueUrl ?? '');
}

async function takeAll(sqs: SQSClient, queueUrl: string): Promise<ReceivedEvent[]> {
  const taken: ReceivedEvent[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return taken;
    for (const { Body = '{}', ReceiptHandle } of Messages) {
      taken.push(JSON.parse(Body));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
  }
}
