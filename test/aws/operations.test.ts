import { describe, expect, it } from 'vitest';
import { isMutating, isUnrepeatable } from '../../src/aws/operations.ts';

const READS = [
  'GetParameter',
  'GetParameters',
  'GetParametersByPath',
  'DescribeParameters',
  'DescribeServices',
  'DescribeTaskDefinition',
  'DescribeTasks',
  'ListTasks',
  'ListServices',
  'ListServiceDeployments',
  'ListTaskDefinitions',
  'ListTagsForResource',
  'ListRules',
  'ListTargetsByRule',
  'DescribeRule',
  'DescribeScalableTargets',
  'DescribeScalingPolicies',
  'DescribeScheduledActions',
  'GetItem',
  'BatchGetItem',
  'TransactGetItems',
  'Query',
  'Scan',
  'ReceiveMessage',
  'GetQueueUrl',
  'GetQueueAttributes',
  'ListQueues',
  'GetCallerIdentity',
  'BatchGetBuilds',
];

const WRITES = [
  'PutParameter',
  'DeleteParameter',
  'LabelParameterVersion',
  'RegisterTaskDefinition',
  'DeregisterTaskDefinition',
  'CreateService',
  'UpdateService',
  'DeleteService',
  'RunTask',
  'StopTask',
  'TagResource',
  'UntagResource',
  'PutRule',
  'DeleteRule',
  'PutTargets',
  'RemoveTargets',
  'PutEvents',
  'EnableRule',
  'RegisterScalableTarget',
  'DeregisterScalableTarget',
  'PutScalingPolicy',
  'DeleteScalingPolicy',
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'BatchWriteItem',
  'TransactWriteItems',
  'ExecuteStatement',
  'SendMessage',
  'SendMessageBatch',
  'DeleteMessage',
  'PurgeQueue',
  'AssumeRole',
  'SomethingNew',
  'Getaway',
  'Unknown',
];

describe('isMutating', () => {
  it.each(READS)('takes %s for a read', (operation) => {
    expect(isMutating(operation)).toBe(false);
  });

  it.each(WRITES)('takes %s for a write', (operation) => {
    expect(isMutating(operation)).toBe(true);
  });

  it('does not ask for the lease when the lease is what is kept', () => {
    expect(isMutating('ChangeMessageVisibility')).toBe(false);
    expect(isMutating('ChangeMessageVisibilityBatch')).toBe(false);
  });
});

describe('isUnrepeatable', () => {
  it.each([
    ['RegisterTaskDefinition', {}, true],
    ['RunTask', { clientToken: 'token' }, true],
    ['UpdateService', { forceNewDeployment: true }, true],
    ['UpdateService', { forceNewDeployment: false, desiredCount: 2 }, false],
    ['UpdateService', undefined, false],
    ['PutRule', {}, false],
  ])('%s with %j: %s', (operation, input, expected) => {
    expect(isUnrepeatable(operation, input)).toBe(expected);
  });
});
