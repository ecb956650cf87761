import type { Condition } from '../../reconcile/plan.ts';
import type { Evidence } from '../evidence.ts';
import { labelOf } from '../labels.ts';
import { when } from './calls.ts';
import type { Dossier } from './dossier.ts';
import { unexplained } from './explaining.ts';
import { untruths } from './truth.ts';

/** A wake this late was lost. */
const WAKE_LATE_MS = 60_000;

/** I1: once desired state and AWS stay as they are, observed is as desired and nothing is written any more. */
export function settles(evidence: Evidence): readonly string[] {
  const { faultsLeft, unsettled } = evidence;
  return faultsLeft ? [] : [...unsettled, ...unexplained(evidence)];
}

/** I8: the last change of every parameter was looked at. */
export function losesNoWake({ faultsLeft, unsettled, end, snapshot }: Evidence): readonly string[] {
  // Who may only look does not write down what he saw.
  if (faultsLeft || unsettled.length > 0 || snapshot.settings?.mode === 'observe') return [];
  return end.observation.apps.flatMap(({ key, parameters, config, inspection }) => {
    if (inspection.plan.paused !== undefined) return [];
    const status = end.statuses.get(key.name);
    const all = [...parameters, ...config];
    if (status === undefined) return all.length === 0 ? [] : [`${key.name} was never looked at`];
    return all
      .filter(({ name, version }) => status.parameters[name] !== version)
      .map(
        ({ name, version }) =>
          `${name} has version ${version}, but ${key.name} was last looked at with ${status.parameters[name] ?? 'none'}`,
      );
  });
}

/** I17: what is said to be synced is, and `since` moves only when a condition does. */
export function isHonest(dossier: Dossier): readonly string[] {
  const untrue = dossier.unsettled.length > 0 ? [] : untruths(dossier);
  return [...falselySynced(dossier), ...untrue, ...restless(dossier)];
}

function falselySynced({ end, unsettled }: Evidence): readonly string[] {
  if (unsettled.length > 0) return [];
  return end.observation.apps.flatMap(({ key, inspection }) => {
    const says = end.statuses.get(key.name)?.synced === true;
    if (!says || inspection.synced) return [];
    const paths = inspection.plan.differences.map(({ path }) => path);
    return [`${key.name} is said to be synced, but differs: ${paths.join(', ')}`];
  });
}

function restless(dossier: Dossier): readonly string[] {
  return [...dossier.passes.byApp].flatMap(([app, passes]) =>
    passes.flatMap(({ report, at }, index) => {
      const last = passes[index - 1]?.report;
      // What is told of a key that is gone goes with it, so it begins anew if the key comes back.
      const told = last?.gone === true ? [] : last?.conditions;
      const before = new Map(told?.map((one) => [placeOf(one), one.since]));
      return report.conditions.flatMap((condition) => {
        const since = before.get(placeOf(condition));
        if (since === undefined || since === condition.since) return [];
        return [
          `${app}: "${labelOf(condition)}" became ${condition.since - since} ms younger at ${when(dossier, at)}`,
        ];
      });
    }),
  );
}

/** One parameter may be in the way in two task definitions. */
function placeOf({ type, status, reason, parameter, path, resource }: Condition): string {
  return JSON.stringify([type, status, reason, parameter, path, resource]);
}

/** I22: nothing is left half done: no open intent, no write that waits to be seen, no wake that never came. */
export function endsEverything({ end, faultsLeft, unsettled }: Evidence): readonly string[] {
  if (faultsLeft || unsettled.length > 0) return [];
  // Of a paused app nothing but its conditions is written down, until it goes on.
  const paused = new Set(
    end.observation.apps.flatMap(({ key, inspection }) =>
      inspection.plan.paused === undefined ? [] : [key.name],
    ),
  );
  const builds = [...end.builds].map(([app, status]) => [app, `build of ${app}`, status] as const);
  const statuses = [...[...end.statuses].map(([app, status]) => [app, app, status] as const), ...builds];
  const open = statuses.flatMap(([app, name, status]) => (paused.has(app) ? [] : [[name, status] as const]));
  return open.flatMap(([app, { intents, writes, wake }]) => [
    ...intents.map(({ action }) => `${app}: the intent ${action} is still open`),
    ...Object.entries(writes)
      .filter(([, write]) => !write.seen && write.at < end.at - WAKE_LATE_MS)
      .map(([action]) => `${app}: nobody looked whether ${action} took effect`),
    ...(wake !== undefined && wake.at < end.at - WAKE_LATE_MS ? [`${app}: its wake never came`] : []),
  ]);
}
