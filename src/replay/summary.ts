import type { ActionOutcome } from '../reconcile/apply.ts';
import { type Condition, canonicalJson } from '../reconcile/plan.ts';
import type { Report } from '../reconcile/reconcile.ts';
import { describeChange } from './changes.ts';
import { endOf } from './end.ts';
import type { Evidence } from './evidence.ts';
import { byStep } from './grouping.ts';
import { labelOf } from './labels.ts';
import { SKIPPED } from './lines.ts';
import type { Outcome, OutcomeAction, OutcomeCondition, OutcomeRollout, OutcomeStep } from './outcome.ts';
import type { DatedReport, StepTrace } from './trace.ts';

/** What a case did, as it is kept in the snapshot. Steps in which nothing happened are left out. */
export function outcomeOf(result: Evidence): Outcome {
  const reports = byStep(result.reports);
  const rollouts = byStep(result.rollouts);
  const news = conditionsByStep(result.reports);
  const steps = result.steps.flatMap((step) =>
    stepOf(step, {
      actions: foldActions((reports.get(step.index) ?? []).flatMap(({ report }) => actionsOf(report))),
      rollouts: (rollouts.get(step.index) ?? []).map(rolloutOf),
      conditions: (news.get(step.index) ?? []).map(({ app, condition, state }) => ({
        app,
        condition,
        state,
      })),
    }),
  );
  return { settled: result.unsettled.length === 0, steps, end: endOf(result.end.observation) };
}

interface Happened {
  readonly actions: OutcomeAction[];
  readonly rollouts: OutcomeRollout[];
  readonly conditions: OutcomeCondition[];
}

function stepOf(step: StepTrace, { actions, rollouts, conditions }: Happened): OutcomeStep[] {
  const { index, refused } = step;
  if (actions.length + rollouts.length + conditions.length + refused.length === 0) return [];
  return [
    {
      step: index,
      what: titleOf(step),
      ...(actions.length === 0 ? {} : { actions }),
      ...(conditions.length === 0 ? {} : { conditions }),
      ...(rollouts.length === 0 ? {} : { rollouts }),
      ...(refused.length === 0 ? {} : { refused: refused.map(({ why }) => why) }),
    },
  ];
}

/** As many changes are named in the title of a step. */
const TITLE_CHANGES = 2;

/** What happens in a step, in a few words. */
export function titleOf({ index, changes }: Pick<StepTrace, 'index' | 'changes'>): string {
  if (index === 0) return 'start';
  const words = [...new Set(changes.map(describeChange))];
  const shown = words.slice(0, TITLE_CHANGES).join(', ');
  const more = changes.length - Math.min(words.length, TITLE_CHANGES);
  return more === 0 ? shown : `${shown} and ${more} more`;
}

/** The writes of a pass over an app; a sweep only writes to our own queue. */
export function actionsOf(report: Report): OutcomeAction[] {
  const { kind, name } = report.work.key;
  return kind === 'sweep' ? [] : report.actions.map((outcome) => actionOf(name, outcome));
}

/** Equal actions as one, where the first of them was. */
export function foldActions(actions: readonly OutcomeAction[]): OutcomeAction[] {
  const folded = new Map<string, OutcomeAction>();
  for (const action of actions) {
    const id = canonicalJson(action);
    const known = folded.get(id);
    folded.set(id, known === undefined ? action : { ...known, times: (known.times ?? 1) + 1 });
  }
  return [...folded.values()];
}

function actionOf(app: string, outcome: ActionOutcome): OutcomeAction {
  const { type, resource, ...rest } = outcome.action;
  const asks = asked(rest);
  return {
    app,
    type,
    resource,
    ...(Object.keys(asks).length === 0 ? {} : { asks }),
    ...(outcome.type === 'applied'
      ? {}
      : { failed: outcome.type === 'failed' ? outcome.failure.code : SKIPPED }),
  };
}

/** Members of an action that say how the loop handles it, or that change with every run. */
const OWN: ReadonlySet<string> = new Set([
  'id',
  'after',
  'intent',
  'fingerprint',
  'digest',
  'deletes',
  'owner',
  'app',
  'arn',
  'base',
  'cluster',
  'service',
]);

/** What takes more to say is told by how it ended: the order in which a plan keeps its data is its own business. */
const ASKED_CHARACTERS_MAX = 100;

function asked(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members)
      .filter(([name, value]) => !OWN.has(name) && value !== undefined)
      .map(([name, value]) => [name, plain(value)])
      .filter(([, value]) => canonicalJson(value).length <= ASKED_CHARACTERS_MAX),
  );
}

/** Names instead of ARNs. */
function plain(value: unknown): unknown {
  if (typeof value === 'string')
    return value.startsWith('arn:') ? value.slice(value.lastIndexOf('/') + 1) : value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const { digest: _digest, ...rest } = { ...value } as Record<string, unknown>;
  return Object.fromEntries(Object.entries(rest).map(([name, member]) => [name, plain(member)]));
}

export interface DatedCondition extends OutcomeCondition {
  /** When it came or, if it was there before, went. */
  readonly at: number;
  readonly message: string;
  /** `False` is a problem. */
  readonly status: Condition['status'];
}

/** What each step did to the conditions of each app. One whose wording changes is still the same. */
export function conditionsByStep(
  reports: readonly DatedReport[],
): ReadonlyMap<number, readonly DatedCondition[]> {
  const open = new Map<string, ReadonlyMap<string, Condition>>();
  const steps = new Map<number, Map<string, DatedCondition>>();
  for (const { step, at, report } of reports) {
    const { kind, name: app } = report.work.key;
    if (kind === 'sweep' || report.outcome === 'dropped') continue;
    const before = open.get(app) ?? new Map<string, Condition>();
    const now = new Map(report.conditions.map((condition) => [labelOf(condition), condition]));
    open.set(app, now);
    const news = steps.get(step) ?? new Map<string, DatedCondition>();
    steps.set(step, news);
    for (const [condition, { message, status }] of now) {
      if (!before.has(condition)) noteCame(news, { app, condition, message, status, at });
    }
    for (const [condition, { message, status }] of before) {
      if (!now.has(condition)) noteWent(news, { app, condition, message, status, at });
    }
  }
  return new Map([...steps].map(([step, news]) => [step, [...news.values()]]));
}

type ConditionNews = Omit<DatedCondition, 'state'>;

function idOf({ app, condition }: ConditionNews): string {
  return `${app} ${condition}`;
}

/** What went in this step and comes back was there all the time but for a moment. */
function noteCame(news: Map<string, DatedCondition>, one: ConditionNews): void {
  const known = news.get(idOf(one));
  if (known?.state === 'went') news.delete(idOf(one));
  else news.set(idOf(one), { ...one, at: known?.at ?? one.at, state: 'came' });
}

function noteWent(news: Map<string, DatedCondition>, one: ConditionNews): void {
  const known = news.get(idOf(one));
  if (known?.state === 'came') news.set(idOf(one), { ...known, state: 'passed' });
  else news.set(idOf(one), { ...one, state: 'went' });
}

function rolloutOf({ service, ended }: Evidence['rollouts'][number]): OutcomeRollout {
  return { service, ended };
}
