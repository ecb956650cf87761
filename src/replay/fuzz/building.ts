import { asDocument, type Document } from '../documents.ts';
import { COMMANDS, NO_JSON } from './bait.ts';
import type { Dice } from './dice.ts';
import type { ProjectSubject, Subjects } from './subjects.ts';
import type { Happening } from './timeline.ts';

/** What people and webhooks do where apps are built: it needs a CodeBuild project in the world. */
type BuildWish = (subjects: Subjects, project: ProjectSubject, dice: Dice) => readonly Happening[];

const BUILD_WISHES: readonly BuildWish[] = [
  wishBuild,
  wishBuild,
  wishBuild,
  wishBuilds,
  wishBuilds,
  wishRelease,
  wishRelease,
  wishPullRequest,
  wishPullRequest,
  wishStack,
  wishEnd,
];

/** Builds, releases, pull requests, and what their stacks say; nothing where nothing is built. */
export function wishOfBuilds(subjects: Subjects, dice: Dice): readonly Happening[] {
  if (subjects.projects.length === 0) return [];
  return dice.pick(BUILD_WISHES)(subjects, dice.pick(subjects.projects), dice);
}

/** A build begins, by a webhook, a person or a deploy script, and fares somehow. */
function wishBuild(_subjects: Subjects, project: ProjectSubject, dice: Dice): readonly Happening[] {
  const fate = dice.chance(0.6) ? [fateOf(project, dice)] : [];
  return [...fate, startOf(project, dice)];
}

/** Several close together, the first of which may fare badly. */
function wishBuilds(_subjects: Subjects, project: ProjectSubject, dice: Dice): readonly Happening[] {
  const start = startOf(project, dice);
  const more = Array.from({ length: dice.chance(0.7) ? 1 : 2 }, () => start);
  const fate = dice.chance(0.4) ? [fateOf(project, dice)] : [];
  return [...fate, start, ...more];
}

function call(operation: string, input: Record<string, unknown>): Happening {
  return { type: 'call', service: 'codebuild', operation, input };
}

/** CodeBuild's shortest: what hangs is over within the time a case has. */
const TIMEOUT_MINUTES = 5;

function startOf({ name, reviews }: ProjectSubject, dice: Dice): Happening {
  const projectName = name;
  const timeoutInMinutesOverride = TIMEOUT_MINUTES;
  const pull = reviews.length === 0 ? undefined : `pr/${dice.pick(reviews)}`;
  const ref = dice.pick([undefined, 'main', 'a'.repeat(40), pull, pull, pull, 'pr/99']);
  const sourceVersion = ref === undefined ? {} : { sourceVersion: ref };
  const start = { projectName, timeoutInMinutesOverride, ...sourceVersion };
  if (dice.chance(0.85)) return call('StartBuild', start);
  // As AppPack's deploy-action does: it brings what was built elsewhere.
  const buildspecOverride = 'version: 0.2\nphases: {build: {commands: ["aws s3 cp s3://x/external-1/ ."]}}';
  return call('StartBuild', { ...start, buildspecOverride });
}

const FAILURES: readonly unknown[] = [
  'DOWNLOAD_SOURCE',
  'PRE_BUILD',
  'BUILD',
  'POST_BUILD',
  'UPLOAD_ARTIFACTS',
  { phase: 'BUILD', status: 'STOPPED' },
  { phase: 'POST_BUILD', status: 'STOPPED' },
  { phase: 'PROVISIONING', status: 'FAULT' },
  { phase: 'FINALIZING', status: 'CLIENT_ERROR' },
];

/** Phases are short: what is looked for lies behind a build. */
const QUICK = { PROVISIONING: 1, PRE_BUILD: 1, BUILD: 2, POST_BUILD: 1 };

function fateOf({ scripts }: ProjectSubject, dice: Dice): Happening {
  const [usual = {}] = scripts;
  const apppackToml = manifestOf(dice);
  const fates: readonly Document[] = [
    { ...usual, fails: dice.pick(FAILURES), times: dice.between(1, 2) },
    { ...usual, apppackToml },
    { ...usual, apppackToml },
    { ...usual, apppackToml: dice.pick(NO_JSON), times: 1 },
    { ...usual, skipped: true, times: dice.between(1, 2) },
    { ...usual, stuckIn: dice.pick(['PRE_BUILD', 'BUILD', 'POST_BUILD']), times: 1 },
    { ...usual, files: { [dice.pick(['apppack.toml', 'build.log', 'test.log'])]: null }, times: 1 },
    { ...usual, seconds: { ...QUICK, BUILD: dice.between(0, 40) } },
  ];
  const fate = dice.pick(fates);
  return { type: 'builds', outcomes: dice.chance(0.5) ? [fate, ...scripts] : [fate] };
}

/** What a build says to run: processes come and go, and so do the tasks of a release. */
function manifestOf(dice: Dice): string {
  const processes = dice.pick([['web'], ['web', 'worker'], ['web', 'clock'], ['worker'], ['web', 'shell']]);
  const section = (name: string, member: string, text: string) => `[${name}]\n${member} = "${text}"\n`;
  return [
    section('build', 'system', dice.pick(['dockerfile', 'buildpack'])),
    ...(dice.chance(0.6) ? [section('deploy', 'release_command', './bin/migrate')] : []),
    ...(dice.chance(0.5) ? [section('review_app', 'initialize_command', './bin/seed')] : []),
    ...processes.map((process) => section(`services.${process}`, 'command', `./bin/${process}`)),
  ].join('\n');
}

/** A release by parameter: image and processes, perhaps with a command that is run before. */
function wishRelease(subjects: Subjects, project: ProjectSubject, dice: Dice): readonly Happening[] {
  const name = `${subjects.prefix}/apps/${project.name}/release`;
  const processes = dice.pick([['web'], ['web', 'worker'], ['worker']]);
  const command = dice.pick(COMMANDS.slice(0, 4));
  const json = {
    image: `example.com/${project.name}:${dice.between(1, 9)}`,
    processes: Object.fromEntries(processes.map((process) => [process, { command }])),
    ...(dice.chance(0.6) ? { release_command: './bin/migrate' } : {}),
    ...(dice.chance(0.3) ? { build_system: dice.pick(['buildpacks', 'dockerfile']) } : {}),
  };
  return [{ type: 'put', name, json }];
}

/** What AppPack's builder, CLI and stacks do when a pull request is opened, built, or closed. */
function wishPullRequest(subjects: Subjects, project: ProjectSubject, dice: Dice): readonly Happening[] {
  if (!project.isPipeline) return wishBuild(subjects, project, dice);
  const number = project.reviews.length > 0 && dice.chance(0.8) ? dice.pick(project.reviews) : '8';
  const name = `${subjects.prefix}/pipelines/${project.name}/review-apps/pr/${number}`;
  const partition = `APP#${project.name}:${number}`;
  const domains = [`pr${number}-${project.name}.example.com`];
  const stack: Happening = {
    type: 'item',
    item: { primary_id: partition, secondary_id: 'settings', value: { domains } },
  };
  const unstack: Happening = { type: 'removeItem', partition, sort: 'settings' };
  const says = (status: string): Happening => ({
    type: 'put',
    name,
    json: { pull_request: `pr/${number}`, status },
  });
  const start = call('StartBuild', {
    projectName: project.name,
    sourceVersion: `pr/${number}`,
    timeoutInMinutesOverride: TIMEOUT_MINUTES,
  });
  const ways: readonly (readonly Happening[])[] = [
    [stack, says('created'), start],
    [start],
    [says('open'), start],
    [says('open')],
    [unstack],
    [unstack, { type: 'delete', name }],
    [{ type: 'delete', name }],
    [unstack, says('open'), stack, says('created'), start],
  ];
  return dice.pick(ways);
}

/** The stack of an app is changed, taken away or made anew: where its tasks run, and who builds it. */
function wishStack({ items }: Subjects, { name }: ProjectSubject, dice: Dice): readonly Happening[] {
  const partition = `APP#${name}`;
  const sort = dice.pick(['settings', 'settings', 'CONFIG#ecs']);
  const item = items.get(`${partition} ${sort}`);
  if (item === undefined || dice.chance(0.25)) return [{ type: 'removeItem', partition, sort }];
  const back: Happening = { type: 'item', item: { ...item } };
  const value = asDocument(item.value);
  const names = Object.keys(value);
  const changed =
    dice.chance(0.6) && names.length > 0 ? without(value, dice.pick(names)) : { ...value, x: 1 };
  const change: Happening = { type: 'item', item: { ...item, value: changed } };
  return dice.chance(0.6) ? [change, back] : [change];
}

/** Everything of an app or pipeline goes: its parameters, and what its stack wrote. */
function wishEnd({ parameters }: Subjects, { name }: ProjectSubject): readonly Happening[] {
  const roots = [`/apps/${name}/`, `/pipelines/${name}/`];
  const own = [...parameters].filter(
    ([parameter, value]) => value !== undefined && roots.some((root) => parameter.includes(root)),
  );
  return [
    ...own.map(([parameter]): Happening => ({ type: 'delete', name: parameter })),
    { type: 'removeItem', partition: `APP#${name}`, sort: 'settings' },
    { type: 'removeItem', partition: `APP#${name}`, sort: 'CONFIG#ecs' },
  ];
}

function without(document: Document, name: string): Document {
  return Object.fromEntries(Object.entries(document).filter(([member]) => member !== name));
}
