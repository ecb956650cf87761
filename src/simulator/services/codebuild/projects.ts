import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { type Document, parseInput } from '../ecs/input.ts';
import { compare } from '../paging.ts';
import { cutIds } from './pages.ts';
import type { ProjectRecord } from './records.ts';
import {
  batchGetProjectsShape,
  deleteProjectShape,
  listProjectsShape,
  type ProjectInput,
  projectShape,
} from './shapes.ts';
import { type CodeBuildState, invalidInput, notFound, projectArn } from './state.ts';
import { showProject } from './view.ts';

const WRONG = 'InvalidInputException';
const PASSED = { 'iam:PassedToService': 'codebuild.amazonaws.com' } as const;

/** Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html */
export function createProject(state: CodeBuildState, input: Document, caller: Caller): Document {
  const request = parseInput(projectShape, input, WRONG);
  const arn = projectArn(state.context, request.name);
  state.context.authorize('codebuild:CreateProject', arn, caller);
  state.context.authorize('iam:PassRole', request.serviceRole, caller, PASSED);
  if (state.projects.has(request.name)) {
    throw new AwsError('ResourceAlreadyExistsException', `Project already exists: ${arn}`);
  }
  const project = newProject(state, request);
  state.projects.set(project.name, project);
  return { project: showProject(state.context, project) };
}

/** Makes a project of a checked request; also what a world says of one. */
export function newProject(state: CodeBuildState, request: ProjectInput): ProjectRecord {
  const { artifacts, source } = request;
  if (artifacts.type === 'S3' && artifacts.location === undefined) {
    throw invalidInput('Invalid artifacts: location must be specified');
  }
  if (!['NO_SOURCE', 'CODEPIPELINE'].includes(source.type) && source.location === undefined) {
    throw invalidInput('Invalid project source: location must be specified');
  }
  if (source.type === 'NO_SOURCE' && source.buildspec === undefined) {
    throw invalidInput('Invalid project source: buildspec must be specified');
  }
  const now = state.context.clock.now();
  return {
    ...request,
    artifacts: withDefaults(request),
    encryptionKey: request.encryptionKey ?? state.context.arn('kms', 'alias/aws/s3'),
    createdAt: now,
    modifiedAt: now,
    lastBuildNumber: 0,
  };
}

function withDefaults({ artifacts, name }: ProjectInput): ProjectRecord['artifacts'] {
  if (artifacts.type !== 'S3') return artifacts;
  return { namespaceType: 'NONE', packaging: 'NONE', encryptionDisabled: false, name, ...artifacts };
}

/** Builds of a deleted project can still be looked at. Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_DeleteProject.html */
export function deleteProject(state: CodeBuildState, input: Document, caller: Caller): Document {
  const { name } = parseInput(deleteProjectShape, input, WRONG);
  state.context.authorize('codebuild:DeleteProject', projectArn(state.context, name), caller);
  state.projects.delete(name);
  return {};
}

/** Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetProjects.html */
export function batchGetProjects(state: CodeBuildState, input: Document, caller: Caller): Document {
  const { names } = parseInput(batchGetProjectsShape, input, WRONG);
  for (const name of names) {
    state.context.authorize('codebuild:BatchGetProjects', projectArn(state.context, bare(name)), caller);
  }
  const found = names.flatMap((name) => state.projects.get(bare(name)) ?? []);
  return {
    projects: found.map((project) => showProject(state.context, project)),
    projectsNotFound: names.filter((name) => !state.projects.has(bare(name))),
  };
}

/** Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ListProjects.html */
export function listProjects(state: CodeBuildState, input: Document, caller: Caller): Document {
  const { sortBy, sortOrder, nextToken } = parseInput(listProjectsShape, input, WRONG);
  state.context.authorize('codebuild:ListProjects', '*', caller);
  const ascending = [...state.projects.values()].sort((a, b) => {
    if (sortBy === 'CREATED_TIME' && a.createdAt !== b.createdAt) return a.createdAt - b.createdAt;
    if (sortBy === 'LAST_MODIFIED_TIME' && a.modifiedAt !== b.modifiedAt) return a.modifiedAt - b.modifiedAt;
    return compare(a.name, b.name);
  });
  const names = ascending.map(({ name }) => name);
  return cutIds('projects', names, { sortOrder, nextToken, scope: `ListProjects ${sortBy}` });
}

/** The project of that name or ARN; throws when there is none. */
export function findProject(state: CodeBuildState, name: string): ProjectRecord {
  const project = state.projects.get(bare(name));
  if (project !== undefined) return project;
  throw notFound(`Project cannot be found: ${projectArn(state.context, bare(name))}`);
}

function bare(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
