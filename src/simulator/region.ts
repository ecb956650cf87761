import type { Clock, Random } from '../reconcile/ports.ts';
import { AwsError } from './errors.ts';
import { FAIR_WEATHER, type Fault, type Weather } from './faults.ts';
import type { ServiceLimits } from './limits.ts';

/** An event before the envelope is put around it. */
export interface EmittedEvent {
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Where the events of services go; EventBridge sets both. */
export interface BusPort {
  /** Whether any rule would take an event if it came now. */
  hears: (envelope: Readonly<Record<string, unknown>>) => boolean;
  deliver: (envelope: Readonly<Record<string, unknown>>) => void;
}

/** A call as the log keeps it. `code` is `OK` or the error's wire name; faults are marked. */
export interface LoggedCall {
  readonly at: number;
  readonly endedAt: number;
  readonly client: string;
  readonly account: string;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly code: string;
  readonly fault?: string;
}

/** Who is calling, and what the caller sent. */
export interface Caller {
  /** The label of the request handler, or the access key over HTTP. */
  readonly client: string;
  readonly accessKey: string;
  /** Aborted when the caller hung up: nobody will read the answer. */
  readonly signal?: AbortSignal;
}

/** Never changes `input`, and may keep parts of it. */
export type Operation = (
  input: Readonly<Record<string, unknown>>,
  caller: Caller,
) => unknown | Promise<unknown>;

/**
 * One AWS service in one account and region. Operations take and give the JSON documents of the wire
 * (instants in epoch seconds), throw `AwsError`, and never hand out live state.
 */
export interface Service {
  /** The section of the world document and the service's short name: `ssm`, `ecs`, … */
  readonly name: string;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly limits?: ServiceLimits;
  /** Takes the service's section of a world; throws a sentence that says where it is wrong. */
  load(section: unknown): void;
  /** Gives the section back: `load(dump())` is the same state. */
  dump(): unknown;
}

/** What becomes of a target, and after how long. */
export interface TargetHealth {
  readonly health: 'healthy' | 'unhealthy' | 'never';
  readonly afterMs: number;
}

/** A target group as ECS sees it. */
export interface TargetGroupView {
  readonly attached: boolean;
  readonly targetType: 'ip' | 'instance';
  /** How targets that run these images fare. */
  healthOf(images: readonly string[]): TargetHealth;
}

/** A target as its group shows it. */
export interface TargetView {
  readonly id: string;
  readonly port: number;
  readonly zone: string;
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'draining';
}

/** What services do for one another inside an account; each service fills in what it offers. */
export interface Offers {
  /** EventBridge to SQS. Returns false when the queue is missing or its policy refuses the rule. */
  deliverToQueue?: (queueArn: string, body: string, sourceArn: string, groupId?: string) => boolean;
  /** EventBridge to EventBridge: an event of another account arrives on the default bus. */
  takeEvent?: (event: Record<string, unknown>) => void;
  /** EventBridge to ECS: starts tasks of a rule's target; throws `AwsError` when ECS refuses. */
  runTask?: (input: Record<string, unknown>, startedBy: string) => void;
  /** ECS to SSM at task start: which of these names or ARNs do not exist. */
  missingParameters?: (references: readonly string[]) => readonly string[];
  /** Application Auto Scaling to ECS. */
  serviceCounts?: (cluster: string, service: string) => { desired: number; running: number } | undefined;
  setDesiredCount?: (cluster: string, service: string, count: number) => void;
  isDeploying?: (cluster: string, service: string) => boolean;
  /** STS to every service: throws when temporary credentials are over. */
  checkSession?: (accessKey: string) => void;
  /** ECS to Application Auto Scaling. */
  serviceDeleted?: (cluster: string, service: string) => void;
  /** ECS to CloudWatch Logs: makes the stream if it is not there. Returns false when there is no such group. */
  openLogStream?: (group: string, stream: string, createGroup: boolean) => boolean;
  writeLog?: (group: string, stream: string, message: string) => void;
  /** ECS to Elastic Load Balancing: a target group, and how targets with certain images fare in it. */
  targetGroup?: (arn: string) => TargetGroupView | undefined;
  /** Elastic Load Balancing to ECS: what is registered in a target group. */
  targets?: (targetGroupArn: string) => readonly TargetView[];
  /** CodeBuild to S3. Returns false when there is no such bucket. */
  putObject?: (bucket: string, key: string, body: string) => boolean;
  /** The texts below a prefix, by what follows it. */
  readObjects?: (bucket: string, prefix: string) => Readonly<Record<string, string>>;
}

/** What a service may lean on. */
export interface RegionContext {
  readonly account: string;
  readonly region: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly weather: Weather;
  readonly offers: Offers;
  /** What the services of another account and region offer. */
  readonly offersOf?: (account: string, region: string) => Offers;
  /** Puts an event on the default bus, with the day's weather. */
  emit(event: EmittedEvent): void;
  /** `arn:aws:<service>:<region>:<account>:<resource>` */
  arn(service: string, resource: string): string;
  /** Throws AccessDenied when the caller may not do `action` on `resource`; `keys` are condition keys of the request. */
  authorize(action: string, resource: string, caller: Caller, keys?: ConditionKeys): void;
}

/** Denies an action (`ssm:GetParameter`) on a resource ARN; `*` matches anything in either. */
export interface Denial {
  readonly action: string;
  readonly resource: string;
  readonly client?: string;
}

/** What AWS tells a policy of a request beside action and resource: `iam:PassedToService` and so on. */
export type ConditionKeys = Readonly<Record<string, string>>;

/** One permission that a call needs; calls often need several. */
export interface AccessRequest {
  readonly account: string;
  readonly region: string;
  readonly client: string;
  readonly action: string;
  readonly resource: string;
  readonly keys: ConditionKeys;
}

/** Switches of a simulation; all of them may be changed while it runs. */
export interface SimulatorSwitches {
  weather: Weather;
  readonly faults: Fault[];
  readonly denials: Denial[];
  /** The policies of whoever calls: whether they allow a request. Without it everybody may do everything. */
  permits?: ((request: AccessRequest) => boolean) | undefined;
  /** Whether throttling buckets apply. */
  limits: boolean;
}

export function fairSwitches(): SimulatorSwitches {
  return { weather: FAIR_WEATHER, faults: [], denials: [], limits: false };
}

/** Throws when one of `denials` matches. Source: IAM's `AccessDeniedException` wording. */
export function checkDenials(
  denials: readonly Denial[],
  action: string,
  resource: string,
  caller: Caller,
): void {
  const denied = denials.some(
    (denial) =>
      (denial.client === undefined || denial.client === caller.client) &&
      globMatches(denial.action, action) &&
      globMatches(denial.resource, resource),
  );
  if (denied) throw accessDenied(action, resource, caller.client);
}

/** Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
export function accessDenied(action: string, resource: string, client: string): AwsError {
  return new AwsError(
    'AccessDeniedException',
    `User: ${client} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  );
}

/** Whether `pattern`, in which `*` stands for any characters, matches the whole of `text`. */
export function globMatches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}
