import type { Parameter, ParameterName, Reading } from '../reconcile/reading.ts';
import type {
  Rule,
  RuleTarget,
  ScalableTarget,
  ScalingPolicy,
  ScheduledAction,
  Service,
  ServiceDeployment,
  Task,
  TaskDefinition,
} from './shapes.ts';

/**
 * Everything the loop reads from AWS goes through here. One is made for each pass (`createReader`) and forgets
 * everything with it, but for task definitions, which never change; a sweep makes one for all its keys
 * (`createSweepReader`), which joins what they ask for into as few calls as the services allow. Methods never
 * throw for what AWS answers: they say `unreadable`. Lists are complete or unreadable, never partial.
 */
export interface Reader {
  /** Documents of desired state, by name. One GetParameters per ten; a denied one is singled out. */
  parameters(names: readonly string[]): Promise<ReadonlyMap<string, Reading<Parameter>>>;
  /** Names and versions directly below `path` (no slash at its end); `[]` when there are none. */
  parameterNames(path: string): Promise<Reading<readonly ParameterName[]>>;
  /** One item of the installation's table, as plain JSON. */
  item(partition: string, sort: string): Promise<Reading<Readonly<Record<string, unknown>>>>;
  /** Services by name; a missing or INACTIVE one is absent. DescribeServices with TAGS, ten at a time. */
  services(cluster: string, names: readonly string[]): Promise<ReadonlyMap<string, Reading<Service>>>;
  /** A revision by ARN, with tags. Cached for the life of the process: revisions do not change. */
  taskDefinition(arn: string): Promise<Reading<TaskDefinition>>;
  /** The newest ACTIVE revision of a family, with tags; never cached. */
  newestTaskDefinition(family: string): Promise<Reading<TaskDefinition>>;
  /** Deployments of a service created at or after `since` (epoch milliseconds), newest first. */
  serviceDeployments(
    cluster: string,
    service: string,
    since: number,
  ): Promise<Reading<readonly ServiceDeployment[]>>;
  /** Recently stopped tasks of a service, to say why a rollout failed. */
  stoppedTasks(cluster: string, service: string): Promise<Reading<readonly Task[]>>;
  /** Scalable targets of ECS services by resource id (`service/<cluster>/<service>`). */
  scalableTargets(resourceIds: readonly string[]): Promise<ReadonlyMap<string, Reading<ScalableTarget>>>;
  scalingPolicies(resourceId: string): Promise<Reading<readonly ScalingPolicy[]>>;
  scheduledActions(resourceId: string): Promise<Reading<readonly ScheduledAction[]>>;
  /** Rules of the default bus whose name begins with `prefix`. */
  rules(prefix: string): Promise<Reading<readonly Rule[]>>;
  ruleTargets(rule: string): Promise<Reading<readonly RuleTarget[]>>;
}
