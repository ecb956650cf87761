import type { AppAction } from '../../../src/controllers/app/actions.ts';
import type { AppFacts } from '../../../src/controllers/app/observed.ts';
import type { PlanContext } from '../../../src/reconcile/controller.ts';
import type { Plan } from '../../../src/reconcile/plan.ts';
import type { Trouble } from '../../../src/replay/fuzz/troubles.ts';
import { LEFT_OUT_SECRET } from '../../../src/replay/redact.ts';
import type { BuildWrapper, ControllerWrapper } from '../../../src/replay/rig.ts';
import { BUILD_CANARIES } from './build-canaries.ts';

/** A planner that is broken on purpose: fuzzing that does not find it sees nothing. */
export interface Canary {
  readonly name: string;
  readonly wrap?: ControllerWrapper;
  readonly wrapBuilds?: BuildWrapper;
  /** It must be found within so many runs: three times what it took, and at least thirty. */
  readonly runsMax: number;
  /** What befalls the controller meanwhile, as with --faults; everything unless said. */
  readonly troubles?: readonly Trouble[];
  /** The snapshot that has what it breaks; all that come with the program unless said. */
  readonly from?: string;
}

type Planner = (facts: AppFacts, context: PlanContext) => Plan<AppAction>;
type ReadFacts = AppFacts & { state: 'read' };

/** Breaks planning, one controller at a time. */
function breaking(change: (plan: Planner) => Planner): ControllerWrapper {
  return (controller) => ({ ...controller, plan: change(controller.plan) });
}

/** Changes what was planned of an app that could be read. */
function afterwards(
  change: (plan: Plan<AppAction>, facts: ReadFacts, context: PlanContext) => Plan<AppAction>,
): ControllerWrapper {
  return breaking((plan) => (facts, context) => {
    const planned = plan(facts, context);
    return facts.state === 'read' ? change(planned, facts, context) : planned;
  });
}

/** Changes what planning believes to have read. */
function beforehand(change: (facts: ReadFacts, context: PlanContext) => ReadFacts): ControllerWrapper {
  return breaking(
    (plan) => (facts, context) => plan(facts.state === 'read' ? change(facts, context) : facts, context),
  );
}

function without(plan: Plan<AppAction>, type: AppAction['type']): Plan<AppAction> {
  return { ...plan, actions: plan.actions.filter((action) => action.type !== type) };
}

function withServices(
  facts: ReadFacts,
  change: (service: FoundService, names: ReadFacts['names']) => FoundService,
): ReadFacts {
  const services = facts.services.services.map((one) =>
    one.reading.state === 'found'
      ? { ...one, reading: { ...one.reading, value: change(one.reading.value, facts.names) } }
      : one,
  );
  return { ...facts, services: { ...facts.services, services } };
}

type FoundService = Extract<
  ReadFacts['services']['services'][number]['reading'],
  { state: 'found' }
>['value'];

function memoryWithoutRollouts(memory: unknown): unknown {
  return JSON.parse(
    JSON.stringify(memory ?? null, (name, value: unknown) => (name === 'rollout' ? undefined : value)),
  );
}

export const CANARIES: readonly Canary[] = [
  {
    name: 'forgets the foreign-owner check',
    wrap: beforehand((facts) =>
      withServices(facts, (service, names) => ({
        ...service,
        tags: { ...service.tags, 'trimtab:owner': names.owner },
      })),
    ),
    runsMax: 30,
  },
  {
    name: 'never deletes a removed rule',
    wrap: afterwards((plan) => ({
      ...without(plan, 'deleteRule'),
      differences: plan.differences.filter(({ desired }) => desired !== 'absent'),
    })),
    runsMax: 30,
  },
  {
    name: 'says nothing of bad input',
    wrap: afterwards((plan) => ({
      ...plan,
      conditions: plan.conditions.filter(({ type }) => type !== 'Valid'),
    })),
    runsMax: 30,
  },
  {
    name: 'tells the value of a config variable in a condition',
    wrap: afterwards((plan, { desired }) => {
      const variable = desired.config?.variables[0];
      if (variable === undefined) return plan;
      const message = `${variable.name} is ${LEFT_OUT_SECRET}.`;
      return {
        ...plan,
        conditions: [...plan.conditions, { type: 'Valid', status: 'True', reason: 'Seen', message }],
      };
    }),
    runsMax: 30,
  },
  {
    name: 'forgets the intent of a registration',
    wrap: afterwards((plan) => ({
      ...plan,
      actions: plan.actions.map((action) => {
        if (action.type !== 'registerTaskDefinition') return action;
        const { intent: _intent, ...rest } = action;
        return rest;
      }),
    })),
    runsMax: 30,
    troubles: ['lostResponse', 'kill'],
    from: 'lost-answer-registers-once',
  },
  {
    name: 'deletes schedules when it cannot read them',
    wrap: beforehand((facts) => {
      const { schedules } = facts.desired;
      const emptied =
        schedules.state === 'broken' ? { ...schedules, state: 'found' as const, tasks: [] } : schedules;
      return { ...facts, desired: { ...facts.desired, schedules: emptied } };
    }),
    runsMax: 30,
    troubles: ['denial', 'denied'],
    from: 'scheduled',
  },
  {
    name: 'registers a revision on every pass',
    wrap: afterwards((plan, { services, names }, { now }) => {
      const [first] = services.services;
      const revision = first?.revision;
      if (first === undefined || revision?.state !== 'found') return plan;
      const digest = String(now).padStart(16, '0');
      const register: AppAction = {
        id: `services/${first.process}/again`,
        type: 'registerTaskDefinition',
        resource: `task definition ${revision.value.family}`,
        family: revision.value.family,
        base: revision.value.arn,
        edits: {},
        owner: names.owner,
        digest,
        intent: digest,
      };
      return { ...plan, actions: [...plan.actions, register] };
    }),
    runsMax: 30,
  },
  {
    name: 'tries a rollout again that was rolled back',
    wrap: breaking((plan) => (facts, context) => {
      const memory = memoryWithoutRollouts(context.status.memory);
      return plan(facts, { ...context, status: { ...context.status, memory } });
    }),
    runsMax: 30,
    troubles: ['tasks'],
    from: 'one-service',
  },
  {
    name: 'deletes services that are to stay',
    wrap: afterwards((plan, { desired, services, names }) => {
      const gone = services.services.flatMap(({ process, reading }): AppAction[] => {
        if (reading.state !== 'found' || reading.value.status !== 'ACTIVE') return [];
        const { name, clusterArn, tags } = reading.value;
        if (tags['trimtab:owner'] !== names.owner) return [];
        const id = `services/${process}/delete`;
        return [
          {
            id,
            type: 'deleteService',
            resource: `service ${name}`,
            cluster: clusterArn,
            service: name,
            deletes: true,
          },
        ];
      });
      const isMeant = plan.actions.some(({ type }) => type === 'deleteService');
      return desired.absent && !isMeant ? { ...plan, actions: [...plan.actions, ...gone] } : plan;
    }),
    runsMax: 30,
  },
  {
    name: 'forgets which versions it has read',
    wrap: afterwards((plan) => ({ ...plan, parameters: {} })),
    runsMax: 30,
  },
  {
    name: 'never changes the count of a service',
    wrap: afterwards((plan) => ({ ...without(plan, 'updateService'), differences: [] })),
    runsMax: 30,
  },
  {
    name: 'keeps the records of review apps that are gone',
    wrap: afterwards((plan) => ({
      ...without(plan, 'deleteRecords'),
      differences: plan.differences.filter(({ path }) => path !== 'reviews/records/delete'),
    })),
    runsMax: 30,
    from: 'pull-request',
  },
  {
    name: 'calls everything synced',
    wrap: afterwards((plan) => ({ ...plan, actions: [], differences: [], conditions: [] })),
    runsMax: 30,
  },
  ...BUILD_CANARIES,
];
