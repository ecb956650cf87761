import type { Kind } from '../reconcile/key.ts';

/**
 * One EventBridge rule of an installation. Its target is the intake queue, through an input transformer that
 * lets ids and names through and nothing else: build events carry environment variables in clear.
 */
export interface RuleDefinition {
  /** Unique in an installation; its full name begins with the installation's. */
  readonly name: string;
  readonly description: string;
  readonly pattern: EventPattern;
  readonly transformer: InputTransformer;
}

/** The part of EventBridge's pattern language the rules use. */
export interface EventPattern {
  readonly source: readonly string[];
  readonly 'detail-type': readonly string[];
  readonly detail?: PatternFields;
}

interface PatternFields {
  readonly [field: string]: readonly PatternValue[] | PatternFields;
}

type PatternValue =
  | string
  | { readonly prefix: string }
  | { readonly suffix: string }
  | { readonly wildcard: string }
  | { readonly 'anything-but': readonly string[] | readonly number[] }
  /** Only in `$or`: one of these must match. */
  | PatternFields;

/** As PutTargets takes it. Source: EventBridge API_InputTransformer.html */
export interface InputTransformer {
  readonly InputPathsMap: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}

/** Service events that repeat for as long as all is well. Source: ECS ecs_service_events.html */
export const STEADY_EVENTS: readonly string[] = [
  'SERVICE_STEADY_STATE',
  'TASKSET_STEADY_STATE',
  'CAPACITY_PROVIDER_STEADY_STATE',
];

/** That a deployment began. Source: ECS ecs_service_deployment_events.html */
export const BEGAN_EVENT = 'SERVICE_DEPLOYMENT_IN_PROGRESS';

/** Task ends that speak of a fault of the service rather than of a rollout or of scaling in. */
export const FAILING_STOPS: readonly string[] = ['TaskFailedToStart', 'EssentialContainerExited'];

/** States of a release's task that tell something: it runs, or it has left that state. */
export const RELEASE_TASK_STATES: readonly string[] = [
  'RUNNING',
  'DEACTIVATING',
  'STOPPING',
  'DEPROVISIONING',
  'STOPPED',
];

/** What our rule calls the end of a scheduled task that failed; ECS has one name for all changes of tasks. */
export const FAILED_SCHEDULE = 'Scheduled Task Failed';

/** Scheduled tasks run in the family `<app>-scheduler`, which names their group. */
export const SCHEDULER_GROUP_END = '-scheduler';

/** The rules an installation needs for the kinds of keys it works on. */
export function ruleDefinitions(options: {
  readonly prefix: string;
  readonly kinds: ReadonlySet<Kind>;
  readonly accessPaths?: readonly string[];
}): readonly RuleDefinition[] {
  const always = [
    parameterRule(options),
    deploymentRule(),
    serviceRule(),
    failedTaskRule(),
    failedScheduleRule(),
  ];
  return options.kinds.has('build') ? [...always, oneOffTaskRule(), buildRule(), buildPhaseRule()] : always;
}

function parameterRule({
  prefix,
  accessPaths = [],
}: {
  readonly prefix: string;
  readonly accessPaths?: readonly string[];
}): RuleDefinition {
  const elsewhere = accessPaths
    .filter((path) => !path.startsWith(`${prefix}/`))
    .map((path) => path.replace(/\*.*$/, ''));
  const prefixes = [`${prefix}/`, ...new Set(elsewhere)];
  return {
    name: 'parameters',
    description: `Changes of parameters below ${prefixes.join(' and ')}`,
    pattern: {
      source: ['aws.ssm'],
      'detail-type': ['Parameter Store Change'],
      detail: {
        name: prefixes.map((one) => ({ prefix: one })),
        operation: ['Create', 'Update', 'Delete'],
      },
    },
    transformer: transformer('Parameter Store Change', 'aws.ssm', {
      name: '$.detail.name',
      operation: '$.detail.operation',
    }),
  };
}

function deploymentRule(): RuleDefinition {
  return {
    name: 'deployments',
    description: 'Deployments of ECS services that begin, end or fail',
    pattern: { source: ['aws.ecs'], 'detail-type': ['ECS Deployment State Change'] },
    transformer: transformer('ECS Deployment State Change', 'aws.ecs', {
      resources: '$.resources',
      eventName: '$.detail.eventName',
      deploymentId: '$.detail.deploymentId',
    }),
  };
}

function serviceRule(): RuleDefinition {
  return {
    name: 'services',
    description: 'What happens to ECS services, but for news that all is steady',
    pattern: {
      source: ['aws.ecs'],
      'detail-type': ['ECS Service Action'],
      detail: { eventName: [{ 'anything-but': STEADY_EVENTS }] },
    },
    transformer: transformer('ECS Service Action', 'aws.ecs', {
      resources: '$.resources',
      eventName: '$.detail.eventName',
      clusterArn: '$.detail.clusterArn',
    }),
  };
}

function failedTaskRule(): RuleDefinition {
  return {
    name: 'failed-tasks',
    description: 'Tasks of ECS services that could not start or exited',
    pattern: {
      source: ['aws.ecs'],
      'detail-type': ['ECS Task State Change'],
      detail: { lastStatus: ['STOPPED'], group: [{ prefix: 'service:' }], stopCode: FAILING_STOPS },
    },
    transformer: transformer('ECS Task State Change', 'aws.ecs', {
      ...TASK_PATHS,
      stopCode: '$.detail.stopCode',
      startedBy: '$.detail.startedBy',
    }),
  };
}

/**
 * A list of containers matches when one of them does; one that never started has no exit code.
 * Source: EventBridge eb-create-pattern-operators.html, ECS ecs_task_events.html
 */
function failedScheduleRule(): RuleDefinition {
  return {
    name: 'failed-schedules',
    description: 'Scheduled tasks that could not start or ended badly',
    pattern: {
      source: ['aws.ecs'],
      'detail-type': ['ECS Task State Change'],
      detail: {
        lastStatus: ['STOPPED'],
        group: [{ suffix: SCHEDULER_GROUP_END }],
        startedBy: [{ prefix: 'events-rule/' }],
        $or: [{ stopCode: ['TaskFailedToStart'] }, { containers: { exitCode: [{ 'anything-but': [0] }] } }],
      },
    },
    transformer: transformer(FAILED_SCHEDULE, 'aws.ecs', TASK_PATHS),
  };
}

/**
 * No `startedBy`: a task that a person started need not have one, and a template must not miss a value. Whoever watches
 * a release waits for the moment its task leaves RUNNING, so its last states are told as well.
 */
function oneOffTaskRule(): RuleDefinition {
  return {
    name: 'one-off-tasks',
    description: 'Release and postdeploy tasks that run, and that do not any more',
    pattern: {
      source: ['aws.ecs'],
      'detail-type': ['ECS Task State Change'],
      detail: {
        lastStatus: RELEASE_TASK_STATES,
        group: [{ wildcard: 'family:*-release' }, { wildcard: 'family:*-postdeploy' }],
      },
    },
    transformer: transformer('ECS Task State Change', 'aws.ecs', TASK_PATHS),
  };
}

function buildRule(): RuleDefinition {
  return {
    name: 'builds',
    description: 'CodeBuild builds that begin or end',
    pattern: { source: ['aws.codebuild'], 'detail-type': ['CodeBuild Build State Change'] },
    transformer: transformer('CodeBuild Build State Change', 'aws.codebuild', {
      ...BUILD_PATHS,
      'build-status': '$.detail.build-status',
    }),
  };
}

function buildPhaseRule(): RuleDefinition {
  return {
    name: 'build-phases',
    description: 'CodeBuild builds that enter another phase',
    pattern: { source: ['aws.codebuild'], 'detail-type': ['CodeBuild Build Phase Change'] },
    transformer: transformer('CodeBuild Build Phase Change', 'aws.codebuild', BUILD_PATHS),
  };
}

const TASK_PATHS = {
  clusterArn: '$.detail.clusterArn',
  group: '$.detail.group',
  lastStatus: '$.detail.lastStatus',
};

const BUILD_PATHS = { project: '$.detail.project-name', 'build-id': '$.detail.build-id' };

/**
 * A variable without quotes is put in as JSON, with quotes for a text and brackets for a list; one whose path
 * the event lacks leaves a hole, so every path here is one the matched events always have.
 * Source: EventBridge eb-transform-target-input.html
 */
function transformer(
  type: string,
  source: string,
  paths: Readonly<Record<string, string>>,
): InputTransformer {
  const all = { id: '$.id', time: '$.time', account: '$.account', region: '$.region', ...paths };
  const members = Object.keys(all).map((name) => `"${name}":<${name}>`);
  const constants = [`"source":${JSON.stringify(source)}`, `"type":${JSON.stringify(type)}`];
  return { InputPathsMap: all, InputTemplate: `{${[...constants, ...members].join(',')}}` };
}
