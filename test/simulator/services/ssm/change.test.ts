import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  RemoveTagsFromResourceCommand,
  UnlabelParameterVersionCommand,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../../src/simulator/clock.ts';
import { FAIR_WEATHER } from '../../../../src/simulator/faults.ts';
import { seededRandom } from '../../../../src/simulator/random.ts';
import type { EmittedEvent, RegionContext } from '../../../../src/simulator/region.ts';
import { createSsmService } from '../../../../src/simulator/services/ssm/index.ts';
import { failure, openSsm } from './kit.ts';

/** The service alone, with an ear on what it tells EventBridge. */
function listen() {
  const clock = new VirtualClock();
  const events: EmittedEvent[] = [];
  const context: RegionContext = {
    account: '123456789012',
    region: 'us-east-1',
    clock,
    random: seededRandom(1),
    weather: FAIR_WEATHER,
    offers: {},
    emit: (event) => events.push(event),
    arn: (service, resource) => `arn:aws:${service}:us-east-1:123456789012:${resource}`,
    authorize: () => {},
  };
  const service = createSsmService(context);
  const call = (operation: string, input: Record<string, unknown>) =>
    service.operations[operation]?.(input, { client: 'test', accessKey: 'AKIA' });
  return { clock, context, events, service, call };
}

describe('DeleteParameter and DeleteParameters', () => {
  it('deletes what is there and names what is not', async () => {
    const { ssm, put } = openSsm();
    for (const name of ['/a', '/b', '/c']) await put(name);
    await ssm.send(new DeleteParameterCommand({ Name: '/a' }));
    expect(await failure(ssm.send(new DeleteParameterCommand({ Name: '/a' })))).toBe('ParameterNotFound');
    const gone = await ssm.send(new DeleteParametersCommand({ Names: ['/a', '/b', '/b'] }));
    expect(gone).toMatchObject({ DeletedParameters: ['/b'], InvalidParameters: ['/a'] });
    expect((await ssm.send(new DescribeParametersCommand({}))).Parameters).toHaveLength(1);
  });

  it('takes at most ten names, and deletes none when one is denied', async () => {
    const { ssm, put, simulator } = openSsm();
    const many = Array.from({ length: 11 }, (_, index) => `/p${index}`);
    expect(await failure(ssm.send(new DeleteParametersCommand({ Names: many })))).toBe('ValidationException');
    await put('/a');
    await put('/b');
    simulator.switches.denials.push({ action: 'ssm:DeleteParameters', resource: '*/b' });
    const denied = ssm.send(new DeleteParametersCommand({ Names: ['/a', '/b'] }));
    expect(await failure(denied)).toBe('AccessDeniedException');
    expect((await ssm.send(new DescribeParametersCommand({}))).Parameters).toHaveLength(2);
  });
});

describe('the Parameter Store Change event', () => {
  // https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html
  it('row 50: carries the operation, the stored name and the type, no value and no version', () => {
    const { call, events } = listen();
    call('PutParameter', { Name: '/a/b', Type: 'SecureString', Value: 'hunter2', Description: 'a secret' });
    call('PutParameter', { Name: '/a/b', Value: 'hunter3', Overwrite: true });
    call('PutParameter', { Name: 'flat', Type: 'String', Value: 'v' });
    call('LabelParameterVersion', { Name: '/a/b', Labels: ['live'] });
    call('DeleteParameter', { Name: '/a/b' });
    call('DeleteParameters', { Names: ['flat', 'nowhere'] });
    const hierarchical = { name: '/a/b', type: 'SecureString', description: 'a secret' };
    expect(events.map(({ detail }) => detail)).toEqual([
      { operation: 'Create', ...hierarchical },
      { operation: 'Update', ...hierarchical },
      { operation: 'Create', name: 'flat', type: 'String' },
      { operation: 'LabelParameterVersion', ...hierarchical },
      { operation: 'Delete', ...hierarchical },
      { operation: 'Delete', name: 'flat', type: 'String' },
    ]);
    expect(events[0]).toMatchObject({
      source: 'aws.ssm',
      detailType: 'Parameter Store Change',
      resources: ['arn:aws:ssm:us-east-1:123456789012:parameter/a/b'],
    });
    expect(events[2]?.resources).toEqual(['arn:aws:ssm:us-east-1:123456789012:parameter/flat']);
  });

  it('is not sent for tags, for refused writes, or when a world is loaded', () => {
    const { call, events, service } = listen();
    service.load({ parameters: { '/a': { value: 'v' } } });
    call('AddTagsToResource', {
      ResourceType: 'Parameter',
      ResourceId: '/a',
      Tags: [{ Key: 'k', Value: 'v' }],
    });
    expect(() => call('PutParameter', { Name: '/a', Type: 'String', Value: 'v' })).toThrow();
    expect(events).toEqual([]);
  });
});

describe('LabelParameterVersion', () => {
  // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html
  it('row 54: labels a version, moves a label, and changes no value', async () => {
    const { ssm, put } = openSsm();
    await put('/a', { Value: 'one' });
    await put('/a', { Value: 'two', Overwrite: true });
    const label = (ParameterVersion: number | undefined, Labels: string[]) =>
      ssm.send(new LabelParameterVersionCommand({ Name: '/a', ParameterVersion, Labels }));
    expect(await label(1, ['live'])).toMatchObject({ ParameterVersion: 1, InvalidLabels: [] });
    expect(await label(undefined, ['live', '1st', 'aws-x'])).toMatchObject({
      ParameterVersion: 2,
      InvalidLabels: ['1st', 'aws-x'],
    });
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: '/a:live' }));
    expect(Parameter).toMatchObject({ Value: 'two', Version: 2 });
    expect(await failure(label(9, ['x']))).toBe('ParameterVersionNotFound');
    const ten = Array.from({ length: 10 }, (_, index) => `l${index}`);
    expect(await failure(label(2, ten))).toBe('ParameterVersionLabelLimitExceeded');
    const removed = new UnlabelParameterVersionCommand({
      Name: '/a',
      ParameterVersion: 2,
      Labels: ['live', 'x'],
    });
    expect(await ssm.send(removed)).toMatchObject({ RemovedLabels: ['live'], InvalidLabels: ['x'] });
  });
});

describe('tags', () => {
  // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html
  it('are added, replaced, listed and removed', async () => {
    const { ssm, put } = openSsm();
    await put('/a', { Tags: [{ Key: 'one', Value: '1' }] });
    const resource = { ResourceType: 'Parameter', ResourceId: '/a' } as const;
    const Tags = [
      { Key: 'one', Value: 'I' },
      { Key: 'two', Value: '2' },
    ];
    await ssm.send(new AddTagsToResourceCommand({ ...resource, Tags }));
    expect((await ssm.send(new ListTagsForResourceCommand(resource))).TagList).toEqual(Tags);
    await ssm.send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: ['one', 'none'] }));
    expect((await ssm.send(new ListTagsForResourceCommand(resource))).TagList).toEqual([Tags[1]]);
  });

  it('are at most fifty, and belong to something that exists', async () => {
    const { ssm, put } = openSsm();
    await put('/a');
    const add = (ResourceId: string, count: number) =>
      failure(
        ssm.send(
          new AddTagsToResourceCommand({
            ResourceType: 'Parameter',
            ResourceId,
            Tags: Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: 'v' })),
          }),
        ),
      );
    expect(await add('/a', 51)).toBe('TooManyTagsError');
    expect(await add('/nowhere', 1)).toBe('InvalidResourceId');
  });
});

// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
describe('parameter policies', () => {
  const policy = (Type: string, Attributes: Record<string, string>) => ({ Type, Version: '1.0', Attributes });
  const put = (policies: unknown) => ({
    Name: '/a',
    Type: 'String',
    Value: 'v',
    Tier: 'Advanced',
    Policies: JSON.stringify(policies),
  });

  it('row 55: warn before a parameter expires, then delete it', async () => {
    const { call, clock, events } = listen();
    const Timestamp = new Date(clock.now() + 40 * 86_400_000).toISOString();
    call(
      'PutParameter',
      put([
        policy('Expiration', { Timestamp }),
        policy('ExpirationNotification', { Before: '2', Unit: 'Days' }),
        policy('NoChangeNotification', { After: '12', Unit: 'Hours' }),
      ]),
    );
    const seen = async (days: number) => {
      events.length = 0;
      await clock.advance(days * 86_400_000);
      return events.map((event) => [event.detailType, event.detail['policy-type'] ?? event.detail.operation]);
    };
    expect(await seen(1)).toEqual([['Parameter Store Policy Action', 'NoChangeNotification']]);
    expect(await seen(36)).toEqual([]);
    expect(await seen(1)).toEqual([['Parameter Store Policy Action', 'ExpirationNotification']]);
    expect(await seen(2)).toEqual([
      ['Parameter Store Policy Action', 'Expiration'],
      ['Parameter Store Change', 'Delete'],
    ]);
    expect(() => call('GetParameter', { Name: '/a' })).toThrowError(
      expect.objectContaining({ code: 'ParameterNotFound' }),
    );
  });

  it('row 55: stay when the value changes, and go with an empty list', async () => {
    const { call, clock, events } = listen();
    call('PutParameter', put([policy('NoChangeNotification', { After: '2', Unit: 'Hours' })]));
    await clock.advance(3_600_000);
    call('PutParameter', { Name: '/a', Value: 'w', Overwrite: true });
    await clock.advance(1.5 * 3_600_000);
    expect(events.some((event) => event.detailType === 'Parameter Store Policy Action')).toBe(false);
    await clock.advance(3_600_000);
    expect(events.at(-1)?.detailType).toBe('Parameter Store Policy Action');
    call('PutParameter', { Name: '/a', Value: 'x', Overwrite: true, Policies: '[]' });
    await clock.advance(10 * 3_600_000);
    expect(events.at(-1)?.detailType).toBe('Parameter Store Change');
  });

  it.each([
    [
      'two expirations',
      [1, 2].map(() => policy('Expiration', { Timestamp: '2030-01-01T00:00:00Z' })),
      'IncompatiblePolicyException',
    ],
    [
      'more than ten',
      Array.from({ length: 11 }, () => policy('NoChangeNotification', { After: '2', Unit: 'Days' })),
      'PoliciesLimitExceededException',
    ],
    ['an unknown type', [policy('Rotation', {})], 'InvalidPolicyTypeException'],
    [
      'a bad unit',
      [policy('NoChangeNotification', { After: '2', Unit: 'Weeks' })],
      'InvalidPolicyAttributeException',
    ],
    ['no instant', [policy('Expiration', { Timestamp: 'soon' })], 'InvalidPolicyAttributeException'],
  ])('are refused with %s', (_what, policies, code) => {
    const { call } = listen();
    expect(() => call('PutParameter', put(policies))).toThrowError(expect.objectContaining({ code }));
  });
});

describe('the world section ssm', () => {
  it('needs nothing but names and values', () => {
    const { service, call } = listen();
    service.load({
      parameters: {
        '/apppack/apps/shop/scaling': { json: { web: { cpu: 256 } } },
        '/apppack/apps/shop/config/TOKEN': { type: 'SecureString', value: 'hunter2', version: 7 },
      },
    });
    expect(call('GetParameter', { Name: '/apppack/apps/shop/scaling' })).toMatchObject({
      Parameter: { Type: 'String', Value: '{"web":{"cpu":256}}', Version: 1 },
    });
    expect(
      call('GetParameter', { Name: '/apppack/apps/shop/config/TOKEN', WithDecryption: true }),
    ).toMatchObject({
      Parameter: { Value: 'hunter2', Version: 7 },
    });
  });

  it('gives the same state back: load(dump()) changes nothing', () => {
    const { service, call } = listen();
    service.load({ keys: ['alias/shop'] });
    call('PutParameter', {
      Name: '/j',
      Type: 'String',
      Value: '{"b":1,"a":[2]}',
      Tags: [{ Key: 'k', Value: 'v' }],
    });
    call('PutParameter', { Name: '/j', Value: '{ "spaced": true }', Overwrite: true, Description: 'd' });
    call('LabelParameterVersion', { Name: '/j', ParameterVersion: 1, Labels: ['old'] });
    call('PutParameter', { Name: 'flat', Type: 'SecureString', Value: 's', KeyId: 'alias/shop' });
    call('PutParameter', {
      Name: '/p',
      Type: 'StringList',
      Value: 'a,b',
      Tier: 'Advanced',
      Policies: JSON.stringify([
        { Type: 'NoChangeNotification', Version: '1.0', Attributes: { After: '1', Unit: 'Days' } },
      ]),
    });
    const dumped = service.dump();
    const other = listen();
    other.service.load(JSON.parse(JSON.stringify(dumped)));
    expect(other.service.dump()).toEqual(dumped);
    for (const operation of ['DescribeParameters', 'GetParameterHistory']) {
      const input = operation === 'DescribeParameters' ? {} : { Name: '/j' };
      expect(other.call(operation, input)).toEqual(call(operation, input));
    }
    expect(dumped).toMatchObject({ parameters: { '/j': { history: [{ json: { b: 1, a: [2] } }] } } });
  });

  it.each([
    [{ parameters: { '/a': { valeu: 'x' } } }, /ssm\.parameters\.\/a/],
    [{ parameters: { '/a': {} } }, /ssm\.parameters\.\/a is wrong: it has neither/],
    [{ parameters: { '/a': { value: 'x', type: 'Text' } } }, /ssm\.parameters\.\/a\.type/],
    [
      { parameters: { 'a/b': { value: 'x' } } },
      /a\/b is wrong: Parameter name must be a fully qualified name/,
    ],
    [{ parameters: { '/a': { value: 'x', lastModifiedAt: 'today' } } }, /lastModifiedAt/],
    [[], /section ssm/],
  ])('says where it is wrong: %j', (section, message) => {
    expect(() => listen().service.load(section)).toThrow(message);
  });
});

describe('offers to ECS', () => {
  it('tells which parameters a task would miss, by name or ARN', () => {
    const { service, context } = listen();
    service.load({ parameters: { '/a/b': { value: 'v' } } });
    const arn = 'arn:aws:ssm:us-east-1:123456789012:parameter/a/';
    const elsewhere = 'arn:aws:ssm:eu-west-1:123456789012:parameter/a/b';
    expect(context.offers.missingParameters?.(['/a/b', `${arn}b`, `${arn}c`, '/c', elsewhere])).toEqual([
      `${arn}c`,
      '/c',
      elsewhere,
    ]);
  });
});
