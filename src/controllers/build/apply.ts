import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { RunTaskCommandInput } from '@aws-sdk/client-ecs';
import { putText } from '../../aws/artifacts.ts';
import { type Attributes, fromAttributes, toAttribute, toAttributes } from '../../aws/attributes.ts';
import type { Clients } from '../../aws/clients.ts';
import { classify, errorCode } from '../../aws/errors.ts';
import { readLog } from '../../aws/task-logs.ts';
import { startTask, stopTask } from '../../aws/tasks.ts';
import type { ApplyContext } from '../../reconcile/controller.ts';
import { LeaseLostError, NotYetError, unreachable } from '../../reconcile/errors.ts';
import type { Key } from '../../reconcile/key.ts';
import { canonicalJson } from '../../reconcile/plan.ts';
import { type BuildRecord, buildAttributes, PHASES } from '../../store/builds.ts';
import { releaseItem } from '../../store/releases.ts';
import type { ItemKey } from '../../store/table.ts';
import type {
  BuildAction,
  CopyLog,
  CopyResult,
  RunResult,
  RunTask,
  WriteBuild,
  WriteRelease,
} from './actions.ts';
import { withPhase } from './task-steps.ts';

/** Makes a key look; `cause` is a text that no other nudge of the last minutes has. */
export type NudgePort = (key: Key, cause: string) => Promise<void>;

export interface BuildPorts {
  readonly clients: Pick<Clients, 'dynamodb' | 'ecs' | 'ecsOnce' | 's3' | 'logs'>;
  readonly table: string;
  /** Where the installation's table is: the release record lies there, records of builds beside their app. */
  readonly home: DynamoDBClient;
  readonly nudge: NudgePort;
}

/** Does one write of a build key; throws what AWS threw. */
export async function applyBuild(
  action: BuildAction,
  context: ApplyContext,
  ports: BuildPorts,
): Promise<unknown> {
  switch (action.type) {
    case 'writeBuild':
      return writeBuild(action, context, ports);
    case 'writeRelease':
      return writeRelease(action, ports);
    case 'runTask':
      return runTask(action, ports);
    case 'stopTask':
      return stopTask(ports.clients.ecs, action);
    case 'copyLog':
      return copyLog(action, ports);
    case 'nudge':
      return ports.nudge(action.key, action.cause);
    default:
      return unreachable(action);
  }
}

/** A token makes ECS give the task of an earlier call back; the mark is what the task is looked for by. */
async function runTask(action: RunTask, { clients }: BuildPorts): Promise<RunResult> {
  // The arguments are RunTask's own, as the app's stack wrote them; what is ours stands behind them.
  const given = action.arguments as Partial<RunTaskCommandInput>;
  const answer = await startTask(clients.ecsOnce, {
    propagateTags: 'TASK_DEFINITION',
    ...given,
    cluster: action.cluster,
    taskDefinition: action.taskDefinition,
    startedBy: action.startedBy,
    clientToken: action.clientToken,
  });
  return 'arn' in answer ? answer : { ...answer, attempt: action.attempt };
}

async function copyLog(action: CopyLog, ports: BuildPorts): Promise<CopyResult> {
  try {
    return await copy(action, ports);
  } catch (error) {
    const mayGoOn = action.tolerant && !(error instanceof LeaseLostError) && !(error instanceof NotYetError);
    if (!mayGoOn) throw error;
    return { problem: classify(error).message };
  }
}

async function copy({ from, to, note }: CopyLog, { clients }: BuildPorts): Promise<CopyResult> {
  const log = from === undefined ? { lines: [], complete: true } : await readLog(clients.logs, from);
  const cut = log.complete ? [] : ['[trimtab] There is more of it in the log group.'];
  const lines = [...log.lines, ...cut, `[trimtab] ${note}`];
  await putText(clients.s3, to, `${lines.join('\n')}\n`);
  return { url: `s3://${to.bucket}/${to.key}` };
}

async function writeBuild(action: WriteBuild, context: ApplyContext, ports: BuildPorts): Promise<void> {
  const record = completed(action, context);
  const { revision } = record;
  const absent = PHASES.filter((name) => record.phases[name] === undefined);
  const set = toAttributes({ ...buildAttributes(record, action.owner), trimtab_revision: revision + 1 });
  const names = [...Object.keys(set), ...absent];
  const condition =
    revision === 0 ? 'attribute_not_exists(trimtab_revision)' : 'trimtab_revision = :expected';
  await conditionally(
    { dynamodb: ports.clients.dynamodb, table: ports.table, key: record.key },
    () =>
      ports.clients.dynamodb.send(
        new UpdateItemCommand({
          TableName: ports.table,
          Key: keyOf(record.key),
          UpdateExpression: [
            `SET ${Object.keys(set)
              .map((_, index) => `#${index} = :${index}`)
              .join(', ')}`,
            ...(absent.length === 0
              ? []
              : [`REMOVE ${absent.map((_, index) => `#${index + Object.keys(set).length}`).join(', ')}`]),
          ].join(' '),
          ConditionExpression: condition,
          ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#${index}`, name])),
          ExpressionAttributeValues: {
            ...Object.fromEntries(Object.values(set).map((value, index) => [`:${index}`, value])),
            ...(revision === 0 ? {} : { ':expected': toAttribute(revision) }),
          },
        }),
      ),
    set,
  );
}

/** The record with what the action before it gave: that a task was started, or where a log was copied to. */
function completed({ record, started, copied }: WriteBuild, { results }: ApplyContext): BuildRecord {
  let next = record;
  // `runTask` gives a `RunResult`.
  if (started !== undefined && 'refused' in (results.get(started.by) as RunResult)) {
    const { [started.task]: _notStarted, ...phases } = record.phases;
    next = { ...record, phases };
  }
  if (copied !== undefined) {
    // `copyLog` gives a `CopyResult`.
    const result = results.get(copied.by) as CopyResult;
    if ('url' in result)
      next = withPhase(next, copied.task, { ...next.phases[copied.task], logs: result.url });
  }
  return next;
}

async function writeRelease({ key, record, owner }: WriteRelease, ports: BuildPorts): Promise<void> {
  const item = toAttributes(releaseItem(key, record, owner));
  const isFirst = record.revision === 1;
  await conditionally(
    { dynamodb: ports.home, table: ports.table, key },
    () =>
      ports.home.send(
        new PutItemCommand({
          TableName: ports.table,
          Item: item,
          ConditionExpression: isFirst ? 'attribute_not_exists(#value)' : '#value.#revision = :expected',
          ExpressionAttributeNames: { '#value': 'value', ...(isFirst ? {} : { '#revision': 'revision' }) },
          ...(isFirst
            ? {}
            : { ExpressionAttributeValues: { ':expected': toAttribute(record.revision - 1) } }),
        }),
      ),
    item,
  );
}

/**
 * A condition that fails may only mean that our own write took effect, its answer was lost and the SDK sent it again:
 * then the item is as we wanted it.
 */
async function conditionally(
  {
    dynamodb,
    table,
    key,
  }: { readonly dynamodb: DynamoDBClient; readonly table: string; readonly key: ItemKey },
  write: () => Promise<unknown>,
  wanted: Attributes,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (errorCode(error) !== 'ConditionalCheckFailedException') throw error;
    const read = await dynamodb.send(
      new GetItemCommand({ TableName: table, Key: keyOf(key), ConsistentRead: true }),
    );
    const item = read.Item ?? {};
    const same = Object.entries(wanted).every(
      ([name, value]) => canonicalJson(fromAttributes({ v: value })) === canonicalJson(fromOne(item[name])),
    );
    if (!same) throw error;
  }
}

function fromOne(value: Attributes[string] | undefined): unknown {
  return value === undefined ? undefined : fromAttributes({ v: value });
}

function keyOf({ partition, sort }: ItemKey): Attributes {
  return { primary_id: toAttribute(partition), secondary_id: toAttribute(sort) };
}
