import type { Reader } from '../../../aws/reader.ts';
import type { Service, TaskDefinition } from '../../../aws/shapes.ts';
import { ABSENT, found, type Reading } from '../../../reconcile/reading.ts';
import type { Status } from '../../../reconcile/status.ts';
import { type AppNames, serviceName } from '../names.ts';
import type { ScalingDesired } from '../services/desired.ts';
import type { ObservedRevision, ServiceFacts, ServicesFacts, Tags } from '../services/observed.ts';
import { normalRevision } from '../services/observed-revision.ts';
import type { SchedulesDesired } from './desired.ts';
import { SCHEDULER } from './family.ts';
import { wantedRules } from './grouping.ts';
import { isOwned, rulePrefix } from './marks.ts';
import { parseSchedulesMemory, type SchedulesMemory } from './memory.ts';
import {
  launchingOf,
  normalRule,
  normalSource,
  type ObservedRule,
  type SchedulesFacts,
  type SourceFacts,
} from './observed.ts';
import { schedulerFamily } from './registering.ts';
import type { TargetDocument } from './targets.ts';
import { isStillTrue } from './verified.ts';

export interface SchedulesQuestion {
  readonly names: AppNames;
  readonly desired: SchedulesDesired;
  readonly scaling: ScalingDesired;
  readonly services: ServicesFacts;
  /** What schedules remembered. */
  readonly memory: unknown;
  readonly status: Pick<Status, 'intents'>;
  readonly eventsRoleArn?: string;
  readonly checkEveryMs: number;
}

/** Asks for an app's rules before anything else is known of it; `readSchedules` takes up the answer. */
export function startSchedules(reader: Reader, names: AppNames): void {
  // Nobody may come to wait for it; who does gets the error.
  if (names.documents.scheduledTasks !== undefined) reader.rules(rulePrefix(names.app)).catch(() => {});
}

/**
 * Reads an app's rules, and what is needed to judge and change them. As long as nothing changes that is one
 * ListRules: what else was asked of AWS for the app's services is not asked again.
 */
export async function readSchedules(reader: Reader, question: SchedulesQuestion): Promise<SchedulesFacts> {
  const { names, desired, eventsRoleArn, checkEveryMs } = question;
  const common = { ...(eventsRoleArn === undefined ? {} : { eventsRoleArn }), checkEveryMs };
  // Review apps have no schedules.
  if (names.documents.scheduledTasks === undefined)
    return { rules: ABSENT, targets: {}, sources: [], ...common };
  const memory = parseSchedulesMemory(question.memory);
  const isWanted = desired.tasks.length > 0;
  const [rules, sources, family] = await Promise.all([
    reader.rules(rulePrefix(names.app)),
    isWanted ? readSources(reader, question.services) : [],
    isWanted ? readFamily(reader, question, memory) : {},
  ]);
  if (rules.state !== 'found') return { rules, targets: {}, sources, ...family, ...common };
  const observed = rules.value.map(normalRule);
  const doubtful = isWanted ? doubtfulRules(observed, question, memory) : [];
  const targets = await Promise.all(
    doubtful.map(async (name): Promise<[string, Reading<readonly TargetDocument[]>]> => {
      return [name, await reader.ruleTargets(name)];
    }),
  );
  return { rules: found(observed), targets: Object.fromEntries(targets), sources, ...family, ...common };
}

/** Rules of ours that are wanted, and whose targets are not known or are to be looked at once more. */
function doubtfulRules(
  rules: readonly ObservedRule[],
  { desired, names, status }: SchedulesQuestion,
  memory: SchedulesMemory,
): string[] {
  const wanted = new Set(wantedRules(desired.tasks, names).map(({ name }) => name));
  const known = (rule: ObservedRule) =>
    memory.rules.some((seen) => seen.name === rule.name && isStillTrue(seen, rule, names, status));
  return rules
    .filter((rule) => wanted.has(rule.name) && isOwned(rule.description, names.owner))
    .filter((rule) => rule.name === memory.checking || !known(rule))
    .map(({ name }) => name);
}

/** How each service starts tasks: both answers were given already when the services were read. */
async function readSources(
  reader: Reader,
  { cluster, services }: ServicesFacts,
): Promise<readonly SourceFacts[]> {
  if (cluster === undefined) return [];
  const sources = services.map(async (facts): Promise<SourceFacts[]> => {
    if (facts.reading.state !== 'found') return [];
    const { process, service } = facts;
    const [raw, definition] = await Promise.all([
      reader.services(cluster, [service]),
      reader.taskDefinition(facts.reading.value.taskDefinition),
    ]);
    const reading = raw.get(service);
    return reading?.state === 'found' ? [sourceOf(process, reading.value, definition)] : [];
  });
  return (await Promise.all(sources)).flat();
}

function sourceOf(process: string, service: Service, definition: Reading<TaskDefinition>): SourceFacts {
  const launch = launchingOf(service);
  if (definition.state !== 'found') return { process, launch, definition };
  const { value } = definition;
  const { form, launcher } = normalSource(value, () => tagsOf(value.tags), process);
  return { process, launch, definition: found(form), ...(launcher === undefined ? {} : { launcher }) };
}

/**
 * The newest revision of the scheduler's family, and how the app's image was made, when they may matter: when
 * what the remembered revision was made from changed, is about to change, or is looked at once more.
 */
async function readFamily(
  reader: Reader,
  { names, services, scaling }: SchedulesQuestion,
  { revision, checking }: SchedulesMemory,
): Promise<Pick<SchedulesFacts, 'newest' | 'shell'>> {
  const isSame = (facts: ServiceFacts) =>
    facts.reading.state === 'found' && facts.reading.value.taskDefinition === revision?.source;
  const isKnown = services.services.some(isSame);
  const isMoving = services.services.some((facts) => facts.newest !== undefined);
  const wish = scaling.wishes.find(({ process }) => process === SCHEDULER);
  const isResized = revision?.size.cpu !== wish?.cpu || revision?.size.memory !== wish?.memory;
  if (isKnown && !isMoving && !isResized && checking === undefined) return {};
  const [newest, shell] = await Promise.all([
    reader.newestTaskDefinition(schedulerFamily(names)),
    isKnown ? undefined : reader.newestTaskDefinition(serviceName(names, 'shell')),
  ]);
  return {
    newest: toRevision(newest),
    ...(shell === undefined ? {} : { shell: toTags(shell) }),
  };
}

function toRevision(reading: Reading<TaskDefinition>): Reading<ObservedRevision> {
  if (reading.state !== 'found') return reading;
  return found(normalRevision(reading.value));
}

function toTags(reading: Reading<TaskDefinition>): Reading<Tags> {
  return reading.state === 'found' ? found(tagsOf(reading.value.tags)) : reading;
}

function tagsOf(tags: TaskDefinition['tags']): Tags {
  return Object.fromEntries(tags.map(({ key = '', value = '' }) => [key, value]));
}
