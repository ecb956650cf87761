import { SCHEDULER, sourceForm } from '../../../../src/controllers/app/schedules/family.ts';
import { wantedRules } from '../../../../src/controllers/app/schedules/grouping.ts';
import { ruleDescription } from '../../../../src/controllers/app/schedules/marks.ts';
import type { SchedulesMemory } from '../../../../src/controllers/app/schedules/memory.ts';
import type {
  ObservedRule,
  SchedulesFacts,
  SourceFacts,
} from '../../../../src/controllers/app/schedules/observed.ts';
import { planSchedules } from '../../../../src/controllers/app/schedules/plan.ts';
import type { SchedulesInput } from '../../../../src/controllers/app/schedules/sorting.ts';
import {
  ecsTarget,
  type Placement,
  targetsDigest,
} from '../../../../src/controllers/app/schedules/targets.ts';
import { DIGEST_TAG } from '../../../../src/controllers/app/services/observed.ts';
import { ABSENT, found, valueIn } from '../../../../src/reconcile/reading.ts';
import {
  CLUSTER_ARN,
  NOW,
  revisionArn,
  someContext,
  someDesired,
  someNames,
  someRevision,
  someService,
} from '../builders.ts';

export const ROLE = 'arn:aws:iam::123456789012:role/events';
export const names = someNames();
export const DAILY = { schedule: '0 3 * * ? *', command: './daily' };
export const HOURLY = { schedule: '0 * * * ? *', command: './hourly' };
/** The scheduler's revision that is there. */
export const PINNED = revisionArn('shop-scheduler', 4);

const network = { subnets: ['subnet-1'], securityGroups: [], assignPublicIp: 'DISABLED' as const };
const place: Placement = {
  cluster: CLUSTER_ARN,
  roleArn: ROLE,
  launch: { launchType: 'FARGATE', network },
  form: { container: SCHEDULER, wrap: 'shell' },
};

export type Task = typeof DAILY;
type Status = Parameters<typeof someContext>[0];

export interface Options {
  readonly tasks?: readonly Task[];
  readonly facts?: Partial<SchedulesFacts>;
  /** `null` when nothing says a role. */
  readonly role?: null;
  /** `null` when no service is claimed. */
  readonly source?: SchedulesInput['source'] | null;
  readonly input?: Partial<SchedulesInput>;
  readonly status?: Status;
  readonly now?: number;
  readonly memory?: Partial<SchedulesMemory>;
}

/** The definition that web runs. */
export const WEB = {
  family: 'shop-web',
  cpu: '256',
  memory: '512',
  containerDefinitions: [{ name: 'web', image: 'shop:1' }],
};

export function someSource(): NonNullable<SchedulesInput['source']> {
  const { reading } = someService('web');
  const service = valueIn(reading);
  if (service === undefined) throw new Error('the builder gives a service');
  return { process: 'web', service, revision: someRevision('shop-web'), edits: {} };
}

/** The digest of the scheduler that follows web as it is. */
export const DIGEST = digestOfScheduler();

function digestOfScheduler(): string {
  const plan = planSchedules(
    someInput({ tasks: [DAILY], facts: { newest: ABSENT, shell: ABSENT }, memory: {} }),
  );
  const register = plan.actions.find(({ type }) => type === 'registerScheduler');
  return register?.intent ?? '';
}

/** How web runs: on Fargate, with an image that no buildpacks made. */
export function someSourceFacts(changes: Partial<SourceFacts> = {}): SourceFacts {
  const definition = found(sourceForm(WEB));
  return {
    process: 'web',
    definition,
    launch: { launchType: 'FARGATE', network },
    launcher: false,
    ...changes,
  };
}

export function someInput(options: Options = {}): SchedulesInput {
  const { tasks = [], memory, source = someSource() } = options;
  const desired = someDesired();
  return {
    facts: {
      rules: found([]),
      targets: {},
      sources: [someSourceFacts()],
      ...(options.role === null ? {} : { eventsRoleArn: ROLE }),
      checkEveryMs: 0,
      ...options.facts,
    },
    desired: { state: 'found', tasks, conditions: [] },
    scaling: desired.scaling,
    settings: desired.settings,
    hasSettings: false,
    ...(source === null ? {} : { source }),
    names,
    memory: { rules: [], ...memory },
    context: someContext(options.status, options.now === undefined ? {} : { now: options.now }),
    ...options.input,
  };
}

/** Plans with the scheduler's revision registered and remembered. */
export function plan(options: Options = {}) {
  return planSchedules(someInput({ ...options, memory: { revision: REVISION, ...options.memory } }));
}

/** Plans as it does the first time. */
export function planFresh(options: Options = {}) {
  return planSchedules(someInput(options));
}

export const REVISION: NonNullable<SchedulesMemory['revision']> = {
  digest: DIGEST,
  arn: PINNED,
  at: NOW,
  source: revisionArn('shop-web', 5),
  launcher: false,
  size: {},
};

/** That revision as the newest of its family. */
export const NEWEST = found(newest());

export function newest(changes: Parameters<typeof someRevision>[1] = {}) {
  return someRevision('shop-scheduler', { revision: 4, tags: { [DIGEST_TAG]: DIGEST }, ...changes });
}

/** The targets of each rule that runs these tasks, by the rule's name. */
export function targetsOf(tasks: readonly Task[], revision = PINNED) {
  const rules = wantedRules(tasks, names);
  return Object.fromEntries(
    rules.map((rule) => [rule.name, rule.tasks.map((task) => ecsTarget(task, place, revision))]),
  );
}

/** The rules that run these tasks as they should. */
export function rulesOf(tasks: readonly Task[], revision = PINNED): ObservedRule[] {
  const targets = targetsOf(tasks, revision);
  return wantedRules(tasks, names).map(({ name, expression }) => ({
    name,
    description: ruleDescription(names.owner, targetsDigest(targets[name] ?? [])),
    expression,
    enabled: true,
    altered: false,
  }));
}

/** What is remembered of these rules after their targets were seen. */
export function seen(tasks: readonly Task[], at = NOW): SchedulesMemory['rules'] {
  const targets = targetsOf(tasks);
  return wantedRules(tasks, names).map(({ name, tasks: own }) => ({
    name,
    digest: targetsDigest(targets[name] ?? []),
    targets: own.map(({ id }) => id),
    at,
  }));
}

/** Names of the rules that run these tasks. */
export function nameOf(...tasks: readonly Task[]): string {
  return wantedRules(tasks, names)[0]?.name ?? '';
}
