import { z } from 'zod';

/** Shapes of requests. Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Types.html */

const document = z.record(z.string(), z.unknown());

const SOURCE_TYPES = [
  ...(['CODECOMMIT', 'CODEPIPELINE', 'GITHUB', 'GITLAB', 'GITLAB_SELF_MANAGED'] as const),
  ...(['S3', 'BITBUCKET', 'GITHUB_ENTERPRISE', 'NO_SOURCE'] as const),
] as const;

const ENVIRONMENT_TYPES = [
  ...(['WINDOWS_CONTAINER', 'LINUX_CONTAINER', 'LINUX_GPU_CONTAINER', 'ARM_CONTAINER'] as const),
  ...(['WINDOWS_SERVER_2019_CONTAINER', 'WINDOWS_SERVER_2022_CONTAINER', 'LINUX_LAMBDA_CONTAINER'] as const),
  ...(['ARM_LAMBDA_CONTAINER', 'LINUX_EC2', 'ARM_EC2', 'WINDOWS_EC2', 'MAC_ARM'] as const),
] as const;

const COMPUTE_TYPE =
  /^(?:BUILD_(?:GENERAL1_(?:SMALL|MEDIUM|LARGE|XLARGE|2XLARGE)|LAMBDA_\d+GB)|(?:ATTRIBUTE_BASED|CUSTOM_INSTANCE_TYPE)_COMPUTE)$/;

const computeType = z.string().regex(COMPUTE_TYPE, { message: 'Invalid compute type' });

const variable = z.object({
  name: z.string().min(1),
  value: z.string(),
  type: z.enum(['PLAINTEXT', 'PARAMETER_STORE', 'SECRETS_MANAGER']).default('PLAINTEXT'),
});

export const sourceShape = z.looseObject({
  type: z.enum(SOURCE_TYPES),
  location: z.string().optional(),
  buildspec: z.string().optional(),
});

export const artifactsShape = z.object({
  type: z.enum(['CODEPIPELINE', 'S3', 'NO_ARTIFACTS']),
  location: z.string().optional(),
  path: z.string().optional(),
  namespaceType: z.enum(['NONE', 'BUILD_ID']).optional(),
  name: z.string().optional(),
  packaging: z.enum(['NONE', 'ZIP']).optional(),
  overrideArtifactName: z.boolean().optional(),
  encryptionDisabled: z.boolean().optional(),
});

export const environmentShape = z.object({
  type: z.enum(ENVIRONMENT_TYPES),
  image: z.string().min(1),
  computeType,
  environmentVariables: z.array(variable).default([]),
  privilegedMode: z.boolean().default(false),
  imagePullCredentialsType: z.enum(['CODEBUILD', 'SERVICE_ROLE']).default('CODEBUILD'),
  certificate: z.string().optional(),
  registryCredential: document.optional(),
});

const minutes = (min: number, max: number) => z.int().min(min).max(max);

/** Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html */
export const projectShape = z.object({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9\-_]{1,149}$/, {
    message: 'Invalid project name: it must be 2 to 150 letters, digits, - and _',
  }),
  description: z.string().max(255).optional(),
  source: sourceShape,
  sourceVersion: z.string().optional(),
  artifacts: artifactsShape,
  environment: environmentShape,
  serviceRole: z.string().min(1),
  timeoutInMinutes: minutes(5, 2160).default(60),
  queuedTimeoutInMinutes: minutes(5, 480).default(480),
  encryptionKey: z.string().min(1).optional(),
  cache: document.default({ type: 'NO_CACHE' }),
  logsConfig: document.optional(),
  vpcConfig: document.optional(),
  concurrentBuildLimit: z.int().min(1).optional(),
  tags: z
    .array(z.object({ key: z.string().min(1).max(127), value: z.string().max(255) }))
    .max(50)
    .default([]),
});

/** Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html */
export const startBuildShape = z.object({
  projectName: z.string().min(1),
  sourceVersion: z.string().optional(),
  artifactsOverride: artifactsShape.optional(),
  environmentVariablesOverride: z.array(variable).optional(),
  sourceTypeOverride: z.enum(SOURCE_TYPES).optional(),
  sourceLocationOverride: z.string().optional(),
  buildspecOverride: z.string().optional(),
  environmentTypeOverride: z.enum(ENVIRONMENT_TYPES).optional(),
  imageOverride: z.string().min(1).optional(),
  computeTypeOverride: computeType.optional(),
  cacheOverride: document.optional(),
  serviceRoleOverride: z.string().min(1).optional(),
  privilegedModeOverride: z.boolean().optional(),
  timeoutInMinutesOverride: minutes(5, 2160).optional(),
  queuedTimeoutInMinutesOverride: minutes(5, 480).optional(),
  encryptionKeyOverride: z.string().min(1).optional(),
  idempotencyToken: z.string().optional(),
  logsConfigOverride: document.optional(),
  imagePullCredentialsTypeOverride: z.enum(['CODEBUILD', 'SERVICE_ROLE']).optional(),
});

export type StartBuildInput = z.infer<typeof startBuildShape>;
export type ProjectInput = z.infer<typeof projectShape>;

const ids = z.array(z.string().min(1)).min(1).max(100);
const sortOrder = z.enum(['ASCENDING', 'DESCENDING']);
const nextToken = z.string().optional();

export const batchGetBuildsShape = z.object({ ids });
export const batchGetProjectsShape = z.object({ names: ids });
export const listBuildsShape = z.object({ sortOrder: sortOrder.default('DESCENDING'), nextToken });
export const listBuildsForProjectShape = listBuildsShape.extend({ projectName: z.string().min(1) });
export const listProjectsShape = z.object({
  sortBy: z.enum(['NAME', 'CREATED_TIME', 'LAST_MODIFIED_TIME']).default('NAME'),
  sortOrder: sortOrder.default('ASCENDING'),
  nextToken,
});
export const stopBuildShape = z.object({ id: z.string().min(1) });
export const deleteProjectShape = z.object({ name: z.string().min(1) });
