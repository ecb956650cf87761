import { asDocument, documentsIn } from '../documents.ts';
import type { Evidence } from '../evidence.ts';
import {
  codeBuilds,
  isPausedAtEnd,
  isUnfinished,
  recordsAtEnd,
  releaseAtEnd,
  releasedApps,
  type StartedTask,
  startedTasks,
  tagIn,
} from './built.ts';
import { tookEffect, when, writesOf } from './calls.ts';

/** I23: a task of a release runs once, and those of an app one after another. */
export function runsTasksOnce(evidence: Evidence): readonly string[] {
  const tasks = startedTasks(evidence);
  return tasks.flatMap((task, index) => {
    const others = tasks.slice(index + 1);
    const again = others.find(({ mark }) => mark === task.mark);
    const beside = others.find((other) => ownerOf(other) === ownerOf(task) && overlap(task, other));
    if (again !== undefined)
      return [
        `${task.family} ran twice for one release, at ${when(evidence, task.createdAt)} and ${when(evidence, again.createdAt)}`,
      ];
    return beside === undefined
      ? []
      : [
          `${beside.family} began at ${when(evidence, beside.createdAt)}, while that of ${when(evidence, task.createdAt)} ran`,
        ];
  });
}

/** `shop` of `shop-release` and `shop-postdeploy`. */
function ownerOf({ family }: StartedTask): string {
  return family.replace(/-(release|postdeploy)$/, '');
}

function overlap(one: StartedTask, other: StartedTask): boolean {
  const endOf = ({ stoppedAt = Number.POSITIVE_INFINITY }: StartedTask) => stoppedAt;
  return one.createdAt < endOf(other) && other.createdAt < endOf(one);
}

/** Families that are no services, and what they are for. */
const TASKS = /-(release|postdeploy|shell|scheduler)$/;

/** I28: a build that failed, or whose release task did, changes no service. */
export function deploysWhatWorks(evidence: Evidence): readonly string[] {
  const builds = codeBuilds(evidence);
  const tasks = startedTasks(evidence);
  return writesOf(evidence).flatMap((call) => {
    const { operation, input, at } = call;
    if (operation !== 'RegisterTaskDefinition' || !tookEffect(call)) return [];
    const family = String(input.family);
    const number = tagIn(input.tags, 'apppack:buildNumber');
    const [{ image = '' } = {}] = documentsIn(input.containerDefinitions);
    const made = builds.filter(({ commit }) => commit !== '' && String(image).endsWith(`:${commit}`));
    if (TASKS.test(family) || number === '' || made.length === 0) return [];
    const isBuilt = made.some(({ status, endedAt }) => status === 'SUCCEEDED' && endedAt <= at);
    if (!isBuilt)
      return [`${family} got the image of build ${number} at ${when(evidence, at)}, which did not succeed`];
    const failed = tasks.find(
      (task) =>
        task.buildNumber === number &&
        task.image === image &&
        family.startsWith(`${ownerOf(task)}-`) &&
        (task.exitCode ?? 0) !== 0,
    );
    return failed === undefined
      ? []
      : [
          `${family} got the image of build ${number} at ${when(evidence, at)}, whose task ${failed.family} failed`,
        ];
  });
}

/** I26: what services are to run is the youngest release that worked, and none gives way to an older one. */
export function servesTheYoungest(evidence: Evidence): readonly string[] {
  if (isUnfinished(evidence)) return [];
  const begun = beginnings(evidence);
  return releasedApps(evidence).flatMap((app) =>
    isPausedAtEnd(evidence, app)
      ? []
      : [...servingAnother(evidence, app, begun), ...gaveWayToOlder(evidence, app, begun)],
  );
}

/** When builds began, by their source: CodeBuild knows best. Those of one push begin at once. */
function beginnings(evidence: Evidence): ReadonlyMap<string, number> {
  return new Map(
    codeBuilds(evidence).map(({ id, number, startedAt }) => [`build:${id}`, startedAt + number / 1000]),
  );
}

function servingAnother(
  evidence: Evidence,
  app: string,
  begun: ReadonlyMap<string, number>,
): readonly string[] {
  const askedAt = ({ source, sequence }: Asked) => begun.get(source) ?? sequence;
  const { source, sequence } = asDocument(releaseAtEnd(evidence, app).current);
  const serves = askedAt({ source: String(source), sequence: Number(sequence ?? 0) });
  const youngest = Math.max(0, ...(workedIn(evidence).get(app) ?? []).map(askedAt));
  return serves === youngest || youngest === 0
    ? []
    : [
        `${app} is to run the release of ${when(evidence, serves)}, though that of ${when(evidence, youngest)} worked`,
      ];
}

/** When a parameter was put is not told of its release, so where there is one it may have been the younger. */
function gaveWayToOlder(
  evidence: Evidence,
  app: string,
  begun: ReadonlyMap<string, number>,
): readonly string[] {
  const records = recordsAtEnd(evidence, app).map(({ trimtab_source: source, trimtab_outcome: outcome }) => ({
    begunAt: begun.get(String(source)),
    outcome,
  }));
  if (records.some(({ begunAt }) => begunAt === undefined)) return [];
  const [youngest] = records.sort((a, b) => (b.begunAt ?? 0) - (a.begunAt ?? 0));
  return youngest?.outcome === 'superseded'
    ? [`the build of ${app} that began at ${when(evidence, youngest.begunAt ?? 0)} gave way to an older one`]
    : [];
}

/** What asked for a release, and when it was taken to have been asked for. */
interface Asked {
  readonly source: string;
  readonly sequence: number;
}

/** Releases that came to a good end, by app, as the release record told it from write to write. */
function workedIn({ calls }: Evidence): ReadonlyMap<string, readonly Asked[]> {
  const worked = new Map<string, Asked[]>();
  for (const call of calls) {
    const { service, operation, input } = call;
    if (service !== 'dynamodb' || !tookEffect(call)) continue;
    const key = asDocument(operation === 'DeleteItem' ? input.Key : input.Item);
    const app = /^RELEASE#(.+)$/.exec(String(asDocument(key.secondary_id).S))?.[1];
    if (app === undefined) continue;
    if (operation === 'DeleteItem') worked.delete(app);
    const decided = asDocument(asDocument(asDocument(asDocument(key.value).M).decided).M);
    if (asDocument(decided.outcome).S !== 'succeeded') continue;
    const asked = {
      source: String(asDocument(decided.source).S),
      sequence: Number(asDocument(decided.sequence).N),
    };
    worked.set(app, [...(worked.get(app) ?? []), asked]);
  }
  return worked;
}
