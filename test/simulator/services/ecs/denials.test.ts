import { expect, it } from 'vitest';
import { NETWORK, openEcs, shopSection, webDefinition } from './kit.ts';

const PREFIX = 'arn:aws:ecs:us-east-1:123456789012';
const SERVICE = `${PREFIX}:service/main/shop-web`;
const DEFINITION = `${PREFIX}:task-definition/shop-web:1`;
const LAUNCH = { launchType: 'FARGATE', networkConfiguration: NETWORK };

/** Each operation, a request it would take, and the resource that IAM would be asked about. */
const CALLS: ReadonlyArray<readonly [string, Record<string, unknown>, string]> = [
  ['CreateCluster', { clusterName: 'other' }, `${PREFIX}:cluster/other`],
  ['DescribeClusters', { clusters: ['main'] }, `${PREFIX}:cluster/main`],
  ['ListClusters', {}, '*'],
  ['DeleteCluster', { cluster: 'main' }, `${PREFIX}:cluster/main`],
  ['RegisterTaskDefinition', { ...webDefinition() }, `${PREFIX}:task-definition/shop-web:*`],
  ['DescribeTaskDefinition', { taskDefinition: 'shop-web:1' }, DEFINITION],
  ['DeregisterTaskDefinition', { taskDefinition: 'shop-web:1' }, DEFINITION],
  ['DeleteTaskDefinitions', { taskDefinitions: ['shop-web:1'] }, DEFINITION],
  ['ListTaskDefinitions', {}, '*'],
  ['ListTaskDefinitionFamilies', {}, '*'],
  [
    'CreateService',
    { cluster: 'main', serviceName: 'new', taskDefinition: 'shop-web:1', desiredCount: 1, ...LAUNCH },
    `${PREFIX}:service/main/new`,
  ],
  ['UpdateService', { cluster: 'main', service: 'shop-web', desiredCount: 1 }, SERVICE],
  ['DeleteService', { cluster: 'main', service: 'shop-web', force: true }, SERVICE],
  ['DescribeServices', { cluster: 'main', services: ['shop-web'] }, SERVICE],
  ['ListServices', { cluster: 'main' }, `${PREFIX}:cluster/main`],
  ['ListServiceDeployments', { cluster: 'main', service: 'shop-web' }, SERVICE],
  ['DescribeServiceDeployments', { serviceDeploymentArns: ['arn:x'] }, 'arn:x'],
  ['DescribeServiceRevisions', { serviceRevisionArns: ['arn:x'] }, 'arn:x'],
  ['StopServiceDeployment', { serviceDeploymentArn: 'arn:x' }, 'arn:x'],
  ['RunTask', { cluster: 'main', taskDefinition: 'shop-web:1', ...LAUNCH }, DEFINITION],
  ['StopTask', { cluster: 'main', task: 'abc' }, `${PREFIX}:task/main/abc`],
  ['DescribeTasks', { cluster: 'main', tasks: ['abc'] }, `${PREFIX}:task/main/abc`],
  ['ListTasks', { cluster: 'main' }, `${PREFIX}:container-instance/main/*`],
  ['TagResource', { resourceArn: SERVICE, tags: [] }, SERVICE],
  ['UntagResource', { resourceArn: SERVICE, tagKeys: [] }, SERVICE],
  ['ListTagsForResource', { resourceArn: SERVICE }, SERVICE],
];

it('lists every operation', () => {
  expect(CALLS.map(([operation]) => operation).sort()).toEqual(Object.keys(openEcs().ecs.operations).sort());
});

it.each(CALLS)('%s asks whether its caller may', async (operation, input, resource) => {
  const denials = [{ action: `ecs:${operation}`, resource, client: 'somebody' }];
  const { ecs } = openEcs(shopSection(), { switches: { denials } });
  const before = JSON.stringify(ecs.dump());
  const call = async () => ecs.operations[operation]?.(input, { client: 'somebody', accessKey: 'x' });
  await expect(call()).rejects.toMatchObject({ code: 'AccessDeniedException' });
  expect(JSON.stringify(ecs.dump())).toBe(before);
});

it.each([
  ['RegisterTaskDefinition', { ...webDefinition() }],
  ['RunTask', { cluster: 'main', taskDefinition: 'shop-web:1', ...LAUNCH }],
])('%s asks whether the roles may be passed on', async (operation, input) => {
  const denials = [{ action: 'iam:PassRole', resource: '*role/execution' }];
  const { ecs } = openEcs(shopSection(), { switches: { denials } });
  const call = async () => ecs.operations[operation]?.(input, { client: 'somebody', accessKey: 'x' });
  await expect(call()).rejects.toMatchObject({ code: 'AccessDeniedException' });
});

it.each([
  ['RegisterTaskDefinition', { ...webDefinition() }],
  ['RunTask', { cluster: 'main', taskDefinition: 'shop-web:1', ...LAUNCH }],
  [
    'CreateService',
    { cluster: 'main', serviceName: 'new', taskDefinition: 'shop-web:1', desiredCount: 1, ...LAUNCH },
  ],
])('%s with tags asks for the right to tag', async (operation, input) => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
  const denials = [{ action: 'ecs:TagResource', resource: '*' }];
  const { ecs } = openEcs(shopSection(), { switches: { denials } });
  const tagged = { ...input, tags: [{ key: 'a', value: 'b' }] };
  const call = async () => ecs.operations[operation]?.(tagged, { client: 'somebody', accessKey: 'x' });
  await expect(call()).rejects.toMatchObject({ code: 'AccessDeniedException' });
});
