import { describe, expect, it } from 'vitest';
import { parseIntakeMessage } from '../../src/events/event.ts';
import { ruleDefinitions } from '../../src/events/rules.ts';
import type { Kind } from '../../src/reconcile/key.ts';
import { openQueues } from '../queue/kit.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../simulator/kit.ts';
import { installRules } from './installed.ts';

const APPS: ReadonlySet<Kind> = new Set(['app', 'sweep']);
const BUILDS: ReadonlySet<Kind> = new Set(['app', 'build', 'sweep']);
const SECRET = 'hunter2';
const SERVICE_ARN = 'arn:aws:ecs:us-east-1:123456789012:service/main/shop-web';
const CLUSTER_ARN = 'arn:aws:ecs:us-east-1:123456789012:cluster/main';
const overrides = { containerOverrides: [{ environment: [{ name: 'A', value: SECRET }] }] };
const environment = { 'environment-variables': [{ name: 'A', type: 'PLAINTEXT', value: SECRET }] };

/** A task of the clock that stopped, as ECS tells it. */
function scheduled(detail: object) {
  const ended = { clusterArn: CLUSTER_ARN, group: 'family:shop-scheduler', lastStatus: 'STOPPED', overrides };
  const startedBy = 'events-rule/apppack-shop-1';
  return [
    'aws.ecs',
    'ECS Task State Change',
    { ...ended, startedBy, stopCode: 'EssentialContainerExited', ...detail },
  ] as const;
}

const EVENTS = {
  parameter: [
    'aws.ssm',
    'Parameter Store Change',
    { name: '/apppack/apps/shop/scaling', operation: 'Update' },
  ],
  label: [
    'aws.ssm',
    'Parameter Store Change',
    { name: '/apppack/apps/shop/scaling', operation: 'LabelParameterVersion' },
  ],
  otherParameter: ['aws.ssm', 'Parameter Store Change', { name: '/other/apps/shop', operation: 'Update' }],
  deployment: [
    'aws.ecs',
    'ECS Deployment State Change',
    { eventName: 'SERVICE_DEPLOYMENT_FAILED', deploymentId: 'ecs-svc/1', reason: SECRET },
  ],
  service: [
    'aws.ecs',
    'ECS Service Action',
    { eventName: 'SERVICE_TASK_PLACEMENT_FAILURE', clusterArn: CLUSTER_ARN },
  ],
  steady: ['aws.ecs', 'ECS Service Action', { eventName: 'SERVICE_STEADY_STATE', clusterArn: CLUSTER_ARN }],
  failedTask: [
    'aws.ecs',
    'ECS Task State Change',
    {
      clusterArn: CLUSTER_ARN,
      group: 'service:shop-web',
      lastStatus: 'STOPPED',
      stopCode: 'TaskFailedToStart',
      startedBy: 'ecs-svc/1',
      overrides,
    },
  ],
  scaledIn: [
    'aws.ecs',
    'ECS Task State Change',
    {
      clusterArn: CLUSTER_ARN,
      group: 'service:shop-web',
      lastStatus: 'STOPPED',
      stopCode: 'ServiceSchedulerInitiated',
      startedBy: 'ecs-svc/1',
    },
  ],
  oneOffTask: [
    'aws.ecs',
    'ECS Task State Change',
    { clusterArn: CLUSTER_ARN, group: 'family:shop-release', lastStatus: 'STOPPED', overrides },
  ],
  releaseThatRuns: [
    'aws.ecs',
    'ECS Task State Change',
    { clusterArn: CLUSTER_ARN, group: 'family:shop-release', lastStatus: 'RUNNING', overrides },
  ],
  releaseThatWaits: [
    'aws.ecs',
    'ECS Task State Change',
    { clusterArn: CLUSTER_ARN, group: 'family:shop-release', lastStatus: 'PENDING', overrides },
  ],
  postdeploy: [
    'aws.ecs',
    'ECS Task State Change',
    { clusterArn: CLUSTER_ARN, group: 'family:shop-pr7-postdeploy', lastStatus: 'DEPROVISIONING', overrides },
  ],
  shell: [
    'aws.ecs',
    'ECS Task State Change',
    { clusterArn: CLUSTER_ARN, group: 'family:shop-shell', lastStatus: 'STOPPED', overrides },
  ],
  scheduledTask: scheduled({ containers: [{ name: 'scheduler', exitCode: 0 }] }),
  failedSchedule: scheduled({ containers: [{ name: 'log' }, { name: 'scheduler', exitCode: 1 }] }),
  neverStarted: scheduled({ stopCode: 'TaskFailedToStart', containers: [{ name: 'scheduler' }] }),
  foreignSchedule: scheduled({ group: 'family:reports', containers: [{ exitCode: 1 }] }),
  startedByHand: scheduled({ startedBy: 'jane', containers: [{ exitCode: 1 }] }),
  build: [
    'aws.codebuild',
    'CodeBuild Build State Change',
    {
      'build-status': 'SUCCEEDED',
      'project-name': 'shop',
      'build-id': 'arn:b',
      'additional-information': { environment },
    },
  ],
  buildPhase: [
    'aws.codebuild',
    'CodeBuild Build Phase Change',
    { 'project-name': 'shop', 'build-id': 'arn:b', 'additional-information': { environment } },
  ],
} as const;

/** What gets through the rules into the intake queue, from every event above. */
async function received(kinds: ReadonlySet<Kind>): Promise<string[]> {
  const bench = await openQueues();
  await installRules(bench, kinds);
  for (const [source, detailType, detail] of Object.values(EVENTS)) {
    bench.simulator.emit(DEFAULT_ACCOUNT, DEFAULT_REGION, {
      source,
      detailType,
      resources: [SERVICE_ARN],
      detail,
    });
  }
  await bench.clock.advance(5000);
  return bench.bodies('intake');
}

describe('the rules of an installation', () => {
  it('let through what concerns apps, in a form that is understood', async () => {
    const bodies = await received(APPS);
    const messages = bodies.map((body) => parseIntakeMessage(body, 'm'));
    expect(messages.map((message) => message.type)).toEqual([
      'parameter',
      'service',
      'service',
      'task',
      'failedSchedule',
      'failedSchedule',
    ]);
    expect(messages[4]).toMatchObject({ group: 'family:shop-scheduler' });
    expect(messages[0]).toMatchObject({ name: '/apppack/apps/shop/scaling', operation: 'Update' });
    expect(messages[1]).toMatchObject({ cluster: 'main', service: 'shop-web' });
    expect(messages[2]).toMatchObject({ eventName: 'SERVICE_TASK_PLACEMENT_FAILURE' });
    expect(messages[3]).toMatchObject({ group: 'service:shop-web', stopCode: 'TaskFailedToStart' });
  });

  it('let through builds and tasks of releases where builds are worked on', async () => {
    const messages = (await received(BUILDS)).map((body) => parseIntakeMessage(body, 'm'));
    const ofApps = ['parameter', 'service', 'failedSchedule'];
    const others = messages.filter(({ type }) => !ofApps.includes(type)).slice(1);
    expect(others).toMatchObject([
      { type: 'task', group: 'family:shop-release', lastStatus: 'STOPPED' },
      { type: 'task', group: 'family:shop-release', lastStatus: 'RUNNING' },
      { type: 'task', group: 'family:shop-pr7-postdeploy', lastStatus: 'DEPROVISIONING' },
      { type: 'build', project: 'shop', buildStatus: 'SUCCEEDED' },
      { type: 'build', project: 'shop', buildId: 'arn:b' },
    ]);
  });

  it('let no environment variable, override or free text into the queue', async () => {
    expect((await received(BUILDS)).join()).not.toContain(SECRET);
  });

  it('have names of their own and patterns within the limit', () => {
    const rules = ruleDefinitions({ prefix: '/apppack', kinds: BUILDS });
    expect(new Set(rules.map((rule) => rule.name)).size).toBe(rules.length);
    // Source: EventBridge eb-quota.html
    expect(rules.every((rule) => JSON.stringify(rule.pattern).length <= 2048)).toBe(true);
  });
});
