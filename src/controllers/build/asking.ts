import { z } from 'zod';
import type { Build } from '../../aws/build-shapes.ts';
import type { Failure } from '../../reconcile/errors.ts';
import type { Condition } from '../../reconcile/plan.ts';
import type { Parameter, Reading } from '../../reconcile/reading.ts';
import type { ReleaseSpec } from '../../store/releases.ts';
import { isOver } from './following.ts';
import type { Manifest, ReadFacts } from './observed.ts';

/** What a request would deploy: everything of a `ReleaseSpec` but who asked and when. */
export type Content =
  | { readonly state: 'usable'; readonly value: Wanted }
  /** It will never be: why not. */
  | { readonly state: 'broken'; readonly reason: string }
  /** It could not be read so far. */
  | { readonly state: 'unread'; readonly reason: string };

type Wanted = Pick<
  ReleaseSpec,
  'image' | 'buildSystem' | 'processes' | 'releaseCommand' | 'postdeployCommand'
>;

const commandSchema = z.object({ command: z.string().min(1) });
const text = z.string().optional();

const manifestSchema = z.object({
  build: z.object({ system: text }).optional(),
  deploy: z.object({ release_command: text }).optional(),
  review_app: z.object({ initialize_command: text }).optional(),
  services: z.record(z.string(), commandSchema).optional(),
});

/** What a build's artifacts ask for. */
export function contentOfBuild(
  build: Build,
  manifest: Reading<Manifest> | undefined,
  { repository, isFirstOfReviewApp }: { repository: string | undefined; isFirstOfReviewApp: boolean },
): Content {
  const { number, artifacts, commit } = build;
  if (artifacts === undefined && isOver(build))
    return broken(`Build ${number} has no artifacts in S3, where its project has to put apppack.toml.`);
  const file = `apppack.toml of build ${number}`;
  if (manifest === undefined) return { state: 'unread', reason: `${file} was not looked for yet.` };
  if (manifest.state === 'unreadable') return { state: 'unread', reason: whyUnread(file, manifest.failure) };
  if (manifest.state === 'absent')
    return broken(`There is no s3://${artifacts?.bucket}/${artifacts?.folder}/apppack.toml.`);
  if (manifest.value.state === 'broken') return broken(`${file} cannot be used: ${manifest.value.problem}.`);
  const unknown = `Which image build ${number} made is not known:`;
  if (repository === undefined)
    return broken(`${unknown} its project has no variable DOCKER_REPO in plain text.`);
  if (commit === undefined) return broken(`${unknown} CodeBuild does not say of which commit it is.`);
  const parsed = manifestSchema.safeParse(manifest.value.document);
  if (!parsed.success) {
    return broken(`${file} cannot be used: ${mistakeIn(parsed.error)}.`);
  }
  const { build: how, deploy, review_app: review, services = {} } = parsed.data;
  const processes = processesIn(services);
  const problem = problemOf(processes);
  if (problem !== undefined) return broken(`${file} cannot be used: ${problem}.`);
  const postdeploy = isFirstOfReviewApp ? commandOf(review?.initialize_command) : undefined;
  const release = commandOf(deploy?.release_command);
  return {
    state: 'usable',
    value: {
      image: `${repository}:${commit}`,
      buildSystem: how?.system === 'dockerfile' ? 'dockerfile' : 'buildpacks',
      processes,
      ...(release === undefined ? {} : { releaseCommand: release }),
      ...(postdeploy === undefined ? {} : { postdeployCommand: postdeploy }),
    },
  };
}

function broken(reason: string): Content {
  return { state: 'broken', reason };
}

function whyUnread(file: string, { kind, message }: Failure): string {
  const hint = "S3 says so of a missing object too, when trimtab's role may not list the bucket.";
  return `${file} could not be read: ${message}${kind === 'denied' ? ` ${hint}` : ''}`;
}

/** `release` is a task and never a service. */
function processesIn(services: Readonly<Record<string, { command: string }>>) {
  return Object.entries(services)
    .filter(([process]) => process !== 'release')
    .map(([process, { command }]) => ({ process, command }));
}

/** Process types whose task families belong to something else. */
const RESERVED = new Set(['shell', 'dbutils', 'dbshell', 'postdeploy', 'scheduler']);

/** What is wrong with the processes as a whole: a release without any would take every service away. */
function problemOf(processes: ReadonlyArray<{ readonly process: string }>): string | undefined {
  if (processes.length === 0) return 'it names no services';
  const wrong = processes.find(
    ({ process }) => RESERVED.has(process) || !/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(process),
  );
  return wrong === undefined
    ? undefined
    : `no service can be called ${JSON.stringify(wrong.process.slice(0, 60))}`;
}

function commandOf(found: string | undefined): string | undefined {
  return found === undefined || found.trim() === '' ? undefined : found;
}

const parameterSchema = z.object({
  image: z.string().min(1).max(1024),
  processes: z.record(z.string(), commandSchema),
  release_command: z.string().min(1).optional(),
  build_system: z.enum(['buildpacks', 'dockerfile']).optional(),
});

/** One version of the `release` parameter. */
export interface Asked {
  readonly source: string;
  readonly sequence: number;
  readonly version: number;
  readonly content: Content & { state: 'usable' };
}

/** What the `release` parameter asks for; nothing while it is missing or cannot be used. */
export function askedByParameter(reading: Reading<Parameter> | undefined): {
  readonly asked?: Asked;
  readonly conditions: readonly Condition[];
} {
  if (reading === undefined || reading.state !== 'found') return { conditions: [] };
  const { name, version, value: text, modifiedAt } = reading.value;
  const document = jsonIn(text);
  const parsed = parameterSchema.safeParse(document);
  const wanted = parsed.success ? processesIn(parsed.data.processes) : [];
  const mistake = document === undefined ? 'it is not JSON' : undefined;
  const problem = mistake ?? (parsed.success ? problemOf(wanted) : mistakeIn(parsed.error));
  if (!parsed.success || problem !== undefined) {
    const condition: Condition = {
      type: 'Valid',
      status: 'False',
      reason: 'InvalidRelease',
      message: `Nothing is released by ${name}: ${problem}. What runs stays as it is. ${EXAMPLE}`,
      parameter: name,
      version,
    };
    return { conditions: [condition] };
  }
  const { image, release_command: release, build_system: buildSystem } = parsed.data;
  const value: Wanted = {
    image,
    buildSystem: buildSystem ?? 'dockerfile',
    processes: wanted,
    ...(release === undefined ? {} : { releaseCommand: release }),
  };
  return {
    asked: {
      source: `parameter:${name}@${version}`,
      sequence: modifiedAt,
      version,
      content: { state: 'usable', value },
    },
    conditions: [],
  };
}

/** The first mistake: its place, what was found and what is allowed. */
function mistakeIn({ issues: [issue] }: z.ZodError): string {
  const path = (issue?.path ?? []).map(String).join('.').slice(0, 100);
  return `${path === '' ? 'the whole' : path}: ${issue?.message ?? 'not usable'}`;
}

const EXAMPLE =
  'It has to look like {"image": "<repository>:<tag>", "processes": {"web": {"command": "./web"}}}.';

function jsonIn(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/**
 * Whether a review app wants its builds released: only while its parameter says `created`. The builder ends a build
 * that is not wanted early, and CodeBuild calls that a success. Undefined while it cannot be known.
 */
export function isWanted({
  names,
  parameters,
}: Pick<ReadFacts, 'names' | 'parameters'>): boolean | undefined {
  const name = names.parameters.reviewApp;
  if (name === undefined) return true;
  const reading = parameters.get(name);
  if (reading === undefined || reading.state === 'unreadable') return undefined;
  if (reading.state === 'absent') return false;
  const parsed = z.object({ status: z.string() }).safeParse(jsonIn(reading.value.value));
  return parsed.success ? parsed.data.status === 'created' : undefined;
}
