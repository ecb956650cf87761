import { randomUuid } from '../../random.ts';
import type { Caller, Operation, RegionContext } from '../../region.ts';
import { type Document, text, wholeNumber } from '../members.ts';
import { invalidParameter, invalidValue, missingParameter, sqsError } from './errors.ts';
import type { Message } from './message.ts';
import type { Queue } from './queue.ts';
import type { Registry } from './registry.ts';

/** A redrive of dead letters. */
export interface MoveTask {
  readonly id: string;
  readonly sourceArn: string;
  readonly destinationArn?: string;
  readonly messagesPerSecond?: number;
  readonly toMove: number;
  readonly startedAt: number;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  moved: number;
  failureReason?: string;
}

const MESSAGES_PER_SECOND_MAX = 500;
const RESULTS_MAX = 10;
const ROUND_MS = 1000;
const ARN = /^arn:[\w-]+:[\w-]+:[\w-]*:\d{12}:.+$/;

/** The redrives of one account and region, the newest last. Each moves its share once a second. */
export class MoveTasks {
  private readonly context: RegionContext;
  private readonly registry: Registry;
  private tasks: MoveTask[] = [];

  constructor(context: RegionContext, registry: Registry) {
    this.context = context;
    this.registry = registry;
  }

  readonly operations: Record<string, Operation> = {
    StartMessageMoveTask: (input, caller) => this.start(input, caller),
    ListMessageMoveTasks: (input, caller) => this.show(input, caller),
    CancelMessageMoveTask: (input, caller) => this.cancel(input, caller),
  };

  list(): readonly MoveTask[] {
    return this.tasks;
  }

  /** Replaces all tasks; those that run go on. */
  restore(tasks: readonly MoveTask[]): void {
    this.tasks = tasks.map((task) => ({ ...task }));
    for (const task of this.tasks) if (task.status === 'RUNNING') this.schedule(task);
  }

  private start(input: Document, caller: Caller): Record<string, unknown> {
    const sourceArn = requiredArn(input);
    const destinationArn = text(input, 'DestinationArn');
    const messagesPerSecond = wholeNumber(input, 'MaxNumberOfMessagesPerSecond');
    this.context.authorize('sqs:StartMessageMoveTask', sourceArn, caller);
    const source = this.registry.findByArn(sourceArn)?.queue;
    if (source === undefined) throw notFound('SourceArn');
    if (this.registry.sourcesOf(sourceArn).length === 0) {
      throw invalidParameter('Source queue must be configured as a Dead Letter Queue.');
    }
    this.checkDestination(source, destinationArn);
    checkRate(messagesPerSecond);
    if (this.tasks.some((task) => task.sourceArn === sourceArn && task.status === 'RUNNING')) {
      throw invalidParameter(
        'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
      );
    }
    const task: MoveTask = {
      id: randomUuid(this.context.random),
      sourceArn,
      ...(destinationArn === undefined ? {} : { destinationArn }),
      ...(messagesPerSecond === undefined ? {} : { messagesPerSecond }),
      toMove: source.store.count().visible,
      startedAt: this.context.clock.now(),
      status: 'RUNNING',
      moved: 0,
    };
    this.tasks.push(task);
    this.schedule(task);
    return { TaskHandle: writeHandle(task) };
  }

  private show(input: Document, caller: Caller): Record<string, unknown> {
    const sourceArn = requiredArn(input);
    const max = wholeNumber(input, 'MaxResults') ?? 1;
    if (max < 1 || max > RESULTS_MAX) {
      throw invalidValue('MaxResults', max, `Must be between 1 and ${RESULTS_MAX}, if provided.`);
    }
    this.context.authorize('sqs:ListMessageMoveTasks', sourceArn, caller);
    if (this.registry.findByArn(sourceArn) === undefined) throw notFound('SourceArn');
    const tasks = this.tasks.filter((task) => task.sourceArn === sourceArn).reverse();
    return { Results: tasks.slice(0, max).map(describe) };
  }

  private cancel(input: Document, caller: Caller): Record<string, unknown> {
    const handle = text(input, 'TaskHandle');
    if (handle === undefined) throw missingParameter('TaskHandle');
    const { id, sourceArn } = readHandle(handle);
    this.context.authorize('sqs:CancelMessageMoveTask', sourceArn, caller);
    if (this.registry.findByArn(sourceArn) === undefined) throw notFound('SourceArn');
    const task = this.tasks.find((other) => other.id === id && other.status === 'RUNNING');
    if (task === undefined) throw sqsError('ResourceNotFoundException', 'Task does not exist.');
    task.status = 'CANCELLED';
    return { ApproximateNumberOfMessagesMoved: task.moved };
  }

  private checkDestination(source: Queue, arn: string | undefined): void {
    if (arn === undefined) return;
    const destination = this.registry.findByArn(arn)?.queue;
    if (destination === undefined) throw notFound('DestinationArn');
    if (destination === source) throw invalidParameter('Source and destination queues cannot be the same.');
    if (destination.isFifo === source.isFifo) return;
    throw invalidParameter('Source and destination queues must be of the same type.');
  }

  private schedule(task: MoveTask): void {
    const elapsedMs = this.context.clock.now() - task.startedAt;
    this.context.clock.setTimer(ROUND_MS - (elapsedMs % ROUND_MS), () => this.moveRound(task));
  }

  private moveRound(task: MoveTask): void {
    if (task.status !== 'RUNNING' || !this.tasks.includes(task)) return;
    const source = this.registry.findByArn(task.sourceArn)?.queue;
    if (source === undefined) {
      fail(task, 'AWS.SimpleQueueService.NonExistentQueue');
      return;
    }
    const messages = source.store.list().filter((message) => message.state === 'visible');
    for (const message of messages.slice(0, task.messagesPerSecond ?? MESSAGES_PER_SECOND_MAX)) {
      if (!this.move(task, source, message)) return;
    }
    if (source.store.count().visible === 0) task.status = 'COMPLETED';
    else this.schedule(task);
  }

  private move(task: MoveTask, source: Queue, message: Message): boolean {
    const arn = task.destinationArn ?? message.content.deadLetterSourceArn;
    const target = arn === undefined ? undefined : this.registry.findByArn(arn)?.queue;
    if (target === undefined) {
      fail(
        task,
        arn === undefined ? 'CouldNotDetermineMessageSource' : 'AWS.SimpleQueueService.NonExistentQueue',
      );
      return false;
    }
    source.store.remove(message);
    task.moved += 1;
    const { deadLetterSourceArn: _left, ...content } = message.content;
    // "All redriven messages are considered new messages": SQS sqs-configure-dead-letter-queue-redrive.html
    const renewed = {
      ...content,
      messageId: randomUuid(this.context.random),
      sentAt: this.context.clock.now(),
      ...(target.isFifo ? { sequenceNumber: target.nextSequenceNumber() } : {}),
    };
    target.put(renewed, 0);
    return true;
  }
}

/** Source: SQS API_ListMessageMoveTasksResultEntry.html; only a running task shows its handle. */
function describe(task: MoveTask): Record<string, unknown> {
  return {
    Status: task.status,
    SourceArn: task.sourceArn,
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    StartedTimestamp: task.startedAt,
    ...(task.status === 'RUNNING' ? { TaskHandle: writeHandle(task) } : {}),
    ...(task.destinationArn === undefined ? {} : { DestinationArn: task.destinationArn }),
    ...(task.messagesPerSecond === undefined ? {} : { MaxNumberOfMessagesPerSecond: task.messagesPerSecond }),
    ...(task.failureReason === undefined ? {} : { FailureReason: task.failureReason }),
  };
}

function fail(task: MoveTask, reason: string): void {
  task.status = 'FAILED';
  task.failureReason = reason;
}

function writeHandle({ id, sourceArn }: MoveTask): string {
  return Buffer.from(JSON.stringify({ taskId: id, sourceArn }), 'utf8').toString('base64');
}

function readHandle(handle: string): { id: string; sourceArn: string } {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(handle, 'base64').toString('utf8'));
    const { taskId, sourceArn } = Object(parsed) as Record<string, unknown>; // Any value has members to ask for.
    if (typeof taskId === 'string' && typeof sourceArn === 'string') return { id: taskId, sourceArn };
  } catch {
    // Falls through to the same refusal: it is no handle of ours.
  }
  throw invalidParameter('Value for parameter TaskHandle is invalid.');
}

function requiredArn(input: Document): string {
  const arn = text(input, 'SourceArn');
  if (arn === undefined) throw missingParameter('SourceArn');
  if (ARN.test(arn)) return arn;
  throw invalidParameter(
    'You must use this format to specify the SourceArn: arn:<partition>:<service>:<region>:<account-id>:<resource-id>',
  );
}

function checkRate(perSecond: number | undefined): void {
  if (perSecond === undefined || (perSecond >= 1 && perSecond <= MESSAGES_PER_SECOND_MAX)) return;
  throw invalidValue(
    'MaxNumberOfMessagesPerSecond',
    perSecond,
    `Must be between 1 and ${MESSAGES_PER_SECOND_MAX}, if provided.`,
  );
}

function notFound(parameter: string) {
  return sqsError(
    'ResourceNotFoundException',
    `The resource that you specified for the ${parameter} parameter doesn't exist.`,
  );
}
