import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  type ECSClient,
  type ServiceDeployment as EcsServiceDeployment,
  ListServiceDeploymentsCommand,
  type ServiceDeploymentBrief,
  type ServiceDeploymentRollbackMonitorsStatus,
} from '@aws-sdk/client-ecs';
import { found, type Reading } from '../reconcile/reading.ts';
import { readList } from './complete.ts';
import { absentIf, describeAll } from './services.ts';
import type { ServiceDeployment } from './shapes.ts';
import type { TaskDefinitionCache } from './task-definitions.ts';

/**
 * Sources: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceDeployments.html and
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html
 */
const DESCRIBE_MAX = 20;

/** 100 deployments a page: more than one service can have had in the time we ask for. */
const PAGES_MAX = 50;

/** A deployment in one of these may have been ended by its circuit breaker, which only a description tells. */
const STOPPED: ReadonlySet<string | undefined> = new Set(['STOP_REQUESTED', 'STOPPED']);

/**
 * Deployments of a service created at or after `since`, newest first; absent when there is no such service. What
 * each rolls out is asked once in the life of the process: service revisions never change.
 */
export async function listServiceDeployments(
  ecs: ECSClient,
  place: { readonly cluster: string; readonly service: string; readonly since: number },
  cache: TaskDefinitionCache,
): Promise<Reading<readonly ServiceDeployment[]>> {
  const listed = await listBriefs(ecs, place);
  if (listed.state !== 'found') return absentIf('ServiceNotFoundException', listed);
  const briefs = listed.value
    .filter((brief) => createdAt(brief) >= place.since)
    .sort((a, b) => createdAt(b) - createdAt(a));
  const [rolledOut, stopped] = await Promise.all([
    rolledOutBy(ecs, briefs, cache),
    describeStopped(ecs, briefs),
  ]);
  if (rolledOut.state !== 'found') return rolledOut;
  if (stopped.state !== 'found') return stopped;
  return found(
    briefs.map((brief) => {
      const { serviceDeploymentArn, createdAt: at, targetServiceRevisionArn } = brief;
      const described = stopped.value.get(serviceDeploymentArn);
      // Either answer may be of a moment ago: a status and what explains it must be of the same one.
      const { status, statusReason } = described ?? brief;
      return {
        serviceDeploymentArn,
        createdAt: at,
        status,
        statusReason,
        taskDefinition: rolledOut.value.get(targetServiceRevisionArn ?? ''),
        tripped: described !== undefined && hasTripped(described),
      };
    }),
  );
}

function listBriefs(
  ecs: ECSClient,
  { cluster, service, since }: { readonly cluster: string; readonly service: string; readonly since: number },
): Promise<Reading<readonly ServiceDeploymentBrief[]>> {
  // AWS does not say whether "after" takes in the instant itself, so we ask for a second more and look ourselves.
  const after = new Date(Math.max(0, Math.floor(since / 1000) * 1000 - 1000));
  return readList(
    `deployments of ${service}`,
    () => PAGES_MAX,
    async (nextToken) => {
      const page = await ecs.send(
        new ListServiceDeploymentsCommand({
          cluster,
          service,
          createdAt: { after },
          maxResults: 100,
          nextToken,
        }),
      );
      return { items: page.serviceDeployments ?? [], next: page.nextToken };
    },
  );
}

/** Task definitions by service revision. One that was made just now may be missing: reads lag. */
async function rolledOutBy(
  ecs: ECSClient,
  briefs: readonly ServiceDeploymentBrief[],
  { rolledOut }: TaskDefinitionCache,
): Promise<Reading<ReadonlyMap<string, string>>> {
  const arns = [...new Set(briefs.flatMap(({ targetServiceRevisionArn }) => targetServiceRevisionArn ?? []))];
  const unknown = arns.filter((arn) => rolledOut.get(arn) === undefined);
  const described = await describeAll(unknown, DESCRIBE_MAX, async (some) => {
    const output = await ecs.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: [...some] }));
    return { items: output.serviceRevisions ?? [], failures: output.failures ?? [] };
  });
  if (described.state !== 'found') return described;
  for (const { serviceRevisionArn, taskDefinition } of described.value) {
    if (serviceRevisionArn !== undefined && taskDefinition !== undefined)
      rolledOut.set(serviceRevisionArn, taskDefinition);
  }
  const known = arns.flatMap((arn) => {
    const taskDefinition = rolledOut.get(arn);
    return taskDefinition === undefined ? [] : [[arn, taskDefinition] as const];
  });
  return found(new Map(known));
}

/** The whole of those that were stopped: only that says whether their circuit breaker or an alarm did it. */
async function describeStopped(
  ecs: ECSClient,
  briefs: readonly ServiceDeploymentBrief[],
): Promise<Reading<ReadonlyMap<string | undefined, EcsServiceDeployment>>> {
  const arns = briefs.flatMap(({ serviceDeploymentArn, status }) =>
    STOPPED.has(status) ? (serviceDeploymentArn ?? []) : [],
  );
  const described = await describeAll(arns, DESCRIBE_MAX, async (some) => {
    const output = await ecs.send(
      new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [...some] }),
    );
    return { items: output.serviceDeployments ?? [], failures: output.failures ?? [] };
  });
  if (described.state !== 'found') return described;
  return found(new Map(described.value.map((one) => [one.serviceDeploymentArn, one])));
}

function hasTripped({ deploymentCircuitBreaker, alarms }: EcsServiceDeployment): boolean {
  return [deploymentCircuitBreaker?.status, alarms?.status].includes(TRIGGERED);
}

const TRIGGERED: ServiceDeploymentRollbackMonitorsStatus = 'TRIGGERED';

function createdAt({ createdAt: at }: ServiceDeploymentBrief): number {
  return at?.getTime() ?? 0;
}
