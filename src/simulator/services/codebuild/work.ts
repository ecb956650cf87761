import { type BuildRecord, currentPhase } from './records.ts';
import type { CodeBuildState } from './state.ts';
import { artifactKey } from './view.ts';
import type { PhaseType } from './vocabulary.ts';

/** What the commands of a build do: they print, and they leave files. AppPack's builder is the model. */

const USUAL_LOG = ['Building image', 'Successfully built image', 'Pushing image'];
const NO_TESTS = 'no tests defined in app.json or apppack.toml';
const USUAL_TOML = '[services.web]\ncommand = "./bin/web"\n';

/** Opens the log of a build that got its container; nothing where logs are switched off. */
export function openLog(
  state: CodeBuildState,
  build: BuildRecord,
): { readonly group: string; readonly stream: string } | undefined {
  const given: unknown = build.logsConfig?.cloudWatchLogs;
  const config = typeof given === 'object' && given !== null ? given : {};
  if ('status' in config && config.status === 'DISABLED') return undefined;
  const uuid = build.id.slice(build.id.indexOf(':') + 1);
  const group = textOf(config, 'groupName') ?? `/aws/codebuild/${build.project}`;
  const prefix = textOf(config, 'streamName');
  const stream = prefix === undefined ? uuid : `${prefix}/${uuid}`;
  state.context.offers.openLogStream?.(group, stream, true);
  return { group, stream };
}

function textOf(config: object, member: string): string | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(config, member)?.value;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Prints what a build prints when it enters its present phase. */
export function printStart(state: CodeBuildState, build: BuildRecord): void {
  const { type } = currentPhase(build);
  if (type === 'DOWNLOAD_SOURCE') {
    print(state, build, ['Waiting for agent ping', `Waiting for ${type}`].map(told(state)));
    return;
  }
  if (!['INSTALL', 'PRE_BUILD', 'BUILD', 'POST_BUILD', 'UPLOAD_ARTIFACTS'].includes(type)) return;
  print(state, build, [told(state)(`Entering phase ${type}`), ...builderLines(build, type)]);
}

/** Prints what a build prints at the end of its present phase. */
export function printEnd(state: CodeBuildState, build: BuildRecord): void {
  const { type, status, context } = currentPhase(build);
  const section = sectionOf(build, type);
  const lines = [
    ...(section !== undefined && status === 'SUCCEEDED' ? [marker(section, 'end')] : []),
    told(state)(`Phase complete: ${type} State: ${status}`),
    told(state)(`Phase context status code: ${context?.statusCode} Message: ${context?.message}`),
  ];
  print(state, build, lines);
}

/** A failed build leaves a mark that lets its tests pass without a word. */
function builderLines(build: BuildRecord, phase: PhaseType): readonly string[] {
  const section = sectionOf(build, phase);
  if (section === undefined) return [];
  return [marker(section, 'start'), ...(section === 'build' ? buildLines(build) : testLines(build))];
}

function sectionOf(build: BuildRecord, phase: PhaseType): 'build' | 'test' | undefined {
  if (isIdle(build)) return undefined;
  if (phase === 'BUILD') return 'build';
  return phase === 'POST_BUILD' && !buildFailed(build) ? 'test' : undefined;
}

/** Whether AppPack's builder has nothing to do: the build is skipped, or another buildspec runs in its place. */
function isIdle(build: BuildRecord): boolean {
  return build.script.skipped === true || build.script.external === true;
}

function buildFailed(build: BuildRecord): boolean {
  return build.phases.some(
    ({ type, status }) => type === 'BUILD' && status !== undefined && status !== 'SUCCEEDED',
  );
}

function buildLines({ script }: BuildRecord): readonly string[] {
  return script.buildLog ?? USUAL_LOG;
}

function testLines({ script }: BuildRecord): readonly string[] {
  return script.testLog ?? [NO_TESTS];
}

function marker(section: 'build' | 'test', edge: 'start' | 'end'): string {
  return `#*#*#*#*#*# apppack-${section}-${edge} #*#*#*#*#*#`;
}

function told(state: CodeBuildState): (line: string) => string {
  const [date, time] = new Date(state.context.clock.now()).toISOString().slice(0, -1).split('T');
  return (line) => `[Container] ${date?.replace(/-/g, '/')} ${time} ${line}`;
}

function print(state: CodeBuildState, { log }: BuildRecord, lines: readonly string[]): void {
  if (log === undefined) return;
  for (const line of lines) state.context.offers.writeLog?.(log.group, log.stream, `${line}\n`);
}

/** Uploads what the build left. Returns what is wrong, or nothing. */
export function uploadArtifacts(state: CodeBuildState, build: BuildRecord): string | undefined {
  const { type, location } = build.artifacts;
  if (type !== 'S3' || location === undefined) return undefined;
  const folder = artifactKey(build);
  for (const [name, content] of Object.entries(filesOf(state, build))) {
    const put = state.context.offers.putObject?.(location, `${folder}/${name}`, content);
    if (put !== true)
      return 'Error in UPLOAD_ARTIFACTS phase: NoSuchBucket: The specified bucket does not exist';
  }
  return undefined;
}

/** Of files that are not there, CodeBuild makes no fuss. */
function filesOf(state: CodeBuildState, build: BuildRecord): Record<string, string> {
  const { script, commit = '' } = build;
  const usual: Record<string, string | null> = {
    ...logFiles(build),
    'apppack.toml': script.apppackToml ?? (script.skipped === true ? '' : USUAL_TOML),
    'commit.txt':
      script.commitText ??
      `commit ${commit}\nAuthor: Somebody <somebody@example.com>\n\n    Change something\n`,
  };
  const all = { ...usual, ...broughtFiles(state, build), ...script.files };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, content]) => (content === null ? [] : [[name, content]])),
  );
}

/** A build that failed has no tests; one that brings its files has logs only if somebody wrote them. */
function logFiles(build: BuildRecord): Record<string, string | null> {
  const { script } = build;
  if (script.skipped === true) return { 'build.log': '', 'test.log': '' };
  if (script.external === true) {
    const given = (lines: readonly string[] | undefined) => (lines === undefined ? null : textFile(lines));
    return { 'build.log': given(script.buildLog), 'test.log': given(script.testLog) };
  }
  return {
    'build.log': textFile(buildLines(build)),
    'test.log': buildFailed(build) ? null : textFile(testLines(build)),
  };
}

/**
 * AppPack's deploy-action puts files below `external-<run>/` of the artifact bucket and names that place in the
 * buildspec it brings, which copies them.
 */
function broughtFiles(
  state: CodeBuildState,
  { script, source, artifacts }: BuildRecord,
): Readonly<Record<string, string>> {
  const folder = /external-[\w-]+\//.exec(source.buildspec ?? '')?.[0];
  if (script.external !== true || folder === undefined || artifacts.location === undefined) return {};
  return state.context.offers.readObjects?.(artifacts.location, folder) ?? {};
}

function textFile(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
