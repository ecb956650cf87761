import type { Condition, ParameterVersion } from '../../reconcile/plan.ts';
import type { Parameter, ParameterName, Reading } from '../../reconcile/reading.ts';
import { onceEachBeside } from '../../reconcile/recall.ts';
import type { Item } from '../../store/table.ts';
import { type AppConfig, parseConfig } from './config.ts';
import { type DocumentTexts, type Opened, openJson, openText } from './document.ts';
import type { AppMemory } from './memory.ts';
import type { AppNames, DocumentRole } from './names.ts';
import {
  type DeployStatusDesired,
  type EcsConfig,
  parseDeployStatus,
  parseEcsConfig,
  parseRelease,
  parseReleaseRecord,
  RELEASE_BROKEN,
  RELEASE_SHAPE,
  type ReleaseDesired,
  type ReleaseRecordDesired,
  releaseCommand,
} from './records.ts';
import { parseReview, type ReviewDesired } from './reviews/desired.ts';
import { parseScheduledTasks, type SchedulesDesired } from './schedules/desired.ts';
import {
  EXAMPLE_SCALING,
  overlayScaling,
  parseScaling,
  SCALING_BROKEN,
  SCALING_SHAPE,
  type ScalingDesired,
  scalingCommand,
} from './services/desired.ts';
import {
  parseSettings,
  SETTINGS_BROKEN,
  SETTINGS_SHAPE,
  type SettingsDesired,
  settingsCommand,
} from './settings.ts';

/** Desired state as it was read. */
export interface Documents {
  readonly parameters: ReadonlyMap<string, Reading<Parameter>>;
  /** Names below each config path, in the order of the paths. */
  readonly configs: ReadonlyArray<Reading<readonly ParameterName[]>>;
  readonly settings: Reading<Item>;
  readonly ecsConfig: Reading<Item>;
  readonly deployStatus: Reading<Item>;
  readonly releaseRecord: Reading<Item>;
  /** Absent but for review apps. */
  readonly reviewSettings: Reading<Item>;
  /** The status of the review app's builds; not asked for of other apps. */
  readonly buildStatus?: Reading<Item>;
}

/** Whether the app is paused; `unknown` forbids writing as long as it lasts. */
export type Paused =
  | { readonly state: 'no' }
  | { readonly state: 'yes'; readonly reason: string }
  | { readonly state: 'unknown' };

/** Everything that desired state says of an app, parsed. */
export interface AppDesired {
  readonly scaling: ScalingDesired;
  readonly settings: SettingsDesired;
  readonly release: ReleaseDesired;
  readonly deployStatus: DeployStatusDesired;
  readonly releaseRecord: ReleaseRecordDesired;
  readonly ecsConfig: EcsConfig;
  readonly paused: Paused;
  readonly schedules: SchedulesDesired;
  /** Of a review app: whether it lives. */
  readonly review?: ReviewDesired;
  /** Config variables; undefined while they cannot be read. */
  readonly config: AppConfig | undefined;
  /** All but those of scaling and schedules, which stand with them. */
  readonly conditions: readonly Condition[];
  readonly parameters: Readonly<Record<string, ParameterVersion>>;
  /** Every read succeeded, and nothing of the app is there. */
  readonly absent: boolean;
}

/** Parses all documents of an app; a bad one never hinders another. */
export function parseDesired(documents: Documents, names: AppNames): AppDesired {
  const read = (role: DocumentRole) => readingOf(documents, names, role);
  const open = (role: DocumentRole, texts: (name: string) => DocumentTexts) => {
    const name = names.documents[role];
    return name === undefined ? ({ state: 'absent' } as const) : openJson(name, read(role), texts(name));
  };
  const scaling = scalingIn(read('scaling'), { role: 'scaling', names });
  const settings = parseSettings(open('settings', settingsTexts), documents.settings, names.app);
  const release = parseRelease(open('release', releaseTexts), names);
  const deployStatus = parseDeployStatus(documents.deployStatus, names);
  const releaseRecord = parseReleaseRecord(documents.releaseRecord, names);
  const ecsConfig = parseEcsConfig(documents.ecsConfig, names.app);
  const paused = openPaused(names, read('paused'));
  const { config, conditions: ofConfig } = parseConfig(documents.configs, names);
  return {
    scaling: overlayScaling(scaling, inheritedScaling(read, open, names)),
    settings,
    release,
    deployStatus,
    releaseRecord,
    ecsConfig,
    ...(names.review === undefined ? {} : { review: parseReview(open('reviewApp', reviewTexts), documents) }),
    paused: pausedBy(paused),
    schedules: parseScheduledTasks(read('scheduledTasks'), names),
    config,
    conditions: [
      ...settings.conditions,
      ...release.conditions,
      ...deployStatus.conditions,
      ...releaseRecord.conditions,
      ...(ecsConfig.problem === undefined ? [] : [ecsConfig.problem]),
      ...(paused.state === 'broken' ? paused.conditions : []),
      ...ofConfig,
    ],
    parameters: versionsIn(documents),
    absent: isAbsent(documents, names),
  };
}

interface ScalingPlace {
  readonly role: 'scaling' | 'pipelineScaling';
  readonly names: AppNames;
}

const scalingIn = onceEachBeside(
  (reading: Reading<Parameter>, { role, names }: ScalingPlace): ScalingDesired => {
    const name = names.documents[role];
    if (name === undefined) return parseScaling({ state: 'absent' }, names);
    return parseScaling(openJson(name, reading, scalingTexts(name)), names);
  },
);

/** A pipeline's entries are wishes for a review app only while that app is wanted. */
function inheritedScaling(
  read: (role: DocumentRole) => Reading<Parameter>,
  open: (role: DocumentRole, texts: (name: string) => DocumentTexts) => Opened,
  names: AppNames,
): ScalingDesired {
  const inherited = scalingIn(read('pipelineScaling'), { role: 'pipelineScaling', names });
  if (names.review === undefined) return inherited;
  const reviewApp = open('reviewApp', reviewTexts);
  if (reviewApp.state === 'broken')
    return { ...inherited, conditions: [...inherited.conditions, ...reviewApp.conditions] };
  const wanted = reviewApp.state === 'found' && isCreated(reviewApp.value);
  return wanted ? inherited : { ...inherited, state: 'absent', wishes: [], named: [], suggestion: [] };
}

function isCreated(document: unknown): boolean {
  return (
    typeof document === 'object' && document !== null && 'status' in document && document.status === 'created'
  );
}

/** The processes that each record names. */
export interface NamedProcesses {
  readonly scaling: string[];
  readonly release: string[];
  readonly deployStatus: string[];
  readonly record: string[];
}

/** The processes the records name now; a record that cannot be used names what it named before. */
export function namedProcesses(desired: AppDesired, memory: AppMemory): NamedProcesses {
  const kept = (
    record: { state: string; named: readonly string[] },
    before: readonly string[] | undefined,
  ) => [...new Set(record.state === 'broken' ? [...record.named, ...(before ?? [])] : record.named)];
  return {
    scaling: kept(desired.scaling, memory.named.scaling),
    release: kept(desired.release, memory.named.release),
    deployStatus: kept(desired.deployStatus, memory.named.deployStatus),
    record: kept(desired.releaseRecord, memory.named.record),
  };
}

function readingOf(documents: Documents, names: AppNames, role: DocumentRole): Reading<Parameter> {
  const name = names.documents[role];
  return (name === undefined ? undefined : documents.parameters.get(name)) ?? { state: 'absent' };
}

function openPaused(names: AppNames, reading: Reading<Parameter>): Opened<string> {
  const name = names.documents.paused;
  if (name === undefined) return { state: 'absent' };
  // Any type will do: who puts a SecureString here wants the app paused as well.
  if (reading.state === 'found') {
    return { state: 'found', value: reading.value.value, parameter: reading.value, remarks: [] };
  }
  return openText(name, reading, {
    allowed: 'a reason, or "false"',
    now: 'Nothing of this app is written until it can be, for it may say that the app is paused.',
    command: `aws ssm delete-parameter --name ${name}`,
  });
}

function pausedBy(opened: Opened<string>): Paused {
  if (opened.state === 'absent') return { state: 'no' };
  if (opened.state === 'broken') return { state: 'unknown' };
  const reason = opened.value.trim();
  if (reason.toLowerCase() === 'false') return { state: 'no' };
  return { state: 'yes', reason: reason === '' ? 'no reason given' : reason.slice(0, 200) };
}

function versionsIn(documents: Documents): Record<string, ParameterVersion> {
  const read = [...documents.parameters.values(), ...documents.configs].flatMap((reading) =>
    reading.state === 'found' ? [reading.value].flat() : [],
  );
  return Object.fromEntries(read.map(({ name, version, modifiedAt }) => [name, { version, modifiedAt }]));
}

/** A review app's pipeline does not count: it outlives its review apps. */
function isAbsent(documents: Documents, names: AppNames): boolean {
  const own = Object.entries(names.documents).filter(([role]) => role !== 'pipelineScaling');
  const parameters = own.map(([, name]) => documents.parameters.get(name));
  const config = documents.configs.at(-1);
  const items = names.review === undefined ? [documents.settings, documents.ecsConfig] : [];
  return (
    [...parameters, ...items, documents.deployStatus].every((reading) => reading?.state === 'absent') &&
    config?.state === 'found' &&
    config.value.length === 0
  );
}

function scalingTexts(name: string): DocumentTexts {
  return { allowed: SCALING_SHAPE, now: SCALING_BROKEN, command: scalingCommand(name, EXAMPLE_SCALING) };
}

function settingsTexts(name: string): DocumentTexts {
  return { allowed: SETTINGS_SHAPE, now: SETTINGS_BROKEN, command: settingsCommand(name) };
}

function releaseTexts(name: string): DocumentTexts {
  return { allowed: RELEASE_SHAPE, now: RELEASE_BROKEN, command: releaseCommand(name) };
}

function reviewTexts(name: string): DocumentTexts {
  return {
    allowed: 'a JSON object {"pull_request": "pr/<n>", "status": "created"}',
    now: 'Sizes of this review app stay as they are until then.',
    command: `aws ssm get-parameter --name ${name}`,
  };
}
