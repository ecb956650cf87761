import type { Build } from '../../aws/build-shapes.ts';
import type { Key } from '../../reconcile/key.ts';
import { digestOf } from '../../reconcile/plan.ts';
import type { Nudge } from './actions.ts';
import { isOver } from './following.ts';
import { type BuildMemory, shortId } from './memory.ts';
import { pullRequestOf } from './names.ts';
import type { ReadFacts } from './observed.ts';

/**
 * Builds of pull requests run in their pipeline's project, whose events name only the pipeline: its key tells theirs
 * to look whenever one of their builds goes on.
 */
export function tellReviewApps(
  { builds, names }: ReadFacts,
  memory: BuildMemory,
  key: Key,
): { readonly actions: readonly Nudge[]; readonly told: BuildMemory['told'] } {
  if (names.review !== undefined || builds.state !== 'found') return { actions: [], told: memory.told };
  const theirs = builds.value.filter((build) => pullRequestOf(build.sourceVersion) !== undefined);
  const news = theirs.filter(
    (build) => memory.told[shortId(build.id)] !== stateOf(build) && isRecent(build, memory),
  );
  const numbers = [...new Set(news.map((build) => pullRequestOf(build.sourceVersion) ?? ''))];
  const actions = numbers.map((number): Nudge => {
    const states = news.filter((build) => pullRequestOf(build.sourceVersion) === number).map(stateOf);
    const cause = `build-${digestOf([number, states])}`;
    const name = `${names.app}:${number}`;
    return {
      id: `review-apps/${number}/nudge`,
      type: 'nudge',
      resource: `key build/${name}`,
      key: { ...key, name },
      cause,
    };
  });
  // Those that have ended are settled and not read again, so they need not be remembered here.
  const running = theirs.filter((build) => !isOver(build));
  return { actions, told: Object.fromEntries(running.map((build) => [shortId(build.id), stateOf(build)])) };
}

function isRecent(build: Build, { since }: BuildMemory): boolean {
  return !isOver(build) || (build.endedAt ?? 0) >= since;
}

function stateOf({ id, status, phases }: Build): string {
  return `${shortId(id)}/${status}/${phases.length}`;
}
