import { describe, expect, it } from 'vitest';
import { formatDeferred, formatRequest, formatWake, parseIntakeMessage } from '../../src/events/event.ts';
import { appKey } from '../queue/kit.ts';
import { EVENT_AT, envelope } from './kit.ts';

const ORIGIN = { id: 'e-1', at: EVENT_AT, account: '123456789012', region: 'us-east-1' };
const FLAT = { id: 'e-1', time: '2026-01-05T12:00:03Z', account: '123456789012', region: 'us-east-1' };
const SERVICE_ARN = 'arn:aws:ecs:us-east-1:123456789012:service/main/shop-web';
const CLUSTER_ARN = 'arn:aws:ecs:us-east-1:123456789012:cluster/main';
const SECRET = 'hunter2';

function parse(document: unknown) {
  return parseIntakeMessage(JSON.stringify(document), 'm-1');
}

describe('an event as our rules pass it on', () => {
  it('of a parameter', () => {
    const event = { ...FLAT, source: 'aws.ssm', type: 'Parameter Store Change' };
    expect(parse({ ...event, name: '/apppack/apps/shop/scaling', operation: 'Update' })).toEqual({
      type: 'parameter',
      ...ORIGIN,
      name: '/apppack/apps/shop/scaling',
      operation: 'Update',
    });
  });

  it('of a deployment, whose service is known by its ARN alone', () => {
    const event = { ...FLAT, type: 'ECS Deployment State Change', resources: [SERVICE_ARN] };
    const named = { eventName: 'SERVICE_DEPLOYMENT_FAILED', deploymentId: 'ecs-svc/1' };
    expect(parse({ ...event, ...named })).toEqual({
      type: 'service',
      ...ORIGIN,
      cluster: 'main',
      service: 'shop-web',
      eventName: 'SERVICE_DEPLOYMENT_FAILED',
    });
  });

  it('of a task', () => {
    const event = { ...FLAT, type: 'ECS Task State Change', clusterArn: CLUSTER_ARN };
    const task = { group: 'service:shop-web', lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' };
    expect(parse({ ...event, ...task, startedBy: 'ecs-svc/1' })).toEqual({
      type: 'task',
      ...ORIGIN,
      ...task,
      cluster: 'main',
      startedBy: 'ecs-svc/1',
    });
  });

  it('of a build', () => {
    const event = { ...FLAT, type: 'CodeBuild Build State Change', project: 'shop' };
    expect(parse({ ...event, 'build-id': 'arn:b', 'build-status': 'SUCCEEDED' })).toEqual({
      type: 'build',
      ...ORIGIN,
      project: 'shop',
      buildId: 'arn:b',
      buildStatus: 'SUCCEEDED',
    });
  });
});

describe('a whole EventBridge envelope', () => {
  it('is understood as well, for people who wire their own rules', () => {
    const detail = { name: '/apppack/apps/shop/config/A', operation: 'Delete', type: 'SecureString' };
    expect(parse(envelope('Parameter Store Change', detail))).toMatchObject({
      type: 'parameter',
      ...ORIGIN,
      name: '/apppack/apps/shop/config/A',
      operation: 'Delete',
    });
  });

  it('leaves nothing of a build but ids and names', () => {
    const variables = [{ name: 'DATABASE_URL', type: 'PLAINTEXT', value: SECRET }];
    const build = parse(
      envelope('CodeBuild Build State Change', {
        'build-status': 'IN_PROGRESS',
        'project-name': 'shop',
        'build-id': 'arn:aws:codebuild:us-east-1:123456789012:build/shop:1',
        'additional-information': { environment: { 'environment-variables': variables } },
      }),
    );
    expect(build).toEqual({
      type: 'build',
      ...ORIGIN,
      project: 'shop',
      buildId: 'arn:aws:codebuild:us-east-1:123456789012:build/shop:1',
      buildStatus: 'IN_PROGRESS',
    });
  });

  it('leaves nothing of a task but ids and names', () => {
    const overrides = { containerOverrides: [{ name: 'web', environment: [{ name: 'A', value: SECRET }] }] };
    const task = { clusterArn: CLUSTER_ARN, group: 'family:shop-release', lastStatus: 'STOPPED', overrides };
    expect(JSON.stringify(parse(envelope('ECS Task State Change', task)))).not.toContain(SECRET);
  });

  it('of a service action names the cluster when the ARN is of the old short form', () => {
    const resources = ['arn:aws:ecs:us-east-1:123456789012:service/shop-web'];
    const detail = { eventName: 'SERVICE_TASK_PLACEMENT_FAILURE', clusterArn: CLUSTER_ARN };
    expect(parse(envelope('ECS Service Action', detail, { resources }))).toMatchObject({
      cluster: 'main',
      service: 'shop-web',
    });
    const unknown = { ...detail, clusterArn: undefined };
    expect(parse(envelope('ECS Service Action', unknown, { resources }))).toMatchObject({
      cluster: undefined,
      service: 'shop-web',
    });
  });

  it('takes new operations and event names as they come', () => {
    const detail = { name: '/apppack/apps/shop/scaling', operation: 'Transmogrify' };
    expect(parse(envelope('Parameter Store Change', detail))).toMatchObject({ operation: 'Transmogrify' });
  });

  it('without id or time goes by the id of its message', () => {
    const detail = { name: '/apppack/apps/shop/scaling', operation: 'Update' };
    const event = envelope('Parameter Store Change', detail, { id: undefined, time: 'yesterday' });
    expect(parse(event)).toMatchObject({ id: 'm-1', at: undefined });
  });
});

describe('our own messages', () => {
  it('come back as they were written', () => {
    const wake = { at: EVENT_AT, token: 'abc' };
    expect(parseIntakeMessage(formatWake(appKey('shop'), wake), 'm-1')).toEqual({
      type: 'wake',
      key: appKey('shop'),
      ...wake,
    });
    expect(parseIntakeMessage(formatRequest(appKey('shop'), 'r-1'), 'm-1')).toEqual({
      type: 'request',
      key: appKey('shop'),
      id: 'r-1',
    });
    const change = { parameter: '/apppack/apps/shop/config/A', operation: 'Update', at: EVENT_AT };
    const deferred = { key: appKey('shop'), cause: { id: 'event:1', change }, toldAt: EVENT_AT + 700 };
    expect(parseIntakeMessage(formatDeferred(deferred), 'm-1')).toEqual({ type: 'deferred', ...deferred });
    // What a version sees that does not know it.
    const { deferred: _unknown, ...event } = JSON.parse(formatDeferred(deferred));
    expect(parse(event)).toMatchObject({
      type: 'parameter',
      id: 'event:1:deferred',
      at: EVENT_AT,
      name: change.parameter,
      operation: 'Update',
    });
  });
});

describe('what says nothing to us', () => {
  const schedule = envelope('Scheduled Event', {}, { source: 'aws.events' });
  const validation = envelope(
    'AWS API Call via CloudTrail',
    { eventName: 'PutRule', requestParameters: { name: 'apppack-validate-3f' } },
    { source: 'aws.events' },
  );
  it.each([
    ['text', 'hello', 'notJson'],
    ['an empty document', '{}', 'malformed'],
    ['a list', '[]', 'malformed'],
    ['a number', '7', 'malformed'],
    ['a put-off look at nothing', '{"deferred":{"key":"123456789012/us-east-1/app/shop"}}', 'malformed'],
    ['a wake of no key', '{"wake":{"key":"shop","at":1,"token":"t"}}', 'malformed'],
    [
      'a parameter change without a name',
      JSON.stringify(envelope('Parameter Store Change', {})),
      'malformed',
    ],
    ['an event of an odd account', JSON.stringify({ ...FLAT, account: 'mine' }), 'malformed'],
    ['a deployment of nothing', JSON.stringify(envelope('ECS Deployment State Change', {})), 'malformed'],
    ['an event of another kind', JSON.stringify(schedule), 'unknownEvent'],
    ["the AppPack CLI's trial rules", JSON.stringify(validation), 'unknownEvent'],
  ])('is told apart: %s', (_what, body, reason) => {
    expect(parseIntakeMessage(body, 'm-1')).toEqual({ type: 'unknown', reason });
  });
});
