import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  type Failure as EcsFailure,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import { ABSENT, found, type Reading, unreadable } from '../reconcile/reading.ts';
import { onceEachFrozen } from '../reconcile/recall.ts';
import { chunksOf, passedOver, readList, readMany } from './complete.ts';
import { classify, errorCode } from './errors.ts';
import type { Service, Task, TaskDefinition } from './shapes.ts';

/** Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html */
export const SERVICES_MAX = 10;

/** Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html */
const TASKS_MAX = 100;

/** 100 tasks a page: more than one service can have had in the time we ask for. */
const PAGES_MAX = 50;

/** A reason in `failures` of an HTTP 200. */
const MISSING = 'MISSING';

/**
 * At most ten services of one cluster, with tags. "Missing" is said inside a good answer, and so is INACTIVE,
 * which is what a deleted service is for a while: both are absent. A missing cluster is not an absent service.
 */
export function describeServices(
  ecs: ECSClient,
  cluster: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, Reading<Service>>> {
  return readMany(names, async (some) => {
    const output = await ecs.send(
      new DescribeServicesCommand({ cluster, services: [...some], include: ['TAGS'] }),
    );
    const shown = new Map((output.services ?? []).map((service) => [service.serviceName, service]));
    const failures = new Map((output.failures ?? []).map((failure) => [lastPart(failure.arn), failure]));
    return new Map(some.map((name) => [name, readingOf(name, shown.get(name), failures.get(name))]));
  });
}

function readingOf(
  name: string,
  service: Service | undefined,
  failure: EcsFailure | undefined,
): Reading<Service> {
  if (service !== undefined) return service.status === 'INACTIVE' ? ABSENT : found(withoutEvents(service));
  if (failure === undefined) return passedOver(`service ${name}`);
  return failure.reason === MISSING ? ABSENT : failed(failure, `service ${name}`);
}

/** A hundred of them are most of what ECS says of a service; nobody looks at any, and sweeps compare and keep the rest. */
const withoutEvents = onceEachFrozen((service: Service): Service => {
  const { events = [], ...rest } = service;
  return events.length === 0 ? service : rest;
});

/**
 * One task definition, by revision ARN or, for the newest ACTIVE one, by family, with tags. ECS has no error of
 * its own for one that does not exist: "Unable to describe task definition" is a ClientException, which AWS gives
 * for "an identifier that isn't valid"; ours are well-formed, so it means that there is none.
 * Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html
 */
export async function describeTaskDefinition(
  ecs: ECSClient,
  taskDefinition: string,
): Promise<Reading<TaskDefinition>> {
  try {
    const output = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }));
    if (output.taskDefinition === undefined) return passedOver(`task definition ${taskDefinition}`);
    // A long list that ECS derives from the rest; nobody looks at it, and the cache holds many of these.
    const { requiresAttributes: _derived, ...definition } = output.taskDefinition;
    return found({ definition, tags: output.tags ?? [] });
  } catch (error) {
    return errorCode(error) === 'ClientException' ? ABSENT : unreadable(classify(error));
  }
}

/**
 * Tasks of a service that stopped within the hour or so that ECS remembers them. What was put into their
 * environment is left out: it may hold anything.
 */
export async function listStoppedTasks(
  ecs: ECSClient,
  cluster: string,
  service: string,
): Promise<Reading<readonly Task[]>> {
  const listed = await readList(
    `stopped tasks of ${service}`,
    () => PAGES_MAX,
    async (nextToken) => {
      const page = await ecs.send(
        new ListTasksCommand({ cluster, serviceName: service, desiredStatus: 'STOPPED', nextToken }),
      );
      return { items: page.taskArns ?? [], next: page.nextToken };
    },
  );
  if (listed.state !== 'found') return absentIf('ServiceNotFoundException', listed);
  const described = await describeAll(listed.value, TASKS_MAX, async (some) => {
    const output = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [...some] }));
    return { items: output.tasks ?? [], failures: output.failures ?? [] };
  });
  return described.state === 'found' ? found(described.value.map(withoutOverrides)) : described;
}

function withoutOverrides(task: Task): Task {
  const { overrides: _overrides, ...rest } = task;
  return rest;
}

interface Described<Item> {
  readonly items: readonly Item[];
  readonly failures: readonly EcsFailure[];
}

/** Describes what a list named; what was forgotten in between (MISSING) is no failure. */
export async function describeAll<Item>(
  arns: readonly string[],
  size: number,
  describe: (arns: readonly string[]) => Promise<Described<Item>>,
): Promise<Reading<readonly Item[]>> {
  try {
    const parts = await Promise.all(chunksOf(arns, size).map(describe));
    const failure = parts.flatMap((part) => part.failures).find(({ reason }) => reason !== MISSING);
    if (failure !== undefined) return failed(failure, failure.arn ?? 'one of them');
    return found(parts.flatMap((part) => part.items));
  } catch (error) {
    return unreadable(classify(error));
  }
}

/** Takes an error that only says that the thing is not there for what it is. */
export function absentIf<T>(code: string, reading: Reading<T>): Reading<T> {
  return reading.state === 'unreadable' && reading.failure.code === code ? ABSENT : reading;
}

function failed<T>(failure: EcsFailure, what: string): Reading<T> {
  const reason = failure.reason ?? 'no reason given';
  return unreadable({
    kind: 'refused',
    code: 'Failure',
    message: `ECS could not describe ${what}: ${reason}.`,
  });
}

/** The name at the end of an ARN (old ARNs of services lack the cluster), or of a plain name. */
function lastPart(arn: string | undefined): string {
  return arn?.slice(arn.lastIndexOf('/') + 1) ?? '';
}
