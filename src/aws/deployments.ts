import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  type ECSClient,
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
  const [rolledOut, tripped] = await Promise.all([
    rolledOutBy(ecs, briefs, cache),
    trippedAmong(
      ecs,
      briefs.filter(({ status }) => STOPPED.has(status)),
    ),
  ]);
  if (rolledOut.state !== 'found') return rolledOut;
  if (tripped.state !== 'found') return tripped;
  return found(
    briefs.map(({ serviceDeploymentArn, targetServiceRevisionArn, status, statusReason, ...brief }) => ({
      serviceDeploymentArn,
      createdAt: brief.createdAt,
      status,
      statusReason,
      taskDefinition: rolledOut.value.get(targetServiceRevisionArn ?? ''),
      tripped: tripped.value.has(serviceDeploymentArn),
    })),
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

/** Which of these were ended by their circuit breaker or an alarm. */
async function trippedAmong(
  ecs: ECSClient,
  briefs: readonly ServiceDeploymentBrief[],
): Promise<Reading<ReadonlySet<string | undefined>>> {
  const arns = briefs.flatMap(({ serviceDeploymentArn }) => serviceDeploymentArn ?? []);
  const described = await describeAll(arns, DESCRIBE_MAX, async (some) => {
    const output = await ecs.send(
      new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [...some] }),
    );
    return { items: output.serviceDeployments ?? [], failures: output.failures ?? [] };
  });
  if (described.state !== 'found') return described;
  const ended = described.value.filter(({ deploymentCircuitBreaker, alarms }) =>
    [deploymentCircuitBreaker?.status, alarms?.status].includes(TRIGGERED),
  );
  return found(new Set(ended.map(({ serviceDeploymentArn }) => serviceDeploymentArn)));
}

const TRIGGERED: ServiceDeploymentRollbackMonitorsStatus = 'TRIGGERED';

function createdAt({ createdAt: at }: ServiceDeploymentBrief): number {
  return at?.getTime() ?? 0;
}
