import type { Condition } from '../../reconcile/plan.ts';
import type { Reading } from '../../reconcile/reading.ts';
import { closingOf, failedPhase, PHASES } from '../../store/builds.ts';
import { titleOf } from '../../store/releases.ts';
import { TASKS } from '../../workflows/release-task.ts';
import { activeIn, recordsIn } from './known.ts';
import { answerTo, isReady, type Scene } from './looking.ts';
import type { ReadFacts } from './observed.ts';
import { refusalOf } from './task-steps.ts';

/** What a person has to know or to mend. */
export function conditionsOf(scene: Scene): readonly Condition[] {
  return [
    ...contentConditions(scene),
    ...answerConditions(scene),
    ...roomConditions(scene),
    ...lastFailure(scene),
    ...underWay(scene),
  ];
}

/** How far each build is that is not over: facts, no problems. */
function underWay({ requests, facts, release }: Scene): Condition[] {
  const active = activeIn(release);
  const open = requests.filter(({ record }) => closingOf(record) === undefined);
  return open.map((request) => {
    const { source, record } = request;
    const { phases, buildNumber } = record;
    const title = titleOf(source, buildNumber);
    const waits = active !== undefined && active.source !== source && isReady(request);
    const behind = waits ? `, it waits for ${titleOf(active.source, active.buildNumber)}` : '';
    const begun = PHASES.filter((name) => phases[name]?.state !== undefined);
    const last = begun.at(-1);
    const how = last === undefined ? 'is to begin' : `${last} ${phases[last]?.state}`;
    return {
      type: 'RolledOut',
      status: 'True',
      reason: 'Progressing',
      message: `${title}: ${how}${behind}`,
      resource: `${title} of ${facts.names.app}`,
    };
  });
}

/** Something could not be read, so part of this key, or all of it, waits. */
export function unreadableConditions(
  facts: ReadFacts,
  release: { readonly state: string; readonly problem?: string },
): readonly Condition[] {
  const { app } = facts.names;
  const ofRelease: Condition[] =
    release.state === 'unknown'
      ? [
          {
            type: 'Readable',
            status: 'False',
            reason: 'ReleaseRecord',
            message: `The release record of ${app} cannot be used: ${release.problem ?? ''} Nothing is released until it can be.`,
            resource: `the release record of ${app}`,
          },
        ]
      : [];
  return [
    ...ofRelease,
    ...unreadable(`the build records of ${app}`, facts.records),
    ...unreadable(`the settings of ${facts.names.settingsOf}`, facts.settings),
    ...unreadable(`the status of app ${app}`, facts.appStatus),
    ...unreadable(`builds of ${app}`, facts.ids),
    ...(facts.ids.state === 'found' ? unreadable(`builds of ${app}`, facts.builds) : []),
    ...[...facts.parameters].flatMap(([name, reading]) => unreadable(name, reading, name)),
    ...Object.entries(facts.tasks).flatMap(([task, { tasks }]) =>
      unreadable(`${task} tasks of ${app}`, tasks),
    ),
  ];
}

function unreadable(what: string, reading: Reading<unknown>, parameter?: string): Condition[] {
  if (reading.state !== 'unreadable') return [];
  const { code, message, kind } = reading.failure;
  const next = kind === 'denied' ? "Give trimtab's role this permission." : 'trimtab tries again by itself.';
  return [
    {
      type: 'Readable',
      status: 'False',
      reason: code,
      message: `${what} could not be read: ${message} What depends on it waits. ${next}`,
      ...(parameter === undefined ? { resource: what } : { parameter }),
    },
  ];
}

function contentConditions({ requests, facts }: Scene): Condition[] {
  return requests.flatMap(({ content, build }) =>
    content.state === 'unread' && build?.status === 'SUCCEEDED'
      ? [
          {
            type: 'Readable' as const,
            status: 'False' as const,
            reason: 'ArtifactsUnread',
            message: `Build ${build.number} of ${facts.names.app} waits: ${content.reason} trimtab tries again by itself.`,
            resource: `build ${build.number} of ${facts.names.app}`,
          },
        ]
      : [],
  );
}

/** ECS has no room for a task of the release. */
function roomConditions(scene: Scene): Condition[] {
  return scene.requests.flatMap((request) =>
    TASKS.flatMap((task) => {
      const refusal = refusalOf(task, request, scene);
      if (refusal === undefined || request.record.phases[task] !== undefined) return [];
      return [
        {
          type: 'Applied' as const,
          status: 'False' as const,
          reason: 'NoRoom',
          message: `The ${task} task of ${titleOf(request.source, request.record.buildNumber)} waits: ECS has no room for it, ${refusal.refused}. trimtab asks again.`,
          resource: `${task} task of ${scene.facts.names.app}`,
        },
      ];
    }),
  );
}

/** The app's controller cannot begin, for a reason that somebody has to mend. */
function answerConditions({ release, answer }: Scene): Condition[] {
  const active = activeIn(release);
  const said = active === undefined ? undefined : answerTo(active, answer);
  if (active === undefined || said?.stage !== 'blocked') return [];
  return [
    {
      type: 'Released',
      status: 'False',
      reason: 'Blocked',
      message: `The release of ${titleOf(active.source, active.buildNumber)} waits: ${said.reason ?? 'no reason given'}`,
    },
  ];
}

/** The youngest request that was released ended badly: what was wanted does not run. */
function lastFailure({ facts, requests }: Scene): Condition[] {
  const [last] = recordsIn(facts).filter(
    (record) => closingOf(record) !== undefined && record.outcome === undefined && record.revision > 0,
  );
  const failed = last === undefined ? undefined : failedPhase(last);
  const isReleased = failed !== undefined && ['release', 'postdeploy', 'deploy'].includes(failed.name);
  if (last === undefined || !isReleased || requests.some(({ stored }) => stored?.key.sort === last.key.sort))
    return [];
  const title = titleOf(last.source, last.buildNumber);
  return [
    {
      type: 'Released',
      status: 'False',
      reason: 'ReleaseFailed',
      message: `The release of ${title} of ${last.app} failed in its ${failed.name} phase: ${failed.phase.reason ?? 'no reason given'}`,
      resource: `${title} of ${last.app}`,
    },
  ];
}
