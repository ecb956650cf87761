import type { PlanContext } from '../../reconcile/controller.ts';
import type { Condition, ParameterVersion, Plan } from '../../reconcile/plan.ts';
import { parseReleaseItem, type ReleaseRecord, releaseAnswer } from '../../store/releases.ts';
import { build, buildContext } from '../../workflows/build.ts';
import { buildEffect } from '../../workflows/build-effect.ts';
import { TASKS } from '../../workflows/release-task.ts';
import { type Stepped, stepWorkflow } from '../../workflows/step.ts';
import type { BuildAction } from './actions.ts';
import { askedByParameter } from './asking.ts';
import { awayMsOf } from './away.ts';
import { afterClosing } from './closing.ts';
import { conditionsOf, unreadableConditions } from './conditions.ts';
import { carryOut, type Effected } from './effects.ts';
import type { Request } from './known.ts';
import { firstTask, NAMED_AFTER_MS, observe, requestId, type Scene } from './looking.ts';
import { type BuildMemory, parseMemory, shortId } from './memory.ts';
import type { BuildFacts, ReadFacts } from './observed.ts';
import { pausedBy } from './paused.ts';
import { openRequests, settledBuilds } from './requests.ts';
import { tellReviewApps } from './review-apps.ts';
import { copyAction, refusalOf, stopStuck } from './task-steps.ts';
import { actionsFor, differs } from './writing.ts';

/** Nobody told us that a build or task went on: look ourselves. */
const BUILDING_LOOK_MS = 30_000;
const TASK_LOOK_MS = 10_000;

/** An event of a task may come before a read shows what it tells. */
const HINT_MS = 5_000;
const HINT_LOOK_MS = 1_000;

/** A task that was just asked for, or whose intent waits for a read to show what became of it. */
const TASK_SOON_MS = 2_000;

/** Plans a build key: each open request steps its workflow and says what it needs. Pure. */
export function planBuild(facts: BuildFacts, context: PlanContext): Plan<BuildAction> {
  if (facts.state === 'misnamed') return nothing(context);
  const paused = pausedBy(facts);
  const release = releaseIn(facts);
  const memory = parseMemory(context.status.memory) ?? {
    // What ends while the first look is under way did not end before it.
    since: facts.startedAt ?? context.now,
    settled: [],
    told: {},
    flows: {},
  };
  if (release.state === 'unknown' || facts.records.state !== 'found' || paused === 'unknown') {
    return {
      ...nothing(context),
      // What ends before the first look that succeeds did not end before the first look.
      memory,
      conditions: unreadableConditions(facts, release),
      parameters: versionsIn(facts),
    };
  }
  const record = release.state === 'found' ? release.value : undefined;
  const scene = sceneOf(facts, context, record, memory);
  const looks = scene.requests.map((request) => look(request, scene, memory));
  const told = tellReviewApps(facts, memory, context.key);
  const closing = looks.length > 0 ? { actions: [] } : afterClosing(facts, context);
  const wakes = [...looks, closing].flatMap(({ wakeAt }) => wakeAt ?? []);
  const next = remember(facts, scene, memory, looks, told.told);
  return {
    actions: [...looks.flatMap(({ actions }) => actions), ...told.actions, ...closing.actions],
    differences: looks.map(({ request, stepped }) => ({
      path: requestId(request, 'state'),
      desired: 'complete',
      observed: stepped.state,
    })),
    conditions: [
      ...unreadableConditions(facts, release),
      ...parameterConditions(facts),
      ...conditionsOf(scene),
    ],
    memory: next,
    parameters: versionsIn(facts),
    ...(wakes.length === 0 ? {} : { wakeAt: Math.min(...wakes) }),
    ...(paused === undefined ? {} : { paused }),
    ...(isGone(facts, looks) ? { gone: true } : {}),
  };
}

function sceneOf(
  facts: ReadFacts,
  { status, now }: PlanContext,
  release: ReleaseRecord | undefined,
  memory: BuildMemory,
): Scene {
  const requests = openRequests(facts, release, memory, now);
  const item = facts.appStatus.state === 'found' ? facts.appStatus.value : {};
  return {
    facts,
    release,
    answer: releaseAnswer(item.memory),
    requests,
    status,
    now,
    awayMs: awayMsOf(memory, status, now),
  };
}

interface Look {
  readonly request: Request;
  readonly stepped: Stepped;
  readonly actions: readonly BuildAction[];
  readonly wakeAt: number;
}

function look(request: Request, scene: Scene, memory: BuildMemory): Look {
  const observed = observe(request, scene);
  const input = { source: request.source, at: scene.now - scene.awayMs };
  const stepped = stepWorkflow(build, memory.flows[request.source], input, observed);
  const effect = buildEffect(stepped.effects);
  const asked = effect === undefined ? undefined : carryOut(effect, request, scene);
  const effected = asked ?? lateLogs(request, scene) ?? { record: request.record };
  const isRunning =
    effect === undefined && (stepped.state === 'releasing' || stepped.state === 'postdeploying');
  const stops = isRunning ? TASKS.flatMap((task) => stopStuck(task, request, scene) ?? []) : [];
  const actions = [...actionsFor(request, effected, scene), ...stops];
  const hintedAt = hintedAtOf(scene, memory);
  const looksAgainMs = hasNoRoom(request, scene) ? TASK_LOOK_MS : TASK_SOON_MS;
  return { request, stepped, actions, wakeAt: wakeFor(stepped, actions, scene, { hintedAt, looksAgainMs }) };
}

/** A log that could not be copied when its task ended is copied while nothing else is to be done. */
function lateLogs(request: Request, scene: Scene): Effected | undefined {
  if (differs(request, request.record)) return undefined;
  const [late] = TASKS.flatMap((task) => {
    const phase = request.record.phases[task];
    if (phase?.state !== 'succeeded' && phase?.state !== 'failed') return [];
    return copyAction(task, request, scene, phase, false) ?? [];
  });
  return late === undefined ? undefined : { record: request.record, before: [late] };
}

/** A step that was taken is followed by the next one at once; what waits for others is looked at now and then. */
function wakeFor(
  { state, context }: Stepped,
  actions: readonly BuildAction[],
  scene: Scene,
  { hintedAt, looksAgainMs }: { readonly hintedAt: number; readonly looksAgainMs: number },
): number {
  const { status, now, awayMs } = scene;
  const isFailing = actions.some(({ id }) => status.failures?.[id] !== undefined);
  const starts = actions.some(({ type }) => type === 'runTask');
  const moves = actions.some(({ type }) => type === 'writeBuild' || type === 'writeRelease');
  if (moves && !isFailing) return starts ? now + looksAgainMs : now;
  if (isFailing) return now + BUILDING_LOOK_MS;
  if (state === 'releasing' || state === 'postdeploying')
    return now + (now < hintedAt + HINT_MS ? HINT_LOOK_MS : taskLookMs(scene));
  if (state !== 'preparing' && state !== 'deploying') return now + BUILDING_LOOK_MS;
  const waitedMs = now - awayMs - buildContext(context).enteredAt;
  const steps = [2_000, 5_000, 10_000];
  return now + (steps.find((step) => waitedMs < 6 * step) ?? BUILDING_LOOK_MS);
}

/** ECS said so when it was asked last; it is asked again when the time for that has come, which brings a pass by itself. */
function hasNoRoom(request: Request, scene: Scene): boolean {
  return TASKS.some((task) => refusalOf(task, request, scene) !== undefined);
}

/** Soon around the moment at which a task is named: who waits for its end must have seen it run. */
function taskLookMs({ facts, now }: Scene): number {
  const startedAt = Math.max(...TASKS.map((task) => firstTask(task, facts)?.startedAt ?? 0));
  const namedAt = startedAt + NAMED_AFTER_MS;
  if (startedAt > 0 && now < namedAt) return Math.min(TASK_LOOK_MS, namedAt - now);
  return now < namedAt + HINT_MS ? HINT_LOOK_MS : TASK_LOOK_MS;
}

/** When an event last brought a look: reads lag behind events, so the looks after it come soon. */
function hintedAtOf({ facts, now }: Scene, { hintedAt = 0 }: BuildMemory): number {
  return facts.told ? now : hintedAt;
}

function remember(
  facts: ReadFacts,
  scene: Scene,
  memory: BuildMemory,
  looks: readonly Look[],
  told: BuildMemory['told'],
): BuildMemory {
  const listed = new Set(facts.ids.state === 'found' ? facts.ids.value.map(shortId) : memory.settled);
  const settled = [...memory.settled, ...settledBuilds(facts, scene.requests)];
  const hintedAt = hintedAtOf(scene, memory);
  const runsTask = looks.some(({ stepped: { state } }) => state === 'releasing' || state === 'postdeploying');
  return {
    since: memory.since,
    ...(scene.awayMs === 0 ? {} : { awayMs: scene.awayMs }),
    ...(runsTask && scene.now < hintedAt + HINT_MS ? { hintedAt } : {}),
    settled: [...new Set(settled)].filter((id) => listed.has(id)).sort(),
    told,
    flows: Object.fromEntries(
      looks
        .filter(({ stepped }) => !stepped.terminal)
        .map(({ request, stepped }) => [request.source, stepped.stored]),
    ),
  };
}

/**
 * Nothing is left that could ever be built or released: no project, no record, no parameter. The project of a review app
 * is its pipeline's, which stays.
 */
function isGone(
  { ids, names, records, releaseItem, parameters }: ReadFacts,
  looks: readonly Look[],
): boolean {
  return (
    (ids.state === 'absent' || (ids.state === 'found' && names.review !== undefined)) &&
    records.state === 'found' &&
    records.value.length === 0 &&
    releaseItem.state === 'absent' &&
    [...parameters.values()].every(({ state }) => state === 'absent') &&
    looks.length === 0
  );
}

type ReadRelease =
  | { readonly state: 'found'; readonly value: ReleaseRecord }
  | { readonly state: 'absent' }
  | { readonly state: 'unknown'; readonly problem: string };

function releaseIn({ releaseItem }: ReadFacts): ReadRelease {
  if (releaseItem.state === 'absent') return { state: 'absent' };
  if (releaseItem.state === 'unreadable') return { state: 'unknown', problem: releaseItem.failure.message };
  const parsed = parseReleaseItem(releaseItem.value);
  return parsed.ok ? { state: 'found', value: parsed.value } : { state: 'unknown', problem: parsed.problem };
}

function parameterConditions({ names, parameters }: ReadFacts): readonly Condition[] {
  const name = names.parameters.release;
  return name === undefined ? [] : askedByParameter(parameters.get(name)).conditions;
}

function versionsIn({ parameters }: ReadFacts): Record<string, ParameterVersion> {
  const read = [...parameters.values()].flatMap((reading) =>
    reading.state === 'found' ? [reading.value] : [],
  );
  return Object.fromEntries(read.map(({ name, version, modifiedAt }) => [name, { version, modifiedAt }]));
}

/** Keeps what is remembered and does nothing. */
function nothing({ status }: PlanContext): Plan<BuildAction> {
  return { actions: [], differences: [], conditions: [], memory: status.memory, parameters: {} };
}
