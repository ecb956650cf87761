import { describe, expect, it } from 'vitest';
import { rateGroupOf } from '../../src/aws/rates.ts';

describe('rateGroupOf', () => {
  it.each([
    ['ssm', 'GetParametersByPath', 'ssm/get'],
    ['ssm', 'DescribeParameters', 'ssm/describe'],
    ['ssm', 'PutParameter', 'ssm/other'],
    ['ecs', 'RegisterTaskDefinition', 'ecs/task-definition-modify'],
    ['ecs', 'DescribeTaskDefinition', 'ecs/task-definition-read'],
    ['ecs', 'UpdateService', 'ecs/service-modify'],
    ['ecs', 'DescribeServices', 'ecs/service-read'],
    ['ecs', 'ListServiceDeployments', 'ecs/service-deployment'],
    ['ecs', 'RunTask', 'ecs/cluster-resource-modify'],
    ['ecs', 'DescribeTasks', 'ecs/cluster-resource-read'],
    ['ecs', 'TagResource', 'ecs/tag-modify'],
    ['ecs', 'PutAccountSetting', 'ecs/other'],
    ['events', 'ListRules', 'events/control'],
    ['events', 'PutTargets', 'events/control'],
    ['autoscaling', 'DescribeScalingPolicies', 'autoscaling/all'],
    ['events', 'PutEvents', undefined],
    ['sqs', 'ReceiveMessage', undefined],
    ['dynamodb', 'GetItem', undefined],
    ['sts', 'GetCallerIdentity', undefined],
  ])('%s %s draws from %s', (service, operation, expected) => {
    expect(rateGroupOf(service, operation)?.name).toBe(expected);
  });
});
