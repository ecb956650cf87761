import type { Caller, RegionContext } from '../../region.ts';
import {
  constraintError,
  type Document,
  isDocument,
  requiredText,
  structure,
  structures,
  text,
  texts,
  wholeNumber,
} from '../members.ts';
import { NAME } from './rules.ts';
import { invalid, type Target } from './state.ts';
import { type InputTransformer, transformerProblem } from './transform.ts';

const ARN = { min: 1, max: 1600 } as const;
const PATHS_MAX = 100;

/**
 * Checks one entry of PutTargets and gives it back as ListTargetsByRule will show it.
 * Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html
 */
export function readTarget(context: RegionContext, input: Document, prefix: string): Target {
  const Id = requiredText(input, 'Id', NAME, prefix);
  const Arn = requiredText(input, 'Arn', ARN, prefix);
  if (!/^arn:[\w-]+:[\w-]+:[\w-]*:\d{0,12}:.+$/.test(Arn)) {
    throw invalid(`Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`);
  }
  text(input, 'RoleArn', ARN, prefix);
  checkInput(Id, input, prefix);
  checkDelivery(context, input, prefix);
  checkQueue(Id, Arn, input, prefix);
  const ecs = readEcs(Arn, input, prefix);
  return { ...input, Id, Arn, ...(ecs === undefined ? {} : { EcsParameters: ecs }) };
}

/**
 * Handing a role to EventBridge takes the permission to pass it.
 * Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
 */
export function authorizeRole(context: RegionContext, target: Target, caller: Caller): void {
  if (typeof target.RoleArn !== 'string') return;
  context.authorize('iam:PassRole', target.RoleArn, caller, {
    'iam:PassedToService': 'events.amazonaws.com',
  });
}

/** The input transformer of a target, if it has one. */
export function transformerOf(target: Document): InputTransformer | undefined {
  const given = target.InputTransformer;
  if (!isDocument(given)) return undefined;
  const paths = isDocument(given.InputPathsMap) ? Object.entries(given.InputPathsMap) : [];
  return {
    inputPathsMap: new Map(paths.map(([name, path]) => [name, String(path)])),
    inputTemplate: String(given.InputTemplate),
  };
}

/** "Input, InputPath, and InputTransformer are mutually exclusive and optional parameters of a target." */
function checkInput(id: string, input: Document, prefix: string): void {
  const constant = text(input, 'Input', { max: 8192 }, prefix);
  const path = text(input, 'InputPath', { max: 256 }, prefix);
  const transformer = structure(input, 'InputTransformer', prefix);
  if ([constant, path, transformer].filter((given) => given !== undefined).length > 1) {
    throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`);
  }
  if (constant !== undefined && !isJson(constant))
    throw invalid(`JSON syntax error in input for target ${id}`);
  if (transformer !== undefined) checkTransformer(id, transformer, `${prefix}inputTransformer.`);
}

function checkTransformer(id: string, transformer: Document, prefix: string): void {
  requiredText(transformer, 'InputTemplate', { min: 1, max: 8192 }, prefix);
  const paths = structure(transformer, 'InputPathsMap', prefix) ?? {};
  if (Object.keys(paths).length > PATHS_MAX) {
    throw constraintError(
      `${prefix}inputPathsMap`,
      undefined,
      `have length less than or equal to ${PATHS_MAX}`,
    );
  }
  for (const name of Object.keys(paths)) {
    if (!/^[A-Za-z0-9_-]{1,256}$/.test(name)) {
      throw constraintError(
        `${prefix}inputPathsMap`,
        name,
        'satisfy regular expression pattern: [A-Za-z0-9\\_\\-]+',
      );
    }
    requiredText(paths, name, { max: 256 }, `${prefix}inputPathsMap.`);
  }
  const parsed = transformerOf({ InputTransformer: transformer });
  const problem = parsed && transformerProblem(parsed);
  if (problem !== undefined) throw invalid(`InputTemplate for target ${id} ${problem}.`);
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
function checkDelivery(context: RegionContext, input: Document, prefix: string): void {
  const retry = structure(input, 'RetryPolicy', prefix) ?? {};
  wholeNumber(retry, 'MaximumEventAgeInSeconds', { min: 60, max: 86_400 }, `${prefix}retryPolicy.`);
  wholeNumber(retry, 'MaximumRetryAttempts', { min: 0, max: 185 }, `${prefix}retryPolicy.`);
  const letters = structure(input, 'DeadLetterConfig', prefix);
  const arn = letters && text(letters, 'Arn', ARN, `${prefix}deadLetterConfig.`);
  if (arn === undefined) return;
  const queue = /^arn:[\w-]+:sqs:([\w-]+):\d{12}:([\w-]+(?:\.fifo)?)$/.exec(arn);
  if (queue === null || queue[1] !== context.region) {
    throw invalid(
      `Parameter DeadLetterConfig.Arn is not valid. Reason: ${arn} is not a queue of this region.`,
    );
  }
  if (arn.endsWith('.fifo')) {
    throw invalid('Parameter DeadLetterConfig.Arn is not valid. Reason: FIFO queues are not supported.');
  }
}

function checkQueue(id: string, arn: string, input: Document, prefix: string): void {
  const parameters = structure(input, 'SqsParameters', prefix);
  const group = parameters && text(parameters, 'MessageGroupId', { max: 100 }, `${prefix}sqsParameters.`);
  if (/:sqs:/.test(arn) && arn.endsWith('.fifo') && group === undefined) {
    throw invalid(`Parameter(s) SqsParameters must be specified for target: ${id}.`);
  }
}

/**
 * Checks the parameters of an ECS target and fills in the defaults AWS shows.
 * Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EcsParameters.html
 */
function readEcs(arn: string, input: Document, prefix: string): Document | undefined {
  const isCluster = /^arn:[\w-]+:ecs:/.test(arn);
  const path = `${prefix}ecsParameters.`;
  const ecs = structure(input, 'EcsParameters', prefix);
  if (!isCluster) return ecs;
  if (ecs === undefined) throw invalid(`Parameter EcsParameters is required for target ${arn}.`);
  if (input.RoleArn === undefined || input.RoleArn === null) {
    throw invalid(`RoleArn is required for target ${arn}.`);
  }
  requiredText(ecs, 'TaskDefinitionArn', ARN, path);
  const launchType = text(ecs, 'LaunchType', { oneOf: ['EC2', 'FARGATE', 'EXTERNAL'] }, path);
  const TaskCount = wholeNumber(ecs, 'TaskCount', { min: 1 }, path) ?? 1;
  const strategy = structures(ecs, 'CapacityProviderStrategy', { max: 6 }, path);
  if (strategy !== undefined && launchType !== undefined) {
    throw invalid('LaunchType must be omitted when CapacityProviderStrategy is specified.');
  }
  checkNetwork(ecs, launchType, path);
  text(ecs, 'Group', { max: 255 }, path);
  text(ecs, 'PlatformVersion', {}, path);
  text(ecs, 'PropagateTags', { oneOf: ['TASK_DEFINITION'] }, path);
  text(ecs, 'ReferenceId', { max: 1024 }, path);
  structures(ecs, 'PlacementConstraints', { max: 10 }, path);
  structures(ecs, 'PlacementStrategy', { max: 5 }, path);
  structures(ecs, 'Tags', { max: 50 }, path);
  return { EnableECSManagedTags: false, EnableExecuteCommand: false, ...ecs, TaskCount };
}

/** "This structure is required if LaunchType is FARGATE." */
function checkNetwork(ecs: Document, launchType: string | undefined, prefix: string): void {
  const network = structure(ecs, 'NetworkConfiguration', prefix);
  if (network === undefined) {
    if (launchType !== 'FARGATE') return;
    throw invalid('NetworkConfiguration is required when LaunchType is FARGATE.');
  }
  const path = `${prefix}networkConfiguration.awsvpcConfiguration.`;
  const vpc = structure(network, 'awsvpcConfiguration', path) ?? {};
  texts(vpc, 'Subnets', { min: 1, max: 16 }, {}, path);
  texts(vpc, 'SecurityGroups', { max: 5 }, {}, path);
  text(vpc, 'AssignPublicIp', { oneOf: ['ENABLED', 'DISABLED'] }, path);
}

function isJson(source: string): boolean {
  try {
    JSON.parse(source);
    return true;
  } catch {
    return false;
  }
}
