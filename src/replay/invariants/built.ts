import { asDocument, type Document, documentsIn } from '../documents.ts';
import type { Evidence } from '../evidence.ts';

/** A task that the controller started by itself, as ECS has it at the end. */
export interface StartedTask {
  /** What it was marked with: the same however often it is asked for. */
  readonly mark: string;
  readonly family: string;
  readonly createdAt: number;
  /** Absent while it runs. */
  readonly stoppedAt?: number;
  readonly image: string;
  readonly buildNumber: string;
  readonly exitCode?: number;
}

/** Tasks that were run for releases, of those that ECS remembers: an hour. */
export function startedTasks({ end }: Pick<Evidence, 'end'>): readonly StartedTask[] {
  const tasks = documentsIn(asDocument(end.world.accounts[0]?.ecs).tasks);
  return tasks.flatMap((task) => {
    const mark = String(task.startedBy ?? '');
    if (!mark.startsWith('trimtab/')) return [];
    const [container = {}] = documentsIn(task.containers);
    // What runs has ended when its container has, though ECS takes a moment to clear up.
    const stoppedAt = Date.parse(String(task.executionStoppedAt ?? task.stoppedAt));
    return [
      {
        mark,
        family: String(task.group).replace(/^family:/, ''),
        createdAt: Date.parse(String(task.createdAt)),
        ...(Number.isNaN(stoppedAt) ? {} : { stoppedAt }),
        image: String(container.image),
        buildNumber: tagIn(task.tags, 'apppack:buildNumber'),
        ...(typeof container.exitCode === 'number' ? { exitCode: container.exitCode } : {}),
      },
    ];
  });
}

export function tagIn(tags: unknown, name: string): string {
  const tag = documentsIn(tags).find(({ key }) => key === name);
  return String(tag?.value ?? '');
}

/** A build as CodeBuild has it at the end. */
export interface CodeBuildBuild {
  readonly id: string;
  readonly project: string;
  /** `shop`, or `pipe:7` for a pull request. */
  readonly app: string;
  readonly status: string;
  readonly number: number;
  readonly commit: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

export function codeBuilds({ end }: Pick<Evidence, 'end'>): readonly CodeBuildBuild[] {
  const builds = documentsIn(asDocument(end.world.accounts[0]?.codebuild).builds);
  return builds.map((build) => {
    const id = String(build.id);
    const project = id.slice(0, id.indexOf(':'));
    const number = /^pr\/(\d+)$/.exec(String(build.sourceVersion))?.[1];
    const ended = Date.parse(String(build.endedAt));
    return {
      id,
      project,
      app: number === undefined ? project : `${project}:${number}`,
      number: Number(build.number),
      status: String(build.status),
      commit: String(build.commit ?? ''),
      startedAt: Date.parse(String(build.startedAt)),
      endedAt: Number.isNaN(ended) ? Number.POSITIVE_INFINITY : ended,
    };
  });
}

/** Items of the installation's table at the end. */
export function itemsAtEnd({ end }: Pick<Evidence, 'end'>): readonly Document[] {
  return documentsIn(asDocument(end.world.accounts[0]?.dynamodb).tables).flatMap(({ items }) =>
    documentsIn(items),
  );
}

/** The records of an app's builds and releases that are ours. */
export function recordsAtEnd(evidence: Pick<Evidence, 'end'>, app: string): readonly Document[] {
  return itemsAtEnd(evidence).filter(
    ({ primary_id: partition, secondary_id: sort, trimtab_revision: revision }) =>
      partition === `APP#${app}` && String(sort).startsWith('BUILD#') && Number(revision) > 0,
  );
}

/** The release record of an app, empty when there is none. */
export function releaseAtEnd(evidence: Pick<Evidence, 'end'>, app: string): Document {
  const item = itemsAtEnd(evidence).find(({ secondary_id: sort }) => sort === `RELEASE#${app}`);
  return asDocument(item?.value);
}

/** Apps with a release record at the end. */
export function releasedApps(evidence: Pick<Evidence, 'end'>): readonly string[] {
  return itemsAtEnd(evidence).flatMap(
    ({ secondary_id: sort }) => /^RELEASE#(.+)$/.exec(String(sort))?.[1] ?? [],
  );
}

/** Whether nothing is said of what is left undone: faults are still about, or it did not come to rest. */
export function isUnfinished({ faultsLeft, unsettled, snapshot }: Evidence): boolean {
  return faultsLeft || unsettled.length > 0 || snapshot.settings?.mode === 'observe';
}

/** Whether an app may not be written at the end. */
export function isPausedAtEnd({ end }: Pick<Evidence, 'end'>, app: string): boolean {
  return end.observation.apps.some(
    ({ key, inspection }) => key.name === app && inspection.plan.paused !== undefined,
  );
}
