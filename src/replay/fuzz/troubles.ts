import { isMutating } from '../../aws/operations.ts';
import type { FaultWish } from '../changes.ts';
import type { Dice } from './dice.ts';
import type { Subjects } from './subjects.ts';
import type { Happening } from './timeline.ts';

/** What can be done to a controller besides asking it for something. */
export const TROUBLES = [
  'throttle',
  'error',
  'denied',
  'reset',
  'lostResponse',
  'slow',
  'denial',
  'weather',
  'tasks',
  'stop',
  'kill',
  'people',
  'replicas',
] as const;

export type Trouble = (typeof TROUBLES)[number];

/** Whether a word names one, as in `--faults`. */
export function isTrouble(word: string): word is Trouble {
  return TROUBLES.some((one) => one === word);
}

/** Calls that faults are aimed at; the rest is hit when they are aimed at a service, or at all of them. */
const TARGETS: ReadonlyArray<readonly [service: string, ...operations: readonly string[]]> = [
  ['ssm', 'GetParameters', 'GetParametersByPath', 'GetParameter'],
  [
    'ecs',
    'DescribeServices',
    'UpdateService',
    'RegisterTaskDefinition',
    'DescribeTaskDefinition',
    'ListServiceDeployments',
    'DescribeServiceDeployments',
    'TagResource',
  ],
  ['events', 'ListRules', 'PutRule', 'PutTargets', 'RemoveTargets', 'DeleteRule', 'ListTargetsByRule'],
  [
    'autoscaling',
    'DescribeScalableTargets',
    'RegisterScalableTarget',
    'PutScalingPolicy',
    'DeregisterScalableTarget',
    'DescribeScalingPolicies',
  ],
  ['dynamodb', 'GetItem', 'UpdateItem', 'BatchGetItem', 'Query'],
  [
    'sqs',
    'ReceiveMessage',
    'SendMessage',
    'SendMessageBatch',
    'DeleteMessageBatch',
    'ChangeMessageVisibilityBatch',
  ],
];

/** Where apps are built, what builds and releases need besides. */
const BUILD_TARGETS: typeof TARGETS = [
  ['codebuild', 'ListBuildsForProject', 'BatchGetBuilds', 'BatchGetProjects', 'ListBuilds'],
  ['s3', 'GetObject', 'HeadObject', 'PutObject'],
  ['logs', 'GetLogEvents'],
  ['ecs', 'RunTask', 'ListTasks', 'DescribeTasks', 'CreateService', 'StopTask'],
  ['dynamodb', 'PutItem', 'UpdateItem', 'Query', 'DeleteItem'],
];

const BUILD_DENIED_ACTIONS: readonly string[] = [
  'codebuild:*',
  's3:*',
  'ecs:RunTask',
  'ecs:ListTasks',
  'ecs:CreateService',
  'logs:GetLogEvents',
];

const DENIED_ACTIONS: readonly string[] = [
  'ssm:GetParameters',
  'ssm:GetParametersByPath',
  'ecs:DescribeServices',
  'ecs:UpdateService',
  'ecs:RegisterTaskDefinition',
  'ecs:*',
  'events:PutRule',
  'events:ListRules',
  'application-autoscaling:*',
  'iam:PassRole',
];

/** Everything lasts so long at most, so that a case can settle. */
const SECONDS_MAX = 45;

/** How tasks that start may fare. */
const FATES: readonly object[] = [
  { exitCode: 1 },
  { crashAfterSeconds: 2 },
  { cannotPull: true },
  { unhealthyAfterSeconds: 5 },
  { placementFailure: 'RESOURCE:MEMORY' },
];

/** How the tasks of a release may fare, which are run once. */
const TASK_FATES: readonly object[] = [
  { exitCode: 1 },
  { exitCode: 0, runSeconds: 3 },
  { exitCode: 0, runSeconds: 50 },
  { crashAfterSeconds: 2, exitCode: 137 },
  { cannotPull: true },
  { secretsDenied: true },
  { neverStarts: true },
  { lost: 'SpotInterruption', runSeconds: 3 },
  { lost: 'InfrastructureHealth', runSeconds: 5 },
  { placementFailure: 'RESOURCE:FARGATE' },
];

/** One trouble of a kind, with what ends it where it does not end by itself. */
export function trouble(kind: Trouble, subjects: Subjects, dice: Dice): readonly Happening[] {
  const builds = subjects.projects.length > 0;
  switch (kind) {
    case 'denial':
      return [
        {
          type: 'denial',
          action: dice.pick(builds ? [...DENIED_ACTIONS, ...BUILD_DENIED_ACTIONS] : DENIED_ACTIONS),
          resource: '*',
          seconds: dice.between(1, SECONDS_MAX),
        },
      ];
    case 'weather':
      return [
        {
          type: 'weather',
          weather: {
            staleReadsMs: dice.pick([0, 500, 3000, 5000]),
            duplicateEvents: dice.pick([0, 0.1, 0.5, 1]),
            lostEvents: dice.pick([0, 0.1, 0.5, 1]),
            eventDelayMs: dice.pick([0, 500, 10_000]),
          },
        },
      ];
    case 'tasks':
      return fare(subjects, dice);
    case 'stop':
    case 'kill':
      return [{ type: 'restart', how: kind }];
    case 'people':
    case 'replicas':
      return [];
    default:
      return [faultOf(kind, builds ? ALL_TARGETS : TARGETS, dice)];
  }
}

/** Tasks that start from now on fare badly: those of a service, of a release, or all. */
function fare({ services, projects }: Subjects, dice: Dice): readonly Happening[] {
  const isOfRelease = projects.length > 0 && dice.chance(0.5);
  const times = dice.chance(0.5) ? { times: dice.between(1, 4) } : {};
  const family = isOfRelease
    ? dice.pick(['*-release', '*-release', '*-postdeploy'])
    : services.length > 0 && dice.chance(0.5)
      ? dice.pick(services).name
      : '*';
  const fate = dice.pick(isOfRelease ? TASK_FATES : FATES);
  const bad: Happening = { type: 'outcomes', outcomes: [{ family, ...fate, ...times }] };
  const good: Happening = { type: 'outcomes', outcomes: [] };
  return dice.chance(0.7) ? [bad, good] : [bad];
}

const ALL_TARGETS: typeof TARGETS = [...TARGETS, ...BUILD_TARGETS];

/** An answer that is lost is worth more where something was done. */
function writesIn(targets: typeof TARGETS): typeof TARGETS {
  return targets.flatMap(([service, ...operations]) => {
    const writes = operations.filter(isMutating);
    return writes.length === 0 ? [] : [[service, ...writes] as const];
  });
}

function faultOf(kind: FaultWish['kind'], targets: typeof TARGETS, dice: Dice): Happening {
  const [service, ...operations] = dice.pick(kind === 'lostResponse' ? writesIn(targets) : targets);
  const aim = dice.chance(0.15)
    ? {}
    : dice.chance(0.3)
      ? { service }
      : { service, operation: dice.pick(operations) };
  const share = dice.chance(0.5) ? {} : { probability: dice.pick([0.1, 0.5, 0.9]) };
  const times = dice.chance(0.6) ? { times: dice.between(1, 6) } : {};
  const delay = kind === 'slow' ? { delayMs: dice.pick([500, 5000, 12_000, 40_000]) } : {};
  const fault = { kind, ...aim, ...share, ...times, ...delay };
  return { type: 'fault', fault, seconds: dice.between(1, SECONDS_MAX) };
}
