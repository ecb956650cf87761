import { z } from 'zod';
import type { Caller } from '../../region.ts';
import { clientError, invalidParameter } from './errors.ts';
import { PASSED_TO_TASKS, principalArn } from './identifiers.ts';
import { type Document, parseInput } from './input.ts';
import { cutPage, pageAnswer, readInstant } from './reads.ts';
import type { TaskDefinitionRecord } from './records.ts';
import { paging, text, texts } from './shapes.ts';
import type { EcsState } from './state.ts';
import { checkTags } from './tags.ts';
import { normalizeTaskDefinition } from './task-definition-normal.ts';
import { checkTaskDefinition } from './task-definition-rules.ts';
import { registerTaskDefinition as registerShape } from './task-definition-shape.ts';
import {
  findTaskDefinition,
  parseReference,
  putTaskDefinition,
  renderTaskDefinition,
  taskDefinitionArn,
} from './task-definition-store.ts';

const REVISIONS_MAX = 1_000_000;
const DELETE_BATCH_MAX = 10;

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html */
export function registerTaskDefinition(state: EcsState, input: Document, caller: Caller): Document {
  const { tags: givenTags, ...definition } = parseInput(registerShape, input, 'ClientException');
  const { context } = state;
  context.authorize('ecs:RegisterTaskDefinition', anyRevision(state, definition.family), caller);
  checkTaskDefinition(definition);
  const tags = checkTags(givenTags);
  const revision = nextRevision(state, definition.family);
  const arn = taskDefinitionArn(state, definition.family, revision);
  if (tags.length > 0) context.authorize('ecs:TagResource', arn, caller);
  for (const role of [definition.taskRoleArn, definition.executionRoleArn]) {
    if (role !== undefined) context.authorize('iam:PassRole', role, caller, PASSED_TO_TASKS);
  }
  const registered: TaskDefinitionRecord = {
    arn,
    family: definition.family,
    revision,
    status: 'ACTIVE',
    body: normalizeTaskDefinition(definition),
    tags,
    registeredAt: context.clock.now(),
    registeredBy: principalArn(state, caller),
  };
  putTaskDefinition(state, registered);
  return { taskDefinition: renderTaskDefinition(registered), tags };
}

function anyRevision(state: EcsState, family: string): string {
  return state.context.arn('ecs', `task-definition/${family}:*`);
}

/** Numbers count up over deregistered and deleted revisions too, up to AWS's cap. */
function nextRevision(state: EcsState, family: string): number {
  const contended = state.knobs.contendedFamilies.get(family) ?? 0;
  if (contended > 0) {
    state.knobs.contendedFamilies.set(family, contended - 1);
    throw clientError('Too many concurrent attempts to create a new revision of the specified family.');
  }
  const revision = (state.families.get(family)?.lastRevision ?? 0) + 1;
  if (revision > REVISIONS_MAX) {
    throw clientError(`The family has reached the limit of ${REVISIONS_MAX} revisions.`);
  }
  return revision;
}

const describeShape = z.object({ taskDefinition: text, include: z.array(z.enum(['TAGS'])).optional() });

export function describeTaskDefinition(state: EcsState, input: Document, caller: Caller): Document {
  const { taskDefinition, include } = parseInput(describeShape, input, 'ClientException');
  const reference = parseReference(state, taskDefinition);
  const at = readInstant(state.context);
  const definition = findTaskDefinition(state, reference, at);
  const resource = definition?.arn ?? anyRevision(state, reference?.family ?? '*');
  state.context.authorize('ecs:DescribeTaskDefinition', resource, caller);
  if (definition === undefined) throw clientError('Unable to describe task definition.');
  return {
    taskDefinition: renderTaskDefinition(definition),
    ...(include?.includes('TAGS') === true ? { tags: definition.tags } : {}),
  };
}

const deregisterShape = z.object({ taskDefinition: text });

export function deregisterTaskDefinition(state: EcsState, input: Document, caller: Caller): Document {
  const { taskDefinition } = parseInput(deregisterShape, input, 'ClientException');
  const reference = parseReference(state, taskDefinition);
  if (reference !== undefined && reference.revision === undefined) {
    throw invalidParameter('Revision is missing.');
  }
  const definition = findTaskDefinition(state, reference);
  state.context.authorize('ecs:DeregisterTaskDefinition', definition?.arn ?? taskDefinition, caller);
  if (definition === undefined) throw clientError('The specified task definition does not exist.');
  const deregistered: TaskDefinitionRecord =
    definition.status === 'ACTIVE'
      ? { ...definition, status: 'INACTIVE', deregisteredAt: state.context.clock.now() }
      : definition;
  putTaskDefinition(state, deregistered);
  return { taskDefinition: renderTaskDefinition(deregistered) };
}

const deleteShape = z.object({ taskDefinitions: texts });

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html */
export function deleteTaskDefinitions(state: EcsState, input: Document, caller: Caller): Document {
  const { taskDefinitions } = parseInput(deleteShape, input);
  if (taskDefinitions.length === 0) throw invalidParameter('TaskDefinitions cannot be empty.');
  if (taskDefinitions.length > DELETE_BATCH_MAX) {
    throw invalidParameter(`At most ${DELETE_BATCH_MAX} task definitions can be deleted in one call.`);
  }
  const deleted: Document[] = [];
  const failures: Document[] = [];
  for (const given of taskDefinitions) {
    const result = deleteOne(state, given, caller);
    if ('reason' in result) failures.push(result);
    else deleted.push(result);
  }
  return { taskDefinitions: deleted, failures };
}

function deleteOne(state: EcsState, given: string, caller: Caller): Document {
  const reference = parseReference(state, given);
  if (reference === undefined || reference.revision === undefined) {
    throw invalidParameter(`Invalid task definition: '${given}'. A revision is required.`);
  }
  const { family, revision } = reference;
  const arn = taskDefinitionArn(state, family, revision);
  state.context.authorize('ecs:DeleteTaskDefinitions', arn, caller);
  const definition = findTaskDefinition(state, reference);
  if (definition === undefined) return { arn, reason: 'TASK_DEFINITION_NOT_FOUND' };
  if (definition.status === 'ACTIVE') {
    return {
      arn,
      reason: 'TASK_DEFINITION_ACTIVE',
      detail: 'The specified task definition is still in ACTIVE status. Please deregister it and try again.',
    };
  }
  const marked: TaskDefinitionRecord = {
    ...definition,
    status: 'DELETE_IN_PROGRESS',
    deleteRequestedAt: definition.deleteRequestedAt ?? state.context.clock.now(),
  };
  putTaskDefinition(state, marked);
  return renderTaskDefinition(marked);
}

const listShape = z.object({
  familyPrefix: text.optional(),
  status: z.enum(['ACTIVE', 'INACTIVE', 'DELETE_IN_PROGRESS']).optional(),
  sort: z.enum(['ASC', 'DESC']).optional(),
  ...paging,
});

/** `familyPrefix` is the whole name of a family here, unlike in ListTaskDefinitionFamilies. */
export function listTaskDefinitions(state: EcsState, input: Document, caller: Caller): Document {
  const request = parseInput(listShape, input);
  state.context.authorize('ecs:ListTaskDefinitions', '*', caller);
  const { familyPrefix, status = 'ACTIVE', sort = 'ASC' } = request;
  const families =
    familyPrefix === undefined
      ? sortedFamilies(state)
      : sortedFamilies(state, (name) => name === familyPrefix);
  const at = readInstant(state.context);
  const listed = families.flatMap((family) => revisionsOf(state, family, status, at));
  const descending = sort === 'DESC';
  if (descending) listed.reverse();
  const page = cutPage(
    listed,
    ({ family, revision }) => `${family}\u0000${String(revision).padStart(8, '0')}`,
    {
      scope: `taskDefinitions/${familyPrefix}/${status}/${sort}`,
      maxResults: request.maxResults,
      nextToken: request.nextToken,
      defaultMax: 100,
    },
    descending ? (a, b) => a < b : undefined,
  );
  return pageAnswer('taskDefinitionArns', page, ({ arn }) => arn);
}

function sortedFamilies(state: EcsState, wanted: (name: string) => boolean = () => true): string[] {
  return [...state.families.keys()].filter(wanted).sort();
}

function revisionsOf(
  state: EcsState,
  family: string,
  status: TaskDefinitionRecord['status'],
  at: number | undefined,
): TaskDefinitionRecord[] {
  const revisions = state.families.get(family)?.revisions ?? [];
  return revisions.flatMap((revision) => {
    const definition = state.taskDefinitions.get(taskDefinitionArn(state, family, revision), at);
    return definition?.status === status ? [definition] : [];
  });
}

const familiesShape = z.object({
  familyPrefix: text.optional(),
  status: z.enum(['ACTIVE', 'INACTIVE', 'ALL']).optional(),
  ...paging,
});

/** A family is ACTIVE when one of its revisions is. */
export function listTaskDefinitionFamilies(state: EcsState, input: Document, caller: Caller): Document {
  const request = parseInput(familiesShape, input);
  state.context.authorize('ecs:ListTaskDefinitionFamilies', '*', caller);
  const { familyPrefix = '', status = 'ALL' } = request;
  const at = readInstant(state.context);
  const families = sortedFamilies(state, (name) => name.startsWith(familyPrefix)).filter((family) => {
    const active = revisionsOf(state, family, 'ACTIVE', at).length > 0;
    if (status === 'ALL') return active || revisionsOf(state, family, 'INACTIVE', at).length > 0;
    return status === 'ACTIVE' ? active : !active && revisionsOf(state, family, 'INACTIVE', at).length > 0;
  });
  const page = cutPage(families, (family) => family, {
    scope: `families/${familyPrefix}/${status}`,
    maxResults: request.maxResults,
    nextToken: request.nextToken,
    defaultMax: 100,
  });
  return pageAnswer('families', page, (family) => family);
}
