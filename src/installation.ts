import { CreateTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, GetQueueUrlCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { Clients } from './aws/clients.ts';
import { isNotFound } from './aws/errors.ts';
import type { Config } from './config.ts';
import { accessPaths } from './events/parameters.ts';
import { ruleDefinitions } from './events/rules.ts';
import type { Kind } from './reconcile/key.ts';
import { type Clock, sleep } from './reconcile/ports.ts';

/** Deliveries after which a message that nobody could handle goes to the dead-letter queue. */
const RECEIVES_MAX = 10;
const VISIBILITY_SECONDS = 30;
/** Dead letters wait for a person for as long as SQS keeps them. */
const DEAD_LETTER_SECONDS = 14 * 24 * 3600;

/** A new table is there within seconds. */
const TABLE_LOOK_MS = 500;
const TABLE_LOOKS_MAX = 120;

export interface Place {
  readonly account: string;
  readonly region: string;
}

/** The name of a queue given by name or URL. */
export function queueName(queue: string): string {
  return queue.slice(queue.lastIndexOf('/') + 1);
}

/** The dead-letter queue that belongs to a queue: `trimtab-work.fifo` → `trimtab-work-dead.fifo`. */
export function deadLetterName(queue: string): string {
  const name = queueName(queue);
  return name.endsWith('.fifo') ? `${name.slice(0, -'.fifo'.length)}-dead.fifo` : `${name}-dead`;
}

/**
 * Creates what an installation needs and a simulated account lacks: both queues with their dead-letter queues,
 * the rules that feed them, and the table. Safe to repeat. Real accounts get the same from a template.
 */
export async function createInstallation(
  clients: Clients,
  config: Config,
  {
    place,
    kinds,
    clock,
  }: { readonly place: Place; readonly kinds: ReadonlySet<Kind>; readonly clock: Clock },
): Promise<void> {
  const [intakeUrl] = await Promise.all([
    createQueue(clients, queueName(config.intakeQueue), place),
    createQueue(clients, queueName(config.workQueue), place),
    createTable(clients, config.table, clock),
  ]);
  await createRules(clients, config, { place, intakeUrl, kinds });
}

async function createQueue(clients: Clients, name: string, place: Place): Promise<string> {
  try {
    const existing = await clients.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    if (existing.QueueUrl !== undefined) return existing.QueueUrl;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const fifo: Record<string, string> = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
  const dead = deadLetterName(name);
  await clients.sqs.send(
    new CreateQueueCommand({
      QueueName: dead,
      Attributes: { ...fifo, MessageRetentionPeriod: String(DEAD_LETTER_SECONDS) },
    }),
  );
  const redrive = { deadLetterTargetArn: queueArn(dead, place), maxReceiveCount: RECEIVES_MAX };
  const created = await clients.sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: {
        ...fifo,
        VisibilityTimeout: String(VISIBILITY_SECONDS),
        RedrivePolicy: JSON.stringify(redrive),
      },
    }),
  );
  return created.QueueUrl ?? '';
}

function queueArn(name: string, { account, region }: Place): string {
  return `arn:aws:sqs:${region}:${account}:${name}`;
}

async function createTable(clients: Clients, table: string, clock: Clock): Promise<void> {
  if ((await tableStatus(clients, table)) === undefined) {
    await clients.dynamodb.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'primary_id', AttributeType: 'S' },
          { AttributeName: 'secondary_id', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'primary_id', KeyType: 'HASH' },
          { AttributeName: 'secondary_id', KeyType: 'RANGE' },
        ],
      }),
    );
  }
  for (let look = 0; look < TABLE_LOOKS_MAX; look += 1) {
    if ((await tableStatus(clients, table)) === 'ACTIVE') return;
    await sleep(clock, TABLE_LOOK_MS);
  }
  throw new Error(`the table ${table} did not become active`);
}

async function tableStatus(clients: Clients, table: string): Promise<string | undefined> {
  try {
    const { Table } = await clients.dynamodb.send(new DescribeTableCommand({ TableName: table }));
    return Table?.TableStatus;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function createRules(
  clients: Clients,
  config: Config,
  options: { readonly place: Place; readonly intakeUrl: string; readonly kinds: ReadonlySet<Kind> },
): Promise<void> {
  const intake = queueName(config.intakeQueue);
  const arn = queueArn(intake, options.place);
  const definitions = ruleDefinitions({
    prefix: config.prefix,
    kinds: options.kinds,
    accessPaths: accessPaths(config),
  });
  const ruleArn = `arn:aws:events:${options.place.region}:${options.place.account}:rule/${intake}-*`;
  await clients.sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl: options.intakeUrl,
      Attributes: { Policy: intakePolicy(arn, ruleArn) },
    }),
  );
  for (const definition of definitions) {
    const name = `${intake}-${definition.name}`;
    await clients.events.send(
      new PutRuleCommand({
        Name: name,
        Description: definition.description,
        EventPattern: JSON.stringify(definition.pattern),
      }),
    );
    const target = {
      Id: 'intake',
      Arn: arn,
      InputTransformer: {
        ...definition.transformer,
        InputPathsMap: { ...definition.transformer.InputPathsMap },
      },
    };
    const put = await clients.events.send(new PutTargetsCommand({ Rule: name, Targets: [target] }));
    if ((put.FailedEntryCount ?? 0) > 0) {
      throw new Error(
        `rule ${name} got no target: ${put.FailedEntries?.[0]?.ErrorMessage ?? 'no reason given'}`,
      );
    }
  }
}

/** Without it EventBridge drops events silently. Source: EventBridge eb-troubleshooting.html */
function intakePolicy(queue: string, rules: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'RulesOfThisInstallation',
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queue,
        Condition: { ArnLike: { 'aws:SourceArn': rules } },
      },
    ],
  });
}
