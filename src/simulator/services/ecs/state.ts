import type { CancelTimer } from '../../../reconcile/ports.ts';
import { memo } from '../../memo.ts';
import type { RegionContext } from '../../region.ts';
import type { Images } from './images.ts';
import type { Outcome } from './outcomes.ts';
import type {
  ClusterRecord,
  FamilyRecord,
  ServiceDeploymentRecord,
  ServiceRecord,
  ServiceRevisionRecord,
  TaskDefinitionRecord,
  TaskRecord,
  TokenRecord,
} from './records.ts';
import { Shelf } from './shelf.ts';

/** How many ARNs of services are remembered by cluster, and of how many clusters. */
const ARNS_MAX = 1000;

/** Things a test or a world sets that no API call can. */
interface Knobs {
  outcomes: Outcome[];
  /** Images that cannot be pulled. */
  images: Images;
  /** GuardDuty runtime monitoring adds its agent to every Fargate task, in the first place. */
  guardDuty: boolean;
  /** Target groups no load balancer listens for: services cannot be attached to them. */
  unattachedTargetGroups: string[];
  /** How many registrations of a family are still to be refused for want of a lock. */
  readonly contendedFamilies: Map<string, number>;
}

/** Everything ECS knows in one account and region. */
export interface EcsState {
  readonly context: RegionContext;
  readonly clusters: Map<string, ClusterRecord>;
  readonly families: Map<string, FamilyRecord>;
  readonly taskDefinitions: Shelf<TaskDefinitionRecord>;
  readonly services: Shelf<ServiceRecord>;
  readonly deployments: Shelf<ServiceDeploymentRecord>;
  readonly revisions: Shelf<ServiceRevisionRecord>;
  readonly tasks: Shelf<TaskRecord>;
  /** ARNs of the tasks of each service that have not stopped. */
  readonly liveTasks: Map<string, Set<string>>;
  /** ARNs of service deployments of each service, oldest first. */
  readonly history: Map<string, string[]>;
  /** Those service deployments of each service that were asked to stop. */
  readonly stopping: Map<string, Set<string>>;
  /** ARNs of stopped tasks in the order in which they will be forgotten. */
  readonly stopped: string[];
  readonly tokens: Map<string, TokenRecord>;
  /** The one timer of each task and of each service that waits for something. */
  readonly timers: Map<string, { readonly at: number; readonly cancel: CancelTimer }>;
  readonly knobs: Knobs;
  /** The ARN of a service by name. Services are looked up by it all the time, and a text made anew has to be hashed anew. */
  readonly serviceArn: (cluster: string) => (service: string) => string;
  /** Told of every change of a task; the service scheduler listens here. */
  taskChanged: (task: TaskRecord, before: TaskRecord) => void;
}

export function createState(context: RegionContext): EcsState {
  const keepMs = () => context.weather.staleReadsMs;
  return {
    context,
    clusters: new Map(),
    families: new Map(),
    taskDefinitions: new Shelf(context.clock, keepMs),
    services: new Shelf(context.clock, keepMs),
    deployments: new Shelf(context.clock, keepMs),
    revisions: new Shelf(context.clock, keepMs),
    tasks: new Shelf(context.clock, keepMs),
    liveTasks: new Map(),
    history: new Map(),
    stopping: new Map(),
    stopped: [],
    tokens: new Map(),
    timers: new Map(),
    knobs: {
      outcomes: [],
      images: {},
      guardDuty: false,
      unattachedTargetGroups: [],
      contendedFamilies: new Map(),
    },
    serviceArn: memo(ARNS_MAX, (cluster) =>
      memo(ARNS_MAX, (service) => context.arn('ecs', `service/${cluster}/${service}`)),
    ),
    taskChanged: () => {},
  };
}

/** Runs `fire` at the instant `at` under `name`, in place of any timer of that name. */
export function setAlarm(state: EcsState, name: string, at: number, fire: () => void): void {
  clearAlarm(state, name);
  const { clock } = state.context;
  const cancel = clock.setTimer(Math.max(0, at - clock.now()), () => {
    state.timers.delete(name);
    fire();
  });
  state.timers.set(name, { at, cancel });
}

export function clearAlarm(state: EcsState, name: string): void {
  state.timers.get(name)?.cancel();
  state.timers.delete(name);
}
