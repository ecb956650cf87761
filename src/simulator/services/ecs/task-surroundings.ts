import type { TaskRecord } from './records.ts';
import type { EcsState } from './state.ts';

/** What a task needs from the services around it when it starts. */

/**
 * The reason why the task cannot start, when a parameter its secrets name does not exist.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
 */
export function missingSecrets(state: EcsState, task: TaskRecord): string | undefined {
  const references = parameterReferences(state, task);
  if (references.length === 0) return undefined;
  const missing = state.context.offers.missingParameters?.(references) ?? [];
  if (missing.length === 0) return undefined;
  return `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid parameters: ${missing.join(', ')}`;
}

/** Secrets Manager's ARNs are not Parameter Store's business. */
function parameterReferences(state: EcsState, task: TaskRecord): string[] {
  const containers = state.taskDefinitions.get(task.taskDefinitionArn)?.body.containerDefinitions ?? [];
  return containers
    .flatMap(({ secrets = [], logConfiguration }) => [...secrets, ...(logConfiguration?.secretOptions ?? [])])
    .map(({ valueFrom }) => valueFrom)
    .filter((reference) => !/^arn:[^:]*:secretsmanager:/.test(reference));
}

/** Writes what the task's fate says its container prints, to the stream that awslogs names. */
export function writeLogs(state: EcsState, task: TaskRecord, container: string | undefined): void {
  const lines = task.fate.logLines ?? [];
  if (lines.length === 0) return;
  const definitions = state.taskDefinitions.get(task.taskDefinitionArn)?.body.containerDefinitions;
  const log = definitions?.find(({ name }) => name === container)?.logConfiguration;
  const group = log?.options?.['awslogs-group'];
  if (log?.logDriver !== 'awslogs' || group === undefined) return;
  const prefix = log.options?.['awslogs-stream-prefix'];
  const stream = prefix === undefined ? task.id : `${prefix}/${container}/${task.id}`;
  for (const line of lines) state.context.offers.writeLog?.(group, stream, line);
}
