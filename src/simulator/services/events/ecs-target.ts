import { type Document, defined, isDocument } from '../members.ts';
import type { Target } from './state.ts';

/**
 * The RunTask call EventBridge makes for an ECS target; nothing when the target's input is no JSON object.
 * Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EcsParameters.html
 */
export function runTaskInput(target: Target, input: string | undefined): Record<string, unknown> | undefined {
  const ecs = isDocument(target.EcsParameters) ? target.EcsParameters : {};
  const overrides = input === undefined ? undefined : parse(input);
  if (input !== undefined && overrides === undefined) return undefined;
  return defined({
    cluster: target.Arn,
    taskDefinition: ecs.TaskDefinitionArn,
    count: ecs.TaskCount,
    launchType: ecs.LaunchType,
    platformVersion: ecs.PlatformVersion,
    group: ecs.Group,
    networkConfiguration: networkOf(ecs.NetworkConfiguration),
    capacityProviderStrategy: ecs.CapacityProviderStrategy,
    placementConstraints: ecs.PlacementConstraints,
    placementStrategy: ecs.PlacementStrategy,
    propagateTags: ecs.PropagateTags,
    referenceId: ecs.ReferenceId,
    enableECSManagedTags: ecs.EnableECSManagedTags,
    enableExecuteCommand: ecs.EnableExecuteCommand,
    tags: tagsOf(ecs.Tags),
    overrides,
  });
}

/** EventBridge writes the members with capitals, ECS without. */
function networkOf(network: unknown): unknown {
  const vpc = isDocument(network) ? network.awsvpcConfiguration : undefined;
  if (!isDocument(vpc)) return undefined;
  return {
    awsvpcConfiguration: defined({
      subnets: vpc.Subnets,
      securityGroups: vpc.SecurityGroups,
      assignPublicIp: vpc.AssignPublicIp,
    }),
  };
}

function tagsOf(tags: unknown): unknown {
  if (!Array.isArray(tags)) return undefined;
  return tags.filter(isDocument).map((tag) => ({ key: tag.Key, value: tag.Value }));
}

function parse(input: string): Document | undefined {
  try {
    const document: unknown = JSON.parse(input);
    return isDocument(document) ? document : undefined;
  } catch {
    return undefined;
  }
}
