import { PROFILE, type Profile, type ScheduledTask, scalingOf, schedulesOf } from './profile.ts';
import type { Stand } from './stand.ts';

/** Calls that may look at one app: documents, variables, services, targets, policies, rules and one to spare. */
export const READS_MAX = 7;

/** A change of an app's desired state, and what it may cost at most. */
export interface Change {
  readonly name: string;
  readonly make: (stand: Stand, app: string) => Promise<void>;
  /** SSM, ECS, Application Auto Scaling and EventBridge calls that change something. */
  readonly writes: number;
  /** One after another; one more for each pass that records an intent first. */
  readonly roundTrips: number;
}

/** Counts are fixed, so that a scaling is written to the services themselves. */
const FIXED: Profile = { ...PROFILE, autoscaled: false, schedules: 0 };

/** Nothing but the services has to move to another revision. */
const UNSCHEDULED: Profile = { ...PROFILE, schedules: 0 };

const { services: SERVICES, schedules: SCHEDULES } = PROFILE;

/** So many variables at once, all within one window of `--quiet-seconds`. */
const MANY = 20;

const VALUE = 'another value';

const NOTHING: readonly Change[] = [
  {
    name: 'the same said again',
    make: (stand, app) => stand.put(app, 'scaling', scalingOf(PROFILE)),
    writes: 0,
    roundTrips: 0,
  },
];

const COUNTS: readonly Change[] = [
  {
    name: 'count of one service',
    make: (stand, app) => stand.put(app, 'scaling', { ...scalingOf(FIXED), web: scalingOf(FIXED, 2).web }),
    writes: 1,
    roundTrips: 1,
  },
  {
    name: 'count of three services',
    make: (stand, app) => stand.put(app, 'scaling', scalingOf(FIXED, 3)),
    writes: SERVICES,
    roundTrips: 1,
  },
];

const BOUNDS: readonly Change[] = [
  {
    name: 'bounds of one service that scales by itself',
    make: (stand, app) =>
      stand.put(app, 'scaling', {
        ...scalingOf(PROFILE),
        web: { ...scalingOf(PROFILE).web, max_processes: 9 },
      }),
    writes: 1,
    roundTrips: 1,
  },
];

const VARIABLES: readonly Change[] = [
  {
    name: 'variable added',
    make: (stand, app) => stand.put(app, 'config/ADDED', VALUE),
    writes: 2 * SERVICES,
    roundTrips: 2,
  },
  {
    name: 'variable deleted',
    make: (stand, app) => stand.remove(app, 'config/VARIABLE_1'),
    writes: 2 * SERVICES,
    roundTrips: 2,
  },
  {
    name: `${MANY} variables at once`,
    make: (stand, app) => putMany(stand, app),
    writes: 2 * SERVICES,
    roundTrips: 2,
  },
];

const VALUES: readonly Change[] = [
  {
    name: 'value of a variable',
    make: (stand, app) => stand.put(app, 'config/VARIABLE_2', VALUE),
    writes: SERVICES,
    roundTrips: 1,
  },
  {
    name: 'variable added to an app with schedules',
    make: (stand, app) => stand.put(app, 'config/ADDED', VALUE),
    // The family of the schedules gets a revision too, and each rule is moved to it: its targets, then its mark.
    writes: 2 * SERVICES + 1 + 2 * SCHEDULES,
    roundTrips: 3,
  },
];

const SCHEDULED: readonly Change[] = [
  {
    name: 'schedule added',
    make: (stand, app) => stand.put(app, 'scheduled-tasks', schedulesOf(SCHEDULES + 1)),
    writes: 2,
    roundTrips: 2,
  },
  {
    name: 'schedule removed',
    make: (stand, app) => stand.put(app, 'scheduled-tasks', schedulesOf(SCHEDULES)),
    writes: 2,
    // One of them lists the targets, for somebody may have added some that nobody knows of.
    roundTrips: 3,
  },
  {
    name: 'command of a schedule',
    make: (stand, app) =>
      stand.put(
        app,
        'scheduled-tasks',
        edited((first) => ({ ...first, command: 'run something-else' })),
      ),
    // The new target is there before the old one goes, and the rule's mark comes last.
    writes: 3,
    roundTrips: 3,
  },
  {
    name: 'time of a schedule',
    make: (stand, app) =>
      stand.put(
        app,
        'scheduled-tasks',
        edited(() => ({ schedule: '30 4 * * ? *', command: 'run something-else' })),
      ),
    // A rule's name stands for its time: a new one comes while the old one goes.
    writes: 4,
    roundTrips: 3,
  },
];

/** What an app is put through, one change after the other on the same app, and what each may cost. */
export const BUDGET: ReadonlyArray<{ readonly profile: Profile; readonly changes: readonly Change[] }> = [
  { profile: FIXED, changes: COUNTS },
  { profile: UNSCHEDULED, changes: VARIABLES },
  { profile: PROFILE, changes: [...NOTHING, ...BOUNDS, ...VALUES, ...SCHEDULED] },
];

/** The schedules of an app, the first of them changed. */
function edited(change: (first: ScheduledTask) => ScheduledTask): ScheduledTask[] {
  return schedulesOf(SCHEDULES).map((task, index) => (index === 0 ? change(task) : task));
}

async function putMany(stand: Stand, app: string): Promise<void> {
  for (let index = 1; index <= MANY; index += 1) await stand.put(app, `config/MANY_${index}`, VALUE);
}
