import { pullFailure } from './images.ts';
import type { TaskRecord } from './records.ts';
import type { EcsState } from './state.ts';

/** What a task needs from the services around it when it starts. */

/**
 * The reason why the task cannot start, when a parameter its secrets name does not exist or may not be read.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
 */
export function missingSecrets(state: EcsState, task: TaskRecord): string | undefined {
  const references = parameterReferences(state, task);
  if (references.length === 0) return undefined;
  if (task.fate.secretsDenied === true) return secretsFailure(deniedReason(state, task, references));
  const missing = state.context.offers.missingParameters?.(references) ?? [];
  return missing.length === 0 ? undefined : secretsFailure(`invalid parameters: ${missing.join(', ')}`);
}

function secretsFailure(why: string): string {
  return `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): ${why}`;
}

function deniedReason(state: EcsState, task: TaskRecord, [first = '']: readonly string[]): string {
  const { account } = state.context;
  const role = state.taskDefinitions.get(task.taskDefinitionArn)?.body.executionRoleArn?.split('/').at(-1);
  const parameter = first.startsWith('arn:')
    ? first
    : state.context.arn('ssm', `parameter/${first.replace(/^\//, '')}`);
  return `AccessDeniedException: User: arn:aws:sts::${account}:assumed-role/${role}/${task.id} is not authorized to perform: ssm:GetParameters on resource: ${parameter} because no identity-based policy allows the ssm:GetParameters action status code: 400`;
}

/** The reason why the first of the task's images that cannot be pulled cannot be, and the container that wants it. */
export function missingImage(
  state: EcsState,
  task: TaskRecord,
): { readonly reason: string; readonly container: string } | undefined {
  for (const { name, image } of task.containers) {
    const reason = image === undefined ? undefined : pullFailure(state.knobs.images, image);
    if (reason !== undefined) return { reason, container: name };
  }
  return undefined;
}

/** Secrets Manager's ARNs are not Parameter Store's business. */
function parameterReferences(state: EcsState, task: TaskRecord): string[] {
  const containers = state.taskDefinitions.get(task.taskDefinitionArn)?.body.containerDefinitions ?? [];
  return containers
    .flatMap(({ secrets = [], logConfiguration }) => [...secrets, ...(logConfiguration?.secretOptions ?? [])])
    .map(({ valueFrom }) => valueFrom)
    .filter((reference) => !/^arn:[^:]*:secretsmanager:/.test(reference));
}

/**
 * The reason why the task cannot start, when a container logs to a group that does not exist; otherwise its streams
 * are open. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
 */
export function missingLogGroup(state: EcsState, task: TaskRecord): string | undefined {
  const { openLogStream } = state.context.offers;
  const places = task.containers.flatMap(({ name }) => logPlace(state, task, name) ?? []);
  const missing = places.some(
    ({ group, stream, createGroup }) => openLogStream?.(group, stream, createGroup) === false,
  );
  if (!missing) return undefined;
  const cause =
    'failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.';
  // Only Fargate looks at the log driver before it starts a container.
  return task.platformVersion === undefined
    ? `CannotStartContainerError: Error response from daemon: failed to initialize logging driver: ${cause}`
    : `ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: ${cause} : exit status 1`;
}

/** Writes what the task's fate says its container prints, to the stream that awslogs names. */
export function writeLogs(state: EcsState, task: TaskRecord, container: string | undefined): void {
  const lines = task.fate.logLines ?? [];
  const place = lines.length === 0 ? undefined : logPlace(state, task, container);
  if (place === undefined) return;
  for (const line of lines) state.context.offers.writeLog?.(place.group, place.stream, line);
}

/** Where a container's lines go; nowhere that can be seen with another driver or in another region. */
function logPlace(
  state: EcsState,
  task: TaskRecord,
  container: string | undefined,
): { readonly group: string; readonly stream: string; readonly createGroup: boolean } | undefined {
  const definitions = state.taskDefinitions.get(task.taskDefinitionArn)?.body.containerDefinitions;
  const log = definitions?.find(({ name }) => name === container)?.logConfiguration;
  const group = log?.options?.['awslogs-group'];
  if (log?.logDriver !== 'awslogs' || group === undefined) return undefined;
  if (log.options?.['awslogs-region'] !== state.context.region) return undefined;
  const prefix = log.options?.['awslogs-stream-prefix'];
  const stream = prefix === undefined ? task.id : `${prefix}/${container}/${task.id}`;
  return { group, stream, createGroup: log.options?.['awslogs-create-group'] === 'true' };
}
