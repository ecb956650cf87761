import { clientError } from './errors.ts';
import { seconds } from './identifiers.ts';
import type { Document } from './input.ts';
import type { TaskDefinitionRecord } from './records.ts';
import type { EcsState } from './state.ts';
import { compatibilitiesOf, requiredAttributes } from './task-definition-normal.ts';

/** How long a deleted revision that nobody uses stays DELETE_IN_PROGRESS. AWS names no number. */
const DELETE_MS = 60_000;

/** A reference to a definition; without a revision it means the latest ACTIVE one. */
export interface Reference {
  readonly family: string;
  readonly revision?: number;
}

/** Reads `family`, `family:revision` or an ARN of either; undefined when it is of elsewhere or no reference. */
export function parseReference(state: EcsState, text: string): Reference | undefined {
  const prefix = state.context.arn('ecs', 'task-definition/');
  if (text.startsWith('arn:') && !text.startsWith(prefix)) return undefined;
  const name = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  const parts = /^([A-Za-z0-9_-]{1,255})(?::(\d{1,7}))?$/.exec(name);
  const family = parts?.[1];
  if (family === undefined) return undefined;
  return parts?.[2] === undefined ? { family } : { family, revision: Number(parts[2]) };
}

export function taskDefinitionArn(state: EcsState, family: string, revision: number): string {
  return state.context.arn('ecs', `task-definition/${family}:${revision}`);
}

/**
 * Finds a definition of any status. A look-up by family may answer from the past (`at`); one by revision is
 * always of now.
 */
export function findTaskDefinition(
  state: EcsState,
  reference: Reference | undefined,
  at?: number,
): TaskDefinitionRecord | undefined {
  if (reference === undefined) return undefined;
  const { family, revision } = reference;
  if (revision === undefined) return latestActive(state, family, at);
  const found = state.taskDefinitions.get(taskDefinitionArn(state, family, revision));
  return found === undefined || forgetIfDeleted(state, found) ? undefined : found;
}

function latestActive(state: EcsState, family: string, at?: number): TaskDefinitionRecord | undefined {
  const revisions = state.families.get(family)?.revisions ?? [];
  for (let index = revisions.length - 1; index >= 0; index -= 1) {
    const revision = revisions[index];
    if (revision === undefined) continue;
    const found = state.taskDefinitions.get(taskDefinitionArn(state, family, revision), at);
    if (found?.status === 'ACTIVE') return found;
  }
  return undefined;
}

/**
 * The definition for a new task or service. An INACTIVE revision is refused at once: AWS allows itself up to
 * ten minutes, on which nobody can rely.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deregister-task-definition-v2.html
 */
export function requireTaskDefinition(state: EcsState, text: string): TaskDefinitionRecord {
  const found = findTaskDefinition(state, parseReference(state, text));
  if (found === undefined) throw clientError('TaskDefinition not found.');
  if (found.status !== 'ACTIVE') throw clientError('TaskDefinition is inactive');
  return found;
}

/** Puts a definition in its place among the family's revisions. */
export function putTaskDefinition(state: EcsState, definition: TaskDefinitionRecord): void {
  const family = state.families.get(definition.family) ?? { lastRevision: 0, revisions: [] };
  state.families.set(definition.family, family);
  const { revisions } = family;
  if ((revisions.at(-1) ?? 0) < definition.revision) revisions.push(definition.revision);
  else if (!revisions.includes(definition.revision)) {
    revisions.push(definition.revision);
    revisions.sort((a, b) => a - b);
  }
  family.lastRevision = Math.max(family.lastRevision, definition.revision);
  state.taskDefinitions.put(definition.arn, definition);
}

/** DELETE_IN_PROGRESS lasts while a service or a task uses the revision; then it is gone. */
function forgetIfDeleted(state: EcsState, definition: TaskDefinitionRecord): boolean {
  const requestedAt = definition.deleteRequestedAt;
  if (requestedAt === undefined || requestedAt + DELETE_MS > state.context.clock.now()) return false;
  if (isUsed(state, definition.arn)) return false;
  const revisions = state.families.get(definition.family)?.revisions;
  revisions?.splice(revisions.indexOf(definition.revision), 1);
  state.taskDefinitions.remove(definition.arn);
  return true;
}

function isUsed(state: EcsState, arn: string): boolean {
  for (const service of state.services.values()) {
    const used = service.deployments.some(({ workload }) => workload.taskDefinition === arn);
    if (used || (service.status !== 'INACTIVE' && service.workload.taskDefinition === arn)) return true;
  }
  for (const task of state.tasks.values()) {
    if (task.taskDefinitionArn === arn && task.lastStatus !== 'STOPPED') return true;
  }
  return false;
}

/** Records never change, and each is described many times. */
const rendered = new WeakMap<TaskDefinitionRecord, Document>();

/** `taskDefinition` of a response. */
export function renderTaskDefinition(definition: TaskDefinitionRecord): Document {
  const known = rendered.get(definition) ?? Object.freeze(newlyRendered(definition));
  rendered.set(definition, known);
  return known;
}

function newlyRendered(definition: TaskDefinitionRecord): Document {
  const { deregisteredAt, deleteRequestedAt } = definition;
  return {
    ...definition.body,
    taskDefinitionArn: definition.arn,
    revision: definition.revision,
    status: definition.status,
    requiresAttributes: requiredAttributes(definition.body),
    compatibilities: compatibilitiesOf(definition.body),
    registeredAt: seconds(definition.registeredAt),
    registeredBy: definition.registeredBy,
    ...(deregisteredAt === undefined ? {} : { deregisteredAt: seconds(deregisteredAt) }),
    ...(deleteRequestedAt === undefined ? {} : { deleteRequestedAt: seconds(deleteRequestedAt) }),
  };
}
