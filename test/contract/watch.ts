import { type Clock, sleep } from '../../src/reconcile/ports.ts';
import type { Simulator } from '../../src/simulator/account.ts';
import { AwsError } from '../../src/simulator/errors.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import { CliFailure, type Item, plain } from './decoding.ts';
import { type BuildStatus, decodeBuild, PHASES, type Phase } from './records.ts';
import { Sight } from './sight.ts';

/**
 * A model of `apppack build watch`, written from the contract's invariants and what the CLI is known to do: it walks
 * the phases in order, tails logs while they run, and blocks where the real one blocks.
 */

export interface WatchOptions {
  readonly simulator: Simulator;
  readonly clock: Clock;
  readonly app: string;
  /** `BUILD#0000000007`; one of a release by parameter has `+` and its version behind it. */
  readonly record: string;
}

export type Verdict =
  | { readonly type: 'deployed' }
  | { readonly type: 'failed'; readonly phase: Phase }
  /** It gave up after half a minute: there is no record, or one without a build. */
  | { readonly type: 'unseen' }
  /** Its session of an hour was over. */
  | { readonly type: 'expired'; readonly where: string }
  /** It would have panicked, or given up with an error that is not the build's. */
  | { readonly type: 'broken'; readonly why: string }
  /** It would never have looked at the record again. */
  | { readonly type: 'hung'; readonly where: string };

const POLL_MS = 5_000;
const SESSION_MS = 3_600_000;
const FIRST_LOOKS_MAX = 11;
const FIRST_LOOK_MS = 3_000;

/** Watches a build to its end, or until the session is over. */
export async function watchBuild(options: WatchOptions): Promise<Verdict> {
  const watch = new Watch(options);
  try {
    return await watch.run();
  } catch (error) {
    if (error instanceof Ended) return error.verdict;
    if (error instanceof CliFailure) return { type: 'broken', why: error.message };
    throw error;
  }
}

/** The watch is over, whatever it was at. */
class Ended extends Error {
  override readonly name = 'Ended';
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    super(verdict.type);
    this.verdict = verdict;
  }
}

function hung(where: string): Ended {
  return new Ended({ type: 'hung', where });
}

/** Whether somebody tails a log; a tail that had an error ended in silence. */
type Listener = 'nobody yet' | 'hears' | 'deaf';

class Watch {
  private readonly options: WatchOptions;
  private readonly endsAt: number;
  private seen: BuildStatus | undefined;

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
        throw hung(`after ${last}, with deploy.end set and ${finalPhase(build) ?? 'a phase still started'}`);
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
    for (let look = 0; look < FIRST_LOOKS_MAX; look += 1) {
      this.seen = await this.find();
      if (this.seen !== undefined) return this.seen;
      await sleep(this.options.clock, FIRST_LOOK_MS);
    }
    throw new Ended({ type: 'unseen' });
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
    let listener: Listener = 'nobody yet';
    if (build.build.logs.startsWith('s3://')) return this.object(build.build.logs);
    while (build.build.state === 'started') {
      const phase = await this.codebuildPhase(build.build.arns[0]?.split('/')[1] ?? '');
      if (phase === 'BUILD') {
        if (build.build.logs.startsWith('s3://')) return this.object(build.build.logs);
        if (listener === 'nobody yet') listener = await this.tail(build.build.logs);
      } else if (!/^(SUBMITTED|QUEUED|PROVISIONING|DOWNLOAD_SOURCE|INSTALL|PRE_BUILD)$/.test(phase)) {
        if (listener === 'deaf') throw hung('in build: the tail of its log had ended with an error');
        return;
      }
      await this.pause('in build');
      build = await this.read();
    }
  }

  private async testPhase(): Promise<void> {
    let build = await this.read();
    if (build.test.logs.startsWith('s3://')) return this.object(build.test.logs);
    const listener = await this.tail(build.build.logs);
    while (build.test.state === 'started') {
      await this.pause('in test');
      build = await this.read();
    }
    if (listener === 'deaf') throw hung('in test: the tail of its log had ended with an error');
  }

  /** Once the task left RUNNING the tail is told to stop at every look; nobody listens who does not tail. */
  private async taskPhase(phase: 'release' | 'postdeploy'): Promise<void> {
    let build = await this.read();
    if (build[phase].logs.startsWith('s3://')) return this.object(build[phase].logs);
    let tailsUntil: number | undefined;
    let listener: Listener = 'nobody yet';
    while (build[phase].state === 'started') {
      const [arn] = build[phase].arns;
      if (arn !== undefined) {
        const status = await this.task(arn);
        if (status === 'RUNNING' && listener === 'nobody yet') listener = await this.tail(build[phase].logs);
        if (/^(DEACTIVATING|STOPPING|DEPROVISIONING|STOPPED)$/.test(status)) {
          const now = this.options.clock.now();
          // It counts sixty seconds from the first signal on and is gone then.
          tailsUntil ??= now + 60_000;
          if (listener !== 'hears' || now > tailsUntil)
            throw hung(`in ${phase}: the task is ${status} and the record says started`);
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
      await this.ask('ecs', 'DescribeServices', { cluster: clusterOf(arns), services: [...arns] });
      await this.pause('in deploy');
      build = await this.read();
    }
  }

  private async find(): Promise<BuildStatus | undefined> {
    const { app, record } = this.options;
    const Key = { primary_id: { S: `APP#${app}` }, secondary_id: { S: record } };
    const { Item: item } = await this.ask('dynamodb', 'GetItem', { TableName: 'apppack', Key });
    if (item === undefined) return undefined;
    const build = decodeBuild(plain(item as Item));
    // What a parameter asked for was not built.
    return build.build.arns.length > 0 || record.includes('+') ? build : undefined;
  }

  private async read(): Promise<BuildStatus> {
    // A read that lags may not show yet what an earlier one did; that is nothing the writer can help.
    this.seen = (await this.find()) ?? this.seen;
    if (this.seen === undefined) throw new CliFailure('there is no such build');
    return this.seen;
  }

  private async codebuildPhase(id: string): Promise<string> {
    const { builds } = await this.ask('codebuild', 'BatchGetBuilds', { ids: [id] });
    const [build] = builds as readonly Item[];
    if (build === undefined) throw new CliFailure(`CodeBuild does not know ${id}`);
    return String(build.currentPhase);
  }

  private async task(arn: string): Promise<string> {
    const { tasks } = await this.ask('ecs', 'DescribeTasks', { cluster: clusterOf([arn]), tasks: [arn] });
    const [task] = tasks as readonly Item[];
    if (task === undefined) throw new CliFailure(`ECS has forgotten ${arn}`);
    return String(task.lastStatus);
  }

  /** The tail is told to stop when its phase ends, and whoever tells it waits until it is heard. */
  private async tail(url: string): Promise<Listener> {
    const [group = '', stream] = url.replace(/^cloudwatch:\/\//, '').split('#');
    if (stream === undefined) throw new CliFailure(`it panics at the logs "${url}"`);
    try {
      await this.ask('logs', 'FilterLogEvents', { logGroupName: group, logStreamNames: [stream] });
      return 'hears';
    } catch (error) {
      if (error instanceof CliFailure) return 'deaf';
      throw error;
    }
  }

  private object(url: string): void {
    const isThere = new Sight(this.options.simulator).objectExists(url);
    if (!isThere) throw new CliFailure(`GetObject: there is no ${url}`);
  }

  private async pause(where: string): Promise<void> {
    if (this.options.clock.now() > this.endsAt) throw new Ended({ type: 'expired', where });
    await sleep(this.options.clock, POLL_MS);
  }

  /** As the wire has it; an error is the end of the watch. */
  private async ask(service: string, operation: string, input: Record<string, unknown>): Promise<Item> {
    const place = { account: DEFAULT_ACCOUNT, region: DEFAULT_REGION };
    const caller = { client: 'person', accessKey: DEFAULT_ACCOUNT };
    try {
      const answer = await this.options.simulator.answer({
        ...place,
        service,
        operation,
        input,
        caller,
      });
      // Every operation that the CLI calls answers with a document.
      return answer as Item;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw new CliFailure(`${operation}: ${error.code}: ${error.message}`);
    }
  }
}

function clusterOf([arn = '']: readonly string[]): string {
  return arn.split('/')[1] ?? '';
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
