import { z } from 'zod';
import { AwsError } from '../../errors.ts';
import type { ServiceLimits } from '../../limits.ts';
import type { Caller, Operation, RegionContext, Service } from '../../region.ts';
import { createCluster, deleteCluster, describeClusters, listClusters } from './clusters.ts';
import {
  describeServiceDeployments,
  describeServiceRevisions,
  listServiceDeployments,
  stopServiceDeployment,
} from './deployments.ts';
import { imagesShape } from './images.ts';
import type { Document } from './input.ts';
import { outcomesShape } from './outcomes.ts';
import { runTask } from './run-task.ts';
import { onTaskChanged } from './scheduler.ts';
import { describeServices, listServices } from './service-reads.ts';
import {
  createService,
  deleteService,
  isDeploying,
  serviceCounts,
  setDesiredCount,
  updateService,
} from './services.ts';
import { createState, type EcsState } from './state.ts';
import { listTagsForResource, tagResource, untagResource } from './tags.ts';
import { registeredTargets } from './target-health.ts';
import {
  deleteTaskDefinitions,
  deregisterTaskDefinition,
  describeTaskDefinition,
  listTaskDefinitionFamilies,
  listTaskDefinitions,
  registerTaskDefinition,
} from './task-definitions.ts';
import { describeTasks, listTasks, stopTask } from './tasks.ts';
import { dumpSection } from './world-dump.ts';
import { loadSection } from './world-load.ts';

/** ECS, and what a test can do to it that no API call does. */
export interface EcsService extends Service {
  /** Replaces the scripts of tasks that are yet to start; see `outcomes` of the world section. */
  setOutcomes(outcomes: unknown): void;
  /** Replaces what is known of images that cannot be pulled; see `images` of the world section. */
  setImages(images: unknown): void;
  /** Refuses the next `times` registrations of `family` for other attempts at the same time. */
  contendFamily(family: string, times: number): void;
  /** Says which target groups no load balancer listens for; services cannot be attached to them. */
  setUnattachedTargetGroups(arns: readonly string[]): void;
}

type EcsOperation = (state: EcsState, input: Document, caller: Caller) => unknown;

const OPERATIONS: Readonly<Record<string, EcsOperation>> = {
  CreateCluster: createCluster,
  CreateService: createService,
  DeleteCluster: deleteCluster,
  DeleteService: deleteService,
  DeleteTaskDefinitions: deleteTaskDefinitions,
  DeregisterTaskDefinition: deregisterTaskDefinition,
  DescribeClusters: describeClusters,
  DescribeServiceDeployments: describeServiceDeployments,
  DescribeServiceRevisions: describeServiceRevisions,
  DescribeServices: describeServices,
  DescribeTaskDefinition: describeTaskDefinition,
  DescribeTasks: describeTasks,
  ListClusters: listClusters,
  ListServiceDeployments: listServiceDeployments,
  ListServices: listServices,
  ListTagsForResource: listTagsForResource,
  ListTaskDefinitionFamilies: listTaskDefinitionFamilies,
  ListTaskDefinitions: listTaskDefinitions,
  ListTasks: listTasks,
  RegisterTaskDefinition: registerTaskDefinition,
  RunTask: runTask,
  StopServiceDeployment: stopServiceDeployment,
  StopTask: stopTask,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateService: updateService,
};

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html */
const LIMITS: ServiceLimits = {
  buckets: {
    clusterModify: { burst: 20, perSecond: 1 },
    clusterRead: { burst: 50, perSecond: 20 },
    taskDefinitionModify: { burst: 20, perSecond: 1 },
    taskDefinitionRead: { burst: 50, perSecond: 20 },
    taskDefinitionDelete: { burst: 5, perSecond: 1 },
    serviceModify: { burst: 50, perSecond: 5 },
    serviceRead: { burst: 100, perSecond: 20 },
    serviceDeployment: { burst: 50, perSecond: 20 },
    serviceRevision: { burst: 50, perSecond: 20 },
    resourceModify: { burst: 100, perSecond: 40 },
    resourceRead: { burst: 100, perSecond: 20 },
    tagModify: { burst: 20, perSecond: 10 },
    tagRead: { burst: 50, perSecond: 20 },
  },
  operations: {
    CreateCluster: 'clusterModify',
    DeleteCluster: 'clusterModify',
    DescribeClusters: 'clusterRead',
    ListClusters: 'clusterRead',
    RegisterTaskDefinition: 'taskDefinitionModify',
    DeregisterTaskDefinition: 'taskDefinitionModify',
    DescribeTaskDefinition: 'taskDefinitionRead',
    ListTaskDefinitions: 'taskDefinitionRead',
    ListTaskDefinitionFamilies: 'taskDefinitionRead',
    DeleteTaskDefinitions: 'taskDefinitionDelete',
    CreateService: 'serviceModify',
    UpdateService: 'serviceModify',
    DeleteService: 'serviceModify',
    DescribeServices: 'serviceRead',
    ListServices: 'serviceRead',
    ListServiceDeployments: 'serviceDeployment',
    DescribeServiceDeployments: 'serviceDeployment',
    StopServiceDeployment: 'serviceDeployment',
    DescribeServiceRevisions: 'serviceRevision',
    RunTask: 'resourceModify',
    StopTask: 'resourceModify',
    DescribeTasks: 'resourceRead',
    ListTasks: 'resourceRead',
    TagResource: 'tagModify',
    UntagResource: 'tagModify',
    ListTagsForResource: 'tagRead',
  },
  refusal: { code: 'ThrottlingException', message: 'Rate exceeded' },
};

/** Simulated Elastic Container Service of one account and region. */
export function createEcsService(context: RegionContext): EcsService {
  const state = createState(context);
  state.taskChanged = (task, before) => onTaskChanged(state, task, before);
  offer(state);
  return {
    name: 'ecs',
    operations: Object.fromEntries(
      Object.entries(OPERATIONS).map(([name, operation]): [string, Operation] => [
        name,
        (input, caller) => operation(state, input, caller),
      ]),
    ),
    limits: LIMITS,
    load: (section) => loadSection(state, section),
    dump: () => dumpSection(state),
    setOutcomes: (outcomes) => {
      const parsed = outcomesShape.safeParse(outcomes);
      if (!parsed.success) throw new Error(`ecs outcomes: ${z.prettifyError(parsed.error)}`);
      state.knobs.outcomes = parsed.data;
    },
    setImages: (images) => {
      const parsed = imagesShape.safeParse(images);
      if (!parsed.success) throw new Error(`ecs images: ${z.prettifyError(parsed.error)}`);
      state.knobs.images = parsed.data;
    },
    contendFamily: (family, times) => {
      state.knobs.contendedFamilies.set(family, times);
    },
    setUnattachedTargetGroups: (arns) => {
      state.knobs.unattachedTargetGroups = [...arns];
    },
  };
}

/** Whether a service of a region is this one, with what a test can do to it. */
export function isEcsService(service: Service | undefined): service is EcsService {
  return service?.name === 'ecs';
}

/** What the other services of the account may ask of ECS. */
function offer(state: EcsState): void {
  const { offers } = state.context;
  offers.runTask = (input, startedBy) => {
    const caller = { client: 'events.amazonaws.com', accessKey: 'events' };
    const { failures } = runTask(state, { ...input, startedBy }, caller);
    const failure: unknown = Array.isArray(failures) ? failures[0] : undefined;
    if (typeof failure === 'object' && failure !== null && 'reason' in failure) {
      throw new AwsError('ServerException', `The task could not be placed: ${failure.reason}`);
    }
  };
  offers.targets = (targetGroupArn) => registeredTargets(state, targetGroupArn);
  offers.serviceCounts = (cluster, service) => serviceCounts(state, cluster, service);
  offers.setDesiredCount = (cluster, service, count) => setDesiredCount(state, cluster, service, count);
  offers.isDeploying = (cluster, service) => isDeploying(state, cluster, service);
}
