import {
  BatchGetBuildsCommand,
  type Build,
  CodeBuildClient,
  StartBuildCommand,
  type StartBuildCommandInput,
} from '@aws-sdk/client-codebuild';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Simulator } from '../../../../src/simulator/account.ts';
import type { EmittedEvent, SimulatorSwitches } from '../../../../src/simulator/region.ts';
import { isCodeBuildService } from '../../../../src/simulator/services/codebuild/index.ts';
import { type Bench, DEFAULT_ACCOUNT, DEFAULT_REGION, openBench } from '../../kit.ts';

export const BUCKET = 'shop-artifacts';

export const PROJECT = {
  source: { type: 'GITHUB', location: 'https://github.com/example/shop.git' },
  artifacts: { type: 'S3', location: BUCKET },
  environment: { environmentVariables: [{ name: 'APPNAME', value: 'shop' }] },
};

export interface CodeBuildBench extends Bench {
  readonly codebuild: CodeBuildClient;
  readonly s3: S3Client;
  readonly events: EmittedEvent[];
  load(section: unknown): void;
  setOutcomes(outcomes: unknown): void;
  dump(): unknown;
  /** Starts a build of `shop`. */
  start(more?: Partial<StartBuildCommandInput>): Promise<Build>;
  look(id: string | undefined): Promise<Build>;
  /** Starts a build of `shop` and waits for its end. */
  build(more?: Partial<StartBuildCommandInput>): Promise<Build>;
  /** The keys of the artifact bucket and what is in them. */
  artifacts(): Promise<Record<string, string>>;
  /** What the build printed. */
  printed(build: Build): Promise<string[]>;
}

/** An account with a project `shop` and its bucket; `outcomes` are scripts of builds. */
export function openCodeBuild(
  outcomes: readonly Record<string, unknown>[] = [],
  options: { section?: Record<string, unknown>; switches?: Partial<SimulatorSwitches> } = {},
): CodeBuildBench {
  const events: EmittedEvent[] = [];
  const bench = openBench({
    ...(options.switches === undefined ? {} : { switches: options.switches }),
    onEvent: (event) => events.push(event),
  });
  const services = bench.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION);
  const service = services.get('codebuild');
  if (!isCodeBuildService(service)) throw new Error('the simulator has no CodeBuild');
  services.get('s3')?.load({ buckets: { [BUCKET]: {} } });
  service.load({ projects: { shop: PROJECT }, outcomes, ...options.section });
  const codebuild = new CodeBuildClient(bench.client());
  const s3 = new S3Client({ ...bench.client(), forcePathStyle: true });
  const start = async (more: Partial<StartBuildCommandInput> = {}): Promise<Build> => {
    const { build } = await codebuild.send(new StartBuildCommand({ projectName: 'shop', ...more }));
    if (build === undefined) throw new Error('no build was started');
    return build;
  };
  const look = async (id: string | undefined): Promise<Build> => {
    const { builds } = await codebuild.send(new BatchGetBuildsCommand({ ids: [id ?? ''] }));
    const build = builds?.[0];
    if (build === undefined) throw new Error(`there is no build ${id}`);
    return build;
  };
  return {
    ...bench,
    codebuild,
    s3,
    events,
    start,
    look,
    load: (section) => service.load(section),
    setOutcomes: (given) => service.setOutcomes(given),
    dump: () => service.dump(),
    async build(more) {
      const { id } = await start(more);
      await bench.clock.waitFor(
        'the build ends',
        async () => (await look(id)).buildComplete === true,
        86_400_000,
      );
      return look(id);
    },
    async artifacts() {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
      const read = async (Key: string): Promise<[string, string]> => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
        return [Key, (await Body?.transformToString()) ?? ''];
      };
      return Object.fromEntries(await Promise.all(Contents.map(({ Key = '' }) => read(Key))));
    },
    async printed(build) {
      const { groupName = '', streamName = '' } = build.logs ?? {};
      return logLines(bench.simulator, groupName, streamName);
    },
  };
}

async function logLines(
  simulator: Simulator,
  logGroupName: string,
  logStreamName: string,
): Promise<string[]> {
  const answer = await simulator.answer({
    account: DEFAULT_ACCOUNT,
    region: DEFAULT_REGION,
    service: 'logs',
    operation: 'GetLogEvents',
    input: { logGroupName, logStreamName, startFromHead: true },
    caller: { client: 'test', accessKey: 'test' },
  });
  // GetLogEvents gives a list of events with their messages.
  return (answer as { events: { message: string }[] }).events.map(({ message }) => message);
}

/** How each phase ended, in order. */
export function phasesOf(build: Build): string[] {
  return (build.phases ?? []).map(({ phaseType, phaseStatus }) => `${phaseType} ${phaseStatus ?? '-'}`);
}
