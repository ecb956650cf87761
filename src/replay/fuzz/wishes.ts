import { asDocument, isDocument } from '../documents.ts';
import {
  BAD_CRONS,
  BAD_SIZES,
  COMMANDS,
  COUNTS,
  CRONS,
  NEW_APPS,
  NO_JSON,
  PROCESSES,
  SIZES,
  TEXTS,
  VARIABLES,
} from './bait.ts';
import { wishOfBuilds } from './building.ts';
import type { Dice } from './dice.ts';
import type { Subjects } from './subjects.ts';
import type { Happening } from './timeline.ts';
import { mutateValue } from './values.ts';

/** Parameter Store keeps no longer text, not even in the advanced tier. */
const VALUE_CHARACTERS_MAX = 8192;

/** A way in which somebody may change what they want. Gives nothing where there is nothing to change. */
type Wish = (subjects: Subjects, dice: Dice) => readonly Happening[];

const WISHES: readonly Wish[] = [
  wishSize,
  wishSize,
  wishCount,
  wishCount,
  wishCount,
  wishProcess,
  wishSchedules,
  wishSchedules,
  wishConfig,
  wishConfig,
  wishSettings,
  wishPause,
  wishRelease,
  garble,
  garble,
  truncate,
  remove,
  wishNewApp,
];

/** How often somebody wants something of builds and releases, where there are any. */
const BUILDS_SHARE = 0.45;

/** One or several puts and deletions of parameters, or builds, aware of what they mean. */
export function wish(subjects: Subjects, dice: Dice): readonly Happening[] {
  if (subjects.projects.length > 0 && dice.chance(BUILDS_SHARE)) return wishOfBuilds(subjects, dice);
  return dice.pick(WISHES)(subjects, dice);
}

function wishSize(subjects: Subjects, dice: Dice): readonly Happening[] {
  const [cpu, memory] = dice.pick(SIZES);
  const size = dice.chance(0.75) ? { cpu, memory } : { cpu: dice.pick(BAD_SIZES), memory };
  return changeProcess(subjects, dice, size);
}

function wishCount(subjects: Subjects, dice: Dice): readonly Happening[] {
  const count = dice.chance(0.7) ? dice.between(0, 4) : dice.pick(COUNTS);
  const max = typeof count === 'number' && dice.chance(0.6) ? count + dice.between(0, 3) : dice.pick(COUNTS);
  return changeProcess(subjects, dice, {
    min_processes: count,
    max_processes: dice.chance(0.4) ? count : max,
  });
}

function changeProcess(subjects: Subjects, dice: Dice, changes: object): readonly Happening[] {
  const name = documentOf(subjects, dice, 'scaling');
  const scaling = asDocument(subjects.parameters.get(name));
  const processes = Object.keys(scaling);
  const process = processes.length === 0 ? 'web' : dice.pick(processes);
  return [put(name, { ...scaling, [process]: { ...asDocument(scaling[process]), ...changes } })];
}

/** A process comes or goes. */
function wishProcess(subjects: Subjects, dice: Dice): readonly Happening[] {
  const name = documentOf(subjects, dice, 'scaling');
  const scaling = asDocument(subjects.parameters.get(name));
  const entries = Object.entries(scaling);
  if (entries.length > 0 && dice.chance(0.5)) {
    const [gone] = dice.pick(entries);
    return [put(name, Object.fromEntries(entries.filter(([process]) => process !== gone)))];
  }
  const [cpu, memory] = dice.pick(SIZES);
  return [
    put(name, { ...scaling, [dice.pick(PROCESSES)]: { cpu, memory, min_processes: 1, max_processes: 1 } }),
  ];
}

function wishSchedules(subjects: Subjects, dice: Dice): readonly Happening[] {
  const name = documentOf(subjects, dice, 'scheduled-tasks');
  const before = subjects.parameters.get(name);
  const tasks: readonly unknown[] = Array.isArray(before) ? before : [];
  const task = () => ({
    schedule: dice.chance(0.85) ? dice.pick(CRONS) : dice.pick(BAD_CRONS),
    command: dice.chance(0.9) ? dice.pick(COMMANDS) : dice.pick(TEXTS),
  });
  switch (dice.between(0, 6)) {
    case 0:
      return [put(name, [])];
    case 1:
      return [put(name, tasks.slice(1))];
    case 2:
      return [put(name, [...tasks].reverse())];
    case 3:
      return [put(name, [...tasks, ...tasks.slice(0, 1)])];
    case 4: {
      const schedule = dice.pick(CRONS);
      const many = Array.from({ length: dice.between(5, 9) }, (_none, index) => ({
        schedule,
        command: `run ${index}`,
      }));
      return [put(name, many)];
    }
    default:
      return [put(name, [...tasks.slice(0, 12), ...Array.from({ length: dice.between(1, 3) }, task)])];
  }
}

/** Variables come, change and go, one at a time or in a burst. */
function wishConfig(subjects: Subjects, dice: Dice): readonly Happening[] {
  const app = appOf(subjects, dice);
  const path = `${subjects.prefix}/apps/${app}/config`;
  const count = dice.chance(0.7) ? 1 : dice.between(2, 8);
  return Array.from({ length: count }, (): Happening => {
    const name = `${path}/${dice.pick(VARIABLES)}`;
    const isThere = subjects.parameters.has(name);
    return isThere && dice.chance(0.4)
      ? { type: 'delete', name }
      : { type: 'put', name, kind: 'SecureString' };
  });
}

function wishSettings(subjects: Subjects, dice: Dice): readonly Happening[] {
  const name = documentOf(subjects, dice, 'settings');
  const settings = asDocument(subjects.parameters.get(name));
  const change = dice.pick([
    { cluster: dice.pick(['main', 'other', '', 5, 'arn:aws:ecs:us-east-1:123456789012:cluster/main']) },
    { deletion_policy: dice.pick(['delete', 'retain', 'Delete', null]) },
    { cpu_target: dice.pick([1, 50, 70, 100, 0, 101, '50']) },
    { events_role_arn: dice.pick(['arn:aws:iam::123456789012:role/events', 'events', null]) },
  ]);
  return [put(name, { ...settings, ...change })];
}

function wishPause(subjects: Subjects, dice: Dice): readonly Happening[] {
  const name = documentOf(subjects, dice, 'paused');
  const pause: Happening = { type: 'put', name, value: dice.pick(['moving house', 'true', ' ', '{}']) };
  const resume: Happening = { type: 'delete', name };
  return dice.chance(0.7) ? [pause, resume] : [dice.pick([pause, resume])];
}

function wishRelease(subjects: Subjects, dice: Dice): readonly Happening[] {
  const name = documentOf(subjects, dice, 'release');
  const processes = { [dice.pick(PROCESSES)]: { command: dice.pick(COMMANDS) } };
  return [put(name, { image: `example.com/app:${dice.between(1, 9)}`, processes })];
}

/** Some part of a document becomes something else. */
function garble(subjects: Subjects, dice: Dice): readonly Happening[] {
  const name = anyParameter(subjects, dice);
  if (name === undefined) return [];
  let value = subjects.parameters.get(name);
  for (let times = dice.between(1, 3); times > 0; times -= 1) value = mutateValue(value, dice);
  return [put(name, value)];
}

/** A text is cut off, or was never JSON. */
function truncate(subjects: Subjects, dice: Dice): readonly Happening[] {
  const name = anyParameter(subjects, dice);
  if (name === undefined) return [];
  const whole = JSON.stringify(subjects.parameters.get(name)) ?? '';
  const value = dice.chance(0.5) ? whole.slice(0, dice.between(1, 60)) : dice.pick(NO_JSON);
  return value === '' ? [] : [{ type: 'put', name, value }];
}

function remove(subjects: Subjects, dice: Dice): readonly Happening[] {
  const names = [...subjects.parameters.keys()];
  if (names.length === 0) return [];
  const name = dice.pick(names);
  if (dice.chance(0.8)) return [{ type: 'delete', name }];
  // Everything of an app, as when somebody tidies up.
  const root = /^.*\/apps\/[^/]+\//.exec(name)?.[0];
  return names
    .filter((one) => root !== undefined && one.startsWith(root))
    .map((one): Happening => ({ type: 'delete', name: one }));
}

function wishNewApp(subjects: Subjects, dice: Dice): readonly Happening[] {
  const root = dice.chance(0.7)
    ? `${subjects.prefix}/apps/${dice.pick(NEW_APPS)}`
    : `${subjects.prefix}/pipelines/shop/review-apps/pr/${dice.between(1, 9)}`;
  const entry = { cpu: 512, memory: 1024, min_processes: 1, max_processes: 1 };
  return [put(`${root}/scaling`, { web: entry, api: entry })];
}

function appOf({ apps }: Subjects, dice: Dice): string {
  return apps.length === 0 ? 'shop' : dice.pick(apps);
}

function documentOf(subjects: Subjects, dice: Dice, role: string): string {
  return `${subjects.prefix}/apps/${appOf(subjects, dice)}/${role}`;
}

function anyParameter({ parameters }: Subjects, dice: Dice): string | undefined {
  const names = [...parameters].filter(([name, value]) => value !== undefined && !name.includes('/config/'));
  return names.length === 0 ? undefined : dice.pick(names)[0];
}

/** A text stays a text; what JSON cannot hold, and what is too long to be kept, becomes an empty object. */
function put(name: string, document: unknown): Happening {
  if (typeof document === 'string' && document !== '') {
    return { type: 'put', name, value: document.slice(0, VALUE_CHARACTERS_MAX) };
  }
  const isHeld = isDocument(document) || Array.isArray(document) || typeof document === 'number';
  const text = isHeld ? JSON.stringify(document) : undefined;
  const json = text === undefined || text.length > VALUE_CHARACTERS_MAX ? {} : document;
  return { type: 'put', name, json };
}
