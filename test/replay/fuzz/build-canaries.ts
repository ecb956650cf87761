import type { BuildAction } from '../../../src/controllers/build/actions.ts';
import type { BuildFacts, ReadFacts } from '../../../src/controllers/build/observed.ts';
import type { Plan } from '../../../src/reconcile/plan.ts';
import type { BuildWrapper } from '../../../src/replay/rig.ts';
import type { Canary } from './canaries.ts';

/** Changes what planning of builds believes to have read. */
function beforehand(change: (facts: ReadFacts) => ReadFacts): BuildWrapper {
  return (controller) => ({
    ...controller,
    plan(facts, context) {
      // The connection says of no controller what it reads; this one reads `BuildFacts`.
      const read = facts as BuildFacts;
      return controller.plan(read.state === 'read' ? change(read) : read, context);
    },
  });
}

/** Changes what was planned of builds. */
function afterwards(change: (plan: Plan<BuildAction>) => Plan<BuildAction>): BuildWrapper {
  return (controller) => ({
    ...controller,
    // What it plans are its own actions.
    plan: (facts, context) => change(controller.plan(facts, context) as Plan<BuildAction>),
  });
}

function withTasks(facts: ReadFacts, exitCode: number): ReadFacts {
  const tasks = Object.entries(facts.tasks).map(([name, found]) => {
    if (found?.tasks.state !== 'found') return [name, found];
    const value = found.tasks.value.map((task) => ({
      ...task,
      containers: task.containers.map((container) =>
        container.exitCode === undefined ? container : { ...container, exitCode },
      ),
    }));
    return [name, { ...found, tasks: { ...found.tasks, value } }];
  });
  return { ...facts, tasks: Object.fromEntries(tasks) };
}

function withBuilds(facts: ReadFacts, change: (build: FoundBuild) => FoundBuild): ReadFacts {
  const { builds } = facts;
  if (builds.state !== 'found') return facts;
  return { ...facts, builds: { ...builds, value: builds.value.map(change) } };
}

type FoundBuild = Extract<ReadFacts['builds'], { state: 'found' }>['value'][number];

/** Controllers of builds that are broken on purpose. */
export const BUILD_CANARIES: readonly Canary[] = [
  {
    name: 'asks for a release task twice',
    wrapBuilds: afterwards((plan) => ({
      ...plan,
      actions: plan.actions.flatMap((action): BuildAction[] => {
        if (action.type !== 'runTask') return [action];
        const { intent: _intent, ...rest } = action;
        const again = { ...rest, id: `${action.id}-again`, clientToken: `${action.clientToken}-again` };
        return [action, again];
      }),
    })),
    runsMax: 30,
    from: 'built',
  },
  {
    name: 'takes a build for good that failed its tests',
    wrapBuilds: beforehand((facts) =>
      withBuilds(facts, (build) =>
        build.status === 'IN_PROGRESS'
          ? build
          : {
              ...build,
              status: 'SUCCEEDED',
              phases: build.phases.map((phase) => ({ ...phase, status: 'SUCCEEDED' })),
            },
      ),
    ),
    runsMax: 30,
    from: 'built',
  },
  {
    name: 'goes on after a release task that failed',
    wrapBuilds: beforehand((facts) => withTasks(facts, 0)),
    runsMax: 30,
    troubles: ['tasks'],
    from: 'built',
  },
  {
    name: 'lets the older of two builds win',
    wrapBuilds: beforehand((facts) =>
      withBuilds(facts, (build) => ({ ...build, startedAt: 2_000_000_000_000 * 2 - build.startedAt })),
    ),
    runsMax: 60,
    from: 'youngest-of-two-builds-serves',
  },
  {
    name: 'forgets to say that a deployment is over',
    wrapBuilds: afterwards((plan) => ({
      ...plan,
      actions: plan.actions.filter(
        (action) => action.type !== 'writeBuild' || action.record.phases.deploy?.state !== 'succeeded',
      ),
    })),
    runsMax: 30,
    from: 'built',
  },
  {
    name: 'tells again that an image is made when it was',
    wrapBuilds: afterwards((plan) => ({
      ...plan,
      actions: plan.actions.map((action) => {
        if (action.type !== 'writeBuild' || action.record.phases.deploy === undefined) return action;
        const { phases } = action.record;
        return {
          ...action,
          record: { ...action.record, phases: { ...phases, build: { ...phases.build, state: 'started' } } },
        };
      }),
    })),
    runsMax: 30,
    from: 'built',
  },
];
