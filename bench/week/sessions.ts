import type { Random } from '../../src/reconcile/ports.ts';
import type { PlayedChange } from '../../src/replay/changes.ts';
import { randomInteger } from '../../src/simulator/random.ts';
import { definitionOf } from '../../test/scenario/worlds.ts';
import { type Profile, scalingOf, schedulesOf } from '../profile.ts';

/** The apps of the week are small, as most are; schedules come and go in it. */
export const PROFILE: Profile = { services: 1, variables: 5, schedules: 0, autoscaled: false };

/** A change without its instant: that many milliseconds after the one before it. */
export interface Deed {
  readonly afterMs: number;
  readonly change: DatelessChange;
}

type Dateless<Change> = Change extends unknown ? Omit<Change, 'at'> : never;
export type DatelessChange = Dateless<PlayedChange>;

/** An app as its people know it; what they do next depends on it. */
export interface AppState {
  readonly name: string;
  readonly variables: Set<string>;
  image: number;
  count: number;
  schedules: number;
}

/** What people do in one go to an app. */
export type Session = (app: AppState, random: Random) => readonly Deed[];

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const PROCESSES = ['web'];
const EXTRA_VARIABLES = 4;
const SCHEDULES_MAX = 3;

/** An app as its world begins. */
export function newApp(name: string): AppState {
  const variables = Array.from({ length: PROFILE.variables }, (_, index) => `VARIABLE_${index + 1}`);
  return { name, variables: new Set(variables), image: 1, count: 1, schedules: PROFILE.schedules };
}

/** The kinds of sessions with how often each of them is among a hundred. */
export const SESSIONS: ReadonlyArray<readonly [weight: number, name: string, session: Session]> = [
  [45, 'config imported by a script', importConfig],
  [20, 'config edited by hand', editConfig],
  [15, 'scaling edited', editScaling],
  [8, 'scheduled tasks edited', editSchedules],
  [7, 'release deployed by somebody else', deploy],
  [3, 'count changed by hand', changeCount],
  [2, 'mistake in scaling, mended', mistake],
];

function importConfig(app: AppState, random: Random): readonly Deed[] {
  const known = [...app.variables];
  const names = [...new Set([...known, variableName(random), variableName(random)])];
  return names.map((name) => setVariable(app, name, between(random, 200, SECOND_MS)));
}

function editConfig(app: AppState, random: Random): readonly Deed[] {
  return Array.from({ length: 1 + randomInteger(random, 3) }, () => {
    const name = variableName(random);
    const afterMs = between(random, 5 * SECOND_MS, 40 * SECOND_MS);
    const isExtra = name.startsWith('EXTRA');
    if (!isExtra || !app.variables.has(name)) return setVariable(app, name, afterMs);
    app.variables.delete(name);
    return { afterMs, change: { type: 'delete', name: parameterOf(app, `config/${name}`) } };
  });
}

function editScaling(app: AppState, random: Random): readonly Deed[] {
  return Array.from({ length: 1 + randomInteger(random, 3) }, () => {
    app.count = 1 + (app.count % 5);
    return putJson(app, 'scaling', scalingOf(PROFILE, app.count), between(random, MINUTE_MS, 5 * MINUTE_MS));
  });
}

function editSchedules(app: AppState, random: Random): readonly Deed[] {
  return Array.from({ length: 1 + randomInteger(random, 2) }, () => {
    app.schedules = 1 + (app.schedules % SCHEDULES_MAX);
    const afterMs = between(random, MINUTE_MS, 5 * MINUTE_MS);
    return putJson(app, 'scheduled-tasks', schedulesOf(app.schedules), afterMs);
  });
}

/** As a pipeline does: a revision of each process with the new image, and a service that is told of it. */
function deploy(app: AppState, random: Random): readonly Deed[] {
  app.image += 1;
  return PROCESSES.flatMap((process) => {
    const family = `${app.name}-${process}`;
    const secrets = [...app.variables].sort().map((variable) => ({
      name: variable,
      valueFrom: `arn:aws:ssm:us-east-1:123456789012:parameter${parameterOf(app, `config/${variable}`)}`,
    }));
    const input = definitionOf(family, process, {
      executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
      containerDefinitions: [{ name: process, image: `example.com/app:${app.image}`, secrets }],
    });
    const update = { cluster: 'main', service: family, taskDefinition: family };
    return [
      callEcs('RegisterTaskDefinition', input, between(random, SECOND_MS, 3 * SECOND_MS)),
      callEcs('UpdateService', update, between(random, 300, SECOND_MS)),
    ];
  });
}

function changeCount(app: AppState, random: Random): readonly Deed[] {
  const service = `${app.name}-${PROCESSES[randomInteger(random, PROCESSES.length)] ?? 'web'}`;
  return [callEcs('UpdateService', { cluster: 'main', service, desiredCount: app.count + 7 }, SECOND_MS)];
}

function mistake(app: AppState, random: Random): readonly Deed[] {
  const text = JSON.stringify(scalingOf(PROFILE, app.count)).slice(0, -3);
  const name = parameterOf(app, 'scaling');
  return [
    { afterMs: SECOND_MS, change: { type: 'put', name, value: text } },
    putJson(app, 'scaling', scalingOf(PROFILE, app.count), between(random, 30 * SECOND_MS, 5 * MINUTE_MS)),
  ];
}

function setVariable(app: AppState, variable: string, afterMs: number): Deed {
  app.variables.add(variable);
  const name = parameterOf(app, `config/${variable}`);
  return { afterMs, change: { type: 'put', name, kind: 'SecureString' } };
}

function putJson(app: AppState, path: string, json: unknown, afterMs: number): Deed {
  return { afterMs, change: { type: 'put', name: parameterOf(app, path), json } };
}

function callEcs(operation: string, input: Record<string, unknown>, afterMs: number): Deed {
  return { afterMs, change: { type: 'call', service: 'ecs', operation, input } };
}

function variableName(random: Random): string {
  const number = 1 + randomInteger(random, PROFILE.variables + EXTRA_VARIABLES);
  return number > PROFILE.variables ? `EXTRA_${number - PROFILE.variables}` : `VARIABLE_${number}`;
}

function parameterOf(app: AppState, path: string): string {
  return `/apppack/apps/${app.name}/${path}`;
}

function between(random: Random, low: number, high: number): number {
  return low + randomInteger(random, high - low);
}
