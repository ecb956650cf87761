import { definitionOf, type ProcessScaling, scaled, serviceOf } from '../test/scenario/worlds.ts';

/** How big an app is. */
export interface Profile {
  /** Processes, each a service. */
  readonly services: number;
  readonly variables: number;
  readonly schedules: number;
  /** Scales between two counts, so that each service has a scaling policy; else it has a fixed count. */
  readonly autoscaled: boolean;
}

/** The app that all figures are for unless they say otherwise. */
export const PROFILE: Profile = { services: 3, variables: 10, schedules: 5, autoscaled: true };

/**
 * So many apps have schedules where there are more: EventBridge takes 300 rules, some of which are ours.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 */
export const SCHEDULED_APPS_MAX = 50;

/** Documents of an app beside its variables and its `scheduled-tasks`: settings and scaling. */
const DOCUMENTS = 2;

const PROCESSES = ['web', 'worker', 'clock', 'mail'];
const ROLE = 'arn:aws:iam::123456789012:role/events';

/** `shop1` … `shop<count>`: no hyphen, so no name of a service could belong to two of them. */
export function appNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `shop${index + 1}`);
}

/** The world sections of apps that are as their parameters say, but for what only the controller creates. */
export function profileWorld(apps: readonly string[], profile: Profile = PROFILE): Record<string, unknown> {
  const parameters: Record<string, unknown> = {};
  const taskDefinitions: unknown[] = [];
  const services: unknown[] = [];
  for (const [index, app] of apps.entries()) {
    const schedules = index < SCHEDULED_APPS_MAX ? profile.schedules : 0;
    Object.assign(parameters, parametersOf(app, { ...profile, schedules }));
    for (const process of processesOf(profile)) {
      const name = `${app}-${process}`;
      const secrets = variablesOf(profile).map((variable) => ({
        name: variable,
        valueFrom: `arn:aws:ssm:us-east-1:123456789012:parameter/apppack/apps/${app}/config/${variable}`,
      }));
      taskDefinitions.push(
        definitionOf(name, process, {
          executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
          containerDefinitions: [{ name: process, image: 'example.com/app:1', secrets }],
        }),
      );
      services.push(serviceOf(name, { tags: [{ key: 'trimtab:owner', value: `/apppack/apps/${app}` }] }));
    }
  }
  return { ssm: { parameters }, ecs: { clusters: [{ name: 'main' }], taskDefinitions, services } };
}

/** The value of an app's `scaling`, with as many tasks as `count` says. */
export function scalingOf(profile: Profile, count = 1): Record<string, ProcessScaling> {
  const most = profile.autoscaled ? count + 3 : count;
  return Object.fromEntries(
    processesOf(profile).map((process) => [process, scaled({ min_processes: count, max_processes: most })]),
  );
}

/** An entry of `scheduled-tasks`. */
export interface ScheduledTask {
  readonly schedule: string;
  readonly command: string;
}

/** The value of an app's `scheduled-tasks`: one task a schedule, no two at the same time. */
export function schedulesOf(count: number): ScheduledTask[] {
  return Array.from({ length: count }, (_, index) => ({
    schedule: `${index} 3 * * ? *`,
    command: `run task-${index}`,
  }));
}

/** The fewest requests that read so many apps of this size when all that never changes is known already. */
export function warmFloor(apps: number, { services, variables, schedules, autoscaled }: Profile): number {
  const scheduled = schedules === 0 ? 0 : Math.min(apps, SCHEDULED_APPS_MAX);
  const parameters = apps * (variables + DOCUMENTS) + scheduled;
  const all = apps * services;
  const pages = (things: number, size: number) => Math.ceil(things / size);
  return (
    pages(parameters, 10) +
    pages(all, 10) +
    pages(all, 50) +
    pages(autoscaled ? all : 0, 10) +
    pages(scheduled * schedules, 100)
  );
}

function processesOf({ services }: Profile): readonly string[] {
  return PROCESSES.slice(0, services);
}

function variablesOf({ variables }: Profile): readonly string[] {
  return Array.from({ length: variables }, (_, index) => `VARIABLE_${index + 1}`);
}

function parametersOf(app: string, profile: Profile): Record<string, unknown> {
  const root = `/apppack/apps/${app}`;
  const settings = { cluster: 'main', events_role_arn: ROLE };
  return {
    [`${root}/settings`]: { type: 'String', json: settings },
    [`${root}/scaling`]: { type: 'String', json: scalingOf(profile) },
    ...(profile.schedules === 0
      ? {}
      : { [`${root}/scheduled-tasks`]: { type: 'String', json: schedulesOf(profile.schedules) } }),
    ...Object.fromEntries(
      variablesOf(profile).map((name) => [
        `${root}/config/${name}`,
        { type: 'SecureString', value: `secret of ${name}` },
      ]),
    ),
  };
}
