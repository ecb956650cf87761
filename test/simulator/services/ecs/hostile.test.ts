import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../../src/simulator/errors.ts';
import { openEcs, shopSection } from './kit.ts';

const CALLER = { client: 'test', accessKey: 'test' };

/** Things a request may hold where something else belongs. */
const ODDITIES: readonly unknown[] = [
  null,
  true,
  -1,
  1e300,
  0.5,
  '',
  'x'.repeat(10_000),
  'arn:aws:ecs:us-east-1:123456789012:service',
  'arn:aws:ecs:us-east-1:123456789012:task/a/b/c',
  '../..',
  '__proto__',
  [],
  [null],
  [[]],
  [{}],
  {},
  { __proto__: null },
  JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}'),
];

const MEMBERS = [
  'cluster',
  'clusters',
  'service',
  'services',
  'serviceName',
  'task',
  'tasks',
  'taskDefinition',
  'taskDefinitions',
  'family',
  'containerDefinitions',
  'resourceArn',
  'tags',
  'tagKeys',
  'overrides',
  'networkConfiguration',
  'deploymentConfiguration',
  'serviceDeploymentArn',
  'serviceDeploymentArns',
  'serviceRevisionArns',
  'nextToken',
  'maxResults',
  'desiredCount',
  'status',
  'createdAt',
];

/** What every operation wants, so that the odd member is reached. */
const BASE = {
  cluster: 'main',
  service: 'shop-web',
  services: ['shop-web'],
  serviceName: 'other',
  taskDefinition: 'shop-web:1',
  taskDefinitions: ['shop-web:2'],
  family: 'other',
  task: '0'.repeat(32),
  tasks: ['0'.repeat(32)],
  resourceArn: 'arn:aws:ecs:us-east-1:123456789012:service/main/shop-web',
  tags: [],
  tagKeys: [],
};

describe('requests nobody should send', () => {
  const names = Object.keys(openEcs().ecs.operations);

  it.each(names)('%s answers every oddity, or refuses it as AWS would', async (operation) => {
    const { ecs } = openEcs(shopSection());
    for (const member of MEMBERS) {
      for (const oddity of ODDITIES) {
        try {
          await ecs.operations[operation]?.({ ...BASE, [member]: oddity }, CALLER);
        } catch (error) {
          expect(error, `${operation} ${member} ${JSON.stringify(oddity)}`).toBeInstanceOf(AwsError);
        }
      }
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('a wrong JSON type is a SerializationException, a missing member is named', async () => {
    const { ecs } = openEcs(shopSection());
    const call = async (input: Record<string, unknown>) => ecs.operations.UpdateService?.(input, CALLER);
    await expect(call({ cluster: 'main', service: 7 })).rejects.toMatchObject({
      code: 'SerializationException',
    });
    await expect(call({ cluster: 'main' })).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: 'service cannot be empty.',
    });
    await expect(call({ cluster: 'main', service: 'shop-web', propagateTags: 'ALL' })).rejects.toMatchObject({
      code: 'InvalidParameterException',
    });
  });

  it('null counts as absent and unknown members are dropped', async () => {
    const { ecs } = openEcs(shopSection());
    const answer = await ecs.operations.UpdateService?.(
      { cluster: 'main', service: 'shop-web', taskDefinition: null, whatever: 1 },
      CALLER,
    );
    expect(answer).toMatchObject({ service: { serviceName: 'shop-web' } });
  });

  it('nesting has an end', async () => {
    const { ecs } = openEcs(shopSection());
    let deep: unknown = 'x';
    for (let level = 0; level < 5000; level += 1) deep = [deep];
    const call = async () =>
      ecs.operations.UpdateService?.(
        { cluster: 'main', service: 'shop-web', serviceRegistries: deep },
        CALLER,
      );
    await expect(call()).rejects.toMatchObject({ code: 'SerializationException' });
  });
});
