import { type CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { BatchGetBuildsCommand, type CodeBuildClient } from '@aws-sdk/client-codebuild';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeServicesCommand, DescribeTasksCommand, type ECSClient } from '@aws-sdk/client-ecs';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { fromAttributes } from '../../src/aws/attributes.ts';
import { type Clock, sleep } from '../../src/reconcile/ports.ts';
import { type BuildStatus, CliFailure, decodeBuild, PHASES, type Phase } from './records.ts';

/**
 * A model of `apppack build watch`, written from the contract's invariants and what the CLI is known to do: it walks
 * the phases in order, tails logs while they run, and blocks where the real one blocks.
 */

export interface WatchClients {
  readonly dynamodb: DynamoDBClient;
  readonly codebuild: CodeBuildClient;
  readonly logs: CloudWatchLogsClient;
  readonly ecs: ECSClient;
  readonly s3: S3Client;
}

export interface WatchOptions {
  readonly clients: WatchClients;
  readonly clock: Clock;
  readonly app: string;
  readonly number: number;
  readonly cluster: string;
  readonly table?: string;
}

export type Verdict =
  | { readonly type: 'deployed' }
  | { readonly type: 'failed'; readonly phase: Phase }
  /** It would have panicked, or given up with an error that is not the build's. */
  | { readonly type: 'broken'; readonly why: string }
  | { readonly type: 'hung'; readonly where: string };

const POLL_MS = 5_000;
const SESSION_MS = 3_600_000;
const FIRST_LOOKS_MAX = 11;
const FIRST_LOOK_MS = 3_000;

/** Watches a build to its end, or until the session of an hour is over. */
export async function watchBuild(options: WatchOptions): Promise<Verdict> {
  const watch = new Watch(options);
  try {
    return await watch.run();
  } catch (error) {
    if (error instanceof Hung) return { type: 'hung', where: error.message };
    if (error instanceof CliFailure) return { type: 'broken', why: error.message };
    throw error;
  }
}

/** The CLI would wait for ever. */
class Hung extends Error {
  override readonly name = 'Hung';
}

class Watch {
  private readonly options: WatchOptions;
  private readonly endsAt: number;

  constructor(options: WatchOptions) {
    this.options = options;
    this.endsAt = options.clock.now() + SESSION_MS;
  }

  async run(): Promise<Verdict> {
    let build = await this.first();
    let last: Phase | undefined;
    while (true) {
      let current: Phase | undefined;
      if (last === undefined) current = 'build';
      else {
        const failed = PHASES.find((phase) => build[phase].state === 'failed');
        if (failed !== undefined) return { type: 'failed', phase: failed };
        current = nextActive(build, last);
      }
      if (current === undefined) {
        if (finalPhase(build) === 'deploy') return { type: 'deployed' };
        // The real one never reads the record again from here on.
        throw new Hung(
          `after ${last}, with deploy.end set and ${finalPhase(build) ?? 'a phase still started'}`,
        );
      }
      if (current !== last) {
        last = current;
        await this.phase(current);
      }
      if (nextActive(build, last) === last) {
        await this.pause(`in ${last}`);
        build = await this.read();
      }
    }
  }

  private async first(): Promise<BuildStatus> {
    for (let look = 0; ; look += 1) {
      try {
        return await this.read();
      } catch (error) {
        if (!(error instanceof CliFailure) || look + 1 >= FIRST_LOOKS_MAX) throw error;
        await sleep(this.options.clock, FIRST_LOOK_MS);
      }
    }
  }

  private async phase(phase: Phase): Promise<void> {
    switch (phase) {
      case 'build':
        return this.buildPhase();
      case 'test':
        return this.testPhase();
      case 'release':
      case 'postdeploy':
        return this.taskPhase(phase);
      case 'deploy':
        return this.deployPhase();
      default:
        return undefined;
    }
  }

  private async buildPhase(): Promise<void> {
    let build = await this.read();
    if (build.build.logs.startsWith('s3://')) return this.object(build.build.logs);
    while (build.build.state === 'started') {
      const id = build.build.arns[0]?.split('/')[1] ?? '';
      const { builds = [] } = await this.options.clients.codebuild.send(
        new BatchGetBuildsCommand({ ids: [id] }),
      );
      if (builds[0] === undefined) throw new CliFailure(`CodeBuild does not know ${id}`);
      const phase = builds[0].currentPhase ?? '';
      if (phase === 'BUILD') {
        if (build.build.logs.startsWith('s3://')) return this.object(build.build.logs);
        await this.tail(build.build.logs);
      } else if (!/^(SUBMITTED|QUEUED|PROVISIONING|DOWNLOAD_SOURCE|INSTALL|PRE_BUILD)$/.test(phase)) return;
      await this.pause('in build');
      build = await this.read();
    }
  }

  private async testPhase(): Promise<void> {
    let build = await this.read();
    if (build.test.logs.startsWith('s3://')) return this.object(build.test.logs);
    await this.tail(build.build.logs);
    while (build.test.state === 'started') {
      await this.pause('in test');
      build = await this.read();
    }
  }

  /** Once the task left RUNNING the tail is told to stop at every look; nobody listens who does not tail. */
  private async taskPhase(phase: 'release' | 'postdeploy'): Promise<void> {
    let build = await this.read();
    if (build[phase].logs.startsWith('s3://')) return this.object(build[phase].logs);
    let tailsUntil: number | undefined;
    let isTailing = false;
    while (build[phase].state === 'started') {
      const [arn] = build[phase].arns;
      if (arn !== undefined) {
        const status = await this.task(arn);
        if (status === 'RUNNING' && !isTailing) {
          isTailing = true;
          await this.tail(build[phase].logs);
        }
        if (/^(DEACTIVATING|STOPPING|DEPROVISIONING|STOPPED)$/.test(status)) {
          const now = this.options.clock.now();
          // It counts sixty seconds from the first signal on and is gone then.
          tailsUntil ??= now + 60_000;
          if (!isTailing || now > tailsUntil)
            throw new Hung(`in ${phase}: the task is ${status} and the record says started`);
        }
      }
      await this.pause(`in ${phase}`);
      build = await this.read();
    }
  }

  private async deployPhase(): Promise<void> {
    let build = await this.read();
    const { arns } = build.deploy;
    while (build.deploy.state === 'started') {
      if (arns.length > 10) throw new CliFailure('more than ten services in one DescribeServices');
      await this.options.clients.ecs.send(
        new DescribeServicesCommand({ cluster: this.options.cluster, services: [...arns] }),
      );
      await this.pause('in deploy');
      build = await this.read();
    }
  }

  private async read(): Promise<BuildStatus> {
    const { app, number, clients, table = 'apppack' } = this.options;
    const sort = `BUILD#${String(number).padStart(10, '0')}`;
    const Key = { primary_id: { S: `APP#${app}` }, secondary_id: { S: sort } };
    const { Item } = await clients.dynamodb.send(new GetItemCommand({ TableName: table, Key }));
    if (Item === undefined) throw new CliFailure('there is no such build');
    const build = decodeBuild(fromAttributes(Item));
    if (build.build.arns.length === 0) throw new CliFailure('build has not started yet');
    return build;
  }

  private async task(arn: string): Promise<string> {
    const { clients, cluster } = this.options;
    const { tasks = [] } = await clients.ecs.send(new DescribeTasksCommand({ cluster, tasks: [arn] }));
    if (tasks[0] === undefined) throw new CliFailure(`ECS has forgotten ${arn}`);
    return tasks[0].lastStatus ?? '';
  }

  private async tail(url: string): Promise<void> {
    const [group = '', stream] = url.replace(/^cloudwatch:\/\//, '').split('#');
    if (stream === undefined) throw new CliFailure(`it panics at the logs "${url}"`);
    try {
      await this.options.clients.logs.send(
        new FilterLogEventsCommand({ logGroupName: group, logStreamNames: [stream] }),
      );
    } catch (error) {
      // The tail ends in silence then, and what it is told later nobody hears; a stream may be a moment late.
      if (!(error instanceof Error && error.name === 'ResourceNotFoundException')) throw error;
    }
  }

  private async object(url: string): Promise<void> {
    const [, Bucket = '', Key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? [];
    try {
      await this.options.clients.s3.send(new GetObjectCommand({ Bucket, Key }));
    } catch (error) {
      throw new CliFailure(`${url} cannot be read: ${String(error)}`);
    }
  }

  private async pause(where: string): Promise<void> {
    if (this.options.clock.now() > this.endsAt) throw new Hung(`${where}, until its session was over`);
    await sleep(this.options.clock, POLL_MS);
  }
}

/** The next phase that has begun; the last one while none has and the deployment is not over. */
function nextActive(build: BuildStatus, last: Phase): Phase | undefined {
  const later = PHASES.slice(PHASES.indexOf(last) + 1);
  const next = later.find((phase) => build[phase].start !== 0);
  if (next !== undefined) return next;
  return build.deploy.end === 0 ? last : undefined;
}

function finalPhase(build: BuildStatus): Phase | undefined {
  for (const phase of [...PHASES].reverse()) {
    if (build[phase].state === 'started') return undefined;
    if (build[phase].state !== '') return phase;
  }
  return undefined;
}
