import { AwsError } from '../../errors.ts';
import type { Caller, RegionContext, Service } from '../../region.ts';
import { type Document, defined } from '../members.ts';
import { dumpSection, healthOf, loadSection, type TargetGroup, type TargetGroups } from './groups.ts';

/**
 * Elastic Load Balancing of one account and region, as far as deployments wait for it: target groups, and whether
 * what ECS registers in them becomes healthy. Its world section is described in groups.ts.
 */
export function createElbService(context: RegionContext): Service {
  const groups: TargetGroups = new Map();
  context.offers.targetGroup = (arn) => {
    const group = groups.get(arn);
    if (group === undefined) return undefined;
    const { attached, targetType } = group;
    return { attached, targetType, healthOf: (images) => healthOf(group, images) };
  };
  return {
    name: 'elbv2',
    operations: {
      DescribeTargetGroups: (input, caller) => describeTargetGroups(context, groups, input, caller),
      DescribeTargetHealth: (input, caller) => describeTargetHealth(context, groups, input, caller),
    },
    load: (section) => loadSection(context, groups, section),
    dump: () => dumpSection(groups),
  };
}

/** Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroups.html */
function describeTargetGroups(
  context: RegionContext,
  groups: TargetGroups,
  input: Document,
  caller: Caller,
): unknown {
  authorize(context, 'DescribeTargetGroups', caller);
  const arns = members(input, 'TargetGroupArns');
  const names = members(input, 'Names');
  const all = [...groups.values()];
  const wanted = all.filter(({ arn, name }) => arns.includes(arn) || names.includes(name));
  if (wanted.length < new Set([...arns, ...names]).size) throw notFound();
  const shown = arns.length + names.length === 0 ? all : wanted;
  return { TargetGroups: shown.map((group) => showGroup(context, group)) };
}

/** Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html */
function describeTargetHealth(
  context: RegionContext,
  groups: TargetGroups,
  input: Document,
  caller: Caller,
): unknown {
  authorize(context, 'DescribeTargetHealth', caller);
  const group = groups.get(String(input.TargetGroupArn));
  if (group === undefined) throw notFound();
  const targets = context.offers.targets?.(group.arn) ?? [];
  return {
    TargetHealthDescriptions: targets.map(({ id, port, zone, state }) => ({
      Target: { Id: id, Port: port, AvailabilityZone: zone },
      HealthCheckPort: 'traffic-port',
      TargetHealth: defined({ State: state, ...REASONS[state] }),
    })),
  };
}

const REASONS = {
  healthy: {},
  initial: {
    Reason: 'Elb.InitialHealthChecking',
    Description: 'Initial health checks in progress',
  },
  unhealthy: { Reason: 'Target.FailedHealthChecks', Description: 'Health checks failed' },
  draining: {
    Reason: 'Target.DeregistrationInProgress',
    Description: 'Target deregistration is in progress',
  },
} as const;

function showGroup(context: RegionContext, group: TargetGroup): Document {
  const balancer = context.arn('elasticloadbalancing', `loadbalancer/app/${group.name}/0123456789abcdef`);
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: 'HTTP',
    Port: group.port,
    VpcId: 'vpc-0a1b2c3d4e5f60718',
    TargetType: group.targetType,
    HealthCheckEnabled: true,
    HealthCheckProtocol: 'HTTP',
    HealthCheckPath: group.healthCheckPath,
    HealthCheckPort: 'traffic-port',
    LoadBalancerArns: group.attached ? [balancer] : [],
  };
}

/** Both need `*` for a resource. */
function authorize(context: RegionContext, action: string, caller: Caller): void {
  try {
    context.authorize(`elasticloadbalancing:${action}`, '*', caller);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError('AccessDenied', error.message, { status: 403 });
  }
}

/** The query protocol writes lists as `Names.member.1`. */
function members(input: Document, name: string): string[] {
  return Object.entries(input).flatMap(([key, value]) =>
    key.startsWith(`${name}.member.`) && typeof value === 'string' ? [value] : [],
  );
}

function notFound(): AwsError {
  return new AwsError('TargetGroupNotFound', 'One or more target groups not found');
}
