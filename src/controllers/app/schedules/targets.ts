import { digestOf } from '../../../reconcile/plan.ts';
import { onceEachBeside } from '../../../reconcile/recall.ts';
import { type CommandForm, commandInput } from './command.ts';
import type { WantedTask } from './grouping.ts';

/** Where and how scheduled tasks run: everything of a target but its command and revision. */
export interface Placement {
  readonly cluster: string;
  readonly roleArn: string;
  readonly launch: Launching;
  readonly form: CommandForm;
}

/** As the app's own service starts its tasks. */
export interface Launching {
  readonly launchType?: 'EC2' | 'FARGATE' | 'EXTERNAL';
  /** Instead of a launch type. */
  readonly capacityProviders?: ReadonlyArray<{
    readonly capacityProvider: string;
    readonly weight: number;
    readonly base: number;
  }>;
  readonly network?: {
    readonly subnets: readonly string[];
    readonly securityGroups: readonly string[];
    readonly assignPublicIp: 'ENABLED' | 'DISABLED';
  };
}

/** A target as PutTargets takes it: the members we set. */
export interface EcsTarget {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input: string;
  readonly EcsParameters: {
    readonly TaskDefinitionArn: string;
    readonly TaskCount: number;
    readonly LaunchType?: 'EC2' | 'FARGATE' | 'EXTERNAL';
    readonly CapacityProviderStrategy?: Array<{ capacityProvider: string; weight: number; base: number }>;
    readonly NetworkConfiguration?: {
      awsvpcConfiguration: {
        Subnets: string[];
        SecurityGroups: string[];
        AssignPublicIp: 'ENABLED' | 'DISABLED';
      };
    };
    /** Tags say whose a task is; they stand on the revision. */
    readonly PropagateTags: 'TASK_DEFINITION';
    readonly EnableECSManagedTags: boolean;
  };
}

/** The target that runs one task with a revision. */
export function ecsTarget(task: WantedTask, place: Placement, revision: string): EcsTarget {
  const { launchType, capacityProviders, network } = place.launch;
  return {
    Id: task.id,
    Arn: place.cluster,
    RoleArn: place.roleArn,
    Input: commandInput(task.command, place.form),
    EcsParameters: {
      TaskDefinitionArn: revision,
      TaskCount: 1,
      ...(launchType === undefined ? {} : { LaunchType: launchType }),
      ...(capacityProviders === undefined
        ? {}
        : { CapacityProviderStrategy: capacityProviders.map((one) => ({ ...one })) }),
      ...(network === undefined ? {} : { NetworkConfiguration: networkOf(network) }),
      PropagateTags: 'TASK_DEFINITION',
      EnableECSManagedTags: true,
    },
  };
}

function networkOf(network: NonNullable<Launching['network']>) {
  return {
    awsvpcConfiguration: {
      Subnets: [...network.subnets],
      SecurityGroups: [...network.securityGroups],
      AssignPublicIp: network.assignPublicIp,
    },
  };
}

/** The members of EventBridge's `Target` that say what a rule does; everything may be missing. */
export interface TargetDocument {
  readonly Id?: string | undefined;
  readonly Arn?: string | undefined;
  readonly RoleArn?: string | undefined;
  readonly Input?: string | undefined;
  readonly InputPath?: string | undefined;
  readonly InputTransformer?: object | undefined;
  readonly DeadLetterConfig?: object | undefined;
  readonly RetryPolicy?: object | undefined;
  readonly EcsParameters?: EcsDocument | undefined;
}

interface EcsDocument {
  readonly TaskDefinitionArn?: string | undefined;
  readonly TaskCount?: number | undefined;
  readonly LaunchType?: string | undefined;
  readonly CapacityProviderStrategy?:
    | ReadonlyArray<{
        readonly capacityProvider?: string | undefined;
        readonly weight?: number | undefined;
        readonly base?: number | undefined;
      }>
    | undefined;
  readonly NetworkConfiguration?:
    | {
        readonly awsvpcConfiguration?:
          | {
              readonly Subnets?: readonly string[] | undefined;
              readonly SecurityGroups?: readonly string[] | undefined;
              readonly AssignPublicIp?: string | undefined;
            }
          | undefined;
      }
    | undefined;
  readonly Group?: string | undefined;
  readonly PlatformVersion?: string | undefined;
  readonly PropagateTags?: string | undefined;
  readonly ReferenceId?: string | undefined;
  readonly EnableECSManagedTags?: boolean | undefined;
  readonly EnableExecuteCommand?: boolean | undefined;
  readonly PlacementConstraints?: readonly object[] | undefined;
  readonly PlacementStrategy?: readonly object[] | undefined;
  readonly Tags?: readonly object[] | undefined;
}

/** Sixteen digits that stand for the targets of a rule, as we put them or as AWS shows them. */
export function targetsDigest(targets: readonly TargetDocument[]): string {
  const ordered = [...targets].sort((a, b) => ((a.Id ?? '') < (b.Id ?? '') ? -1 : 1));
  return digestOf(ordered.map(normalTarget));
}

/** The digest of the targets that run these tasks with a revision. */
export const wantedTargetsDigest = onceEachBeside(
  (tasks: readonly WantedTask[], { place, arn }: { readonly place: Placement; readonly arn: string }) =>
    targetsDigest(tasks.map((task) => ecsTarget(task, place, arn))),
);

/** With AWS's defaults filled in and without what means nothing; members nobody knows yet are left out. */
function normalTarget(target: TargetDocument): unknown {
  const { EcsParameters: ecs } = target;
  return {
    id: target.Id,
    arn: target.Arn,
    roleArn: target.RoleArn,
    input: target.Input,
    inputPath: target.InputPath,
    transformer: target.InputTransformer,
    deadLetters: target.DeadLetterConfig,
    retry: target.RetryPolicy,
    ecs: ecs === undefined ? undefined : normalEcs(ecs),
  };
}

function normalEcs(ecs: EcsDocument): unknown {
  const vpc = ecs.NetworkConfiguration?.awsvpcConfiguration;
  return {
    revision: ecs.TaskDefinitionArn,
    count: ecs.TaskCount ?? 1,
    launchType: ecs.LaunchType,
    capacityProviders: someOf(
      ecs.CapacityProviderStrategy?.map((one) => ({
        capacityProvider: one.capacityProvider,
        weight: one.weight ?? 0,
        base: one.base ?? 0,
      })),
    ),
    network:
      vpc === undefined
        ? undefined
        : {
            subnets: [...(vpc.Subnets ?? [])].sort(),
            securityGroups: [...(vpc.SecurityGroups ?? [])].sort(),
            assignPublicIp: vpc.AssignPublicIp ?? 'DISABLED',
          },
    group: ecs.Group,
    platformVersion: ecs.PlatformVersion,
    propagateTags: ecs.PropagateTags,
    referenceId: ecs.ReferenceId,
    managedTags: ecs.EnableECSManagedTags ?? false,
    executeCommand: ecs.EnableExecuteCommand ?? false,
    constraints: someOf(ecs.PlacementConstraints),
    strategy: someOf(ecs.PlacementStrategy),
    tags: someOf(ecs.Tags),
  };
}

function someOf<Item>(list: readonly Item[] | undefined): readonly Item[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}
