import { canonicalJson } from '../reconcile/plan.ts';
import type { AppEnd, Outcome, OutcomeAction, OutcomeCondition, OutcomeStep, ServiceEnd } from './outcome.ts';

/** What happened in a step or how it ended, as lines a person can read and compare. */
export interface Paragraph {
  readonly heading: string;
  readonly lines: readonly string[];
}

/** An outcome as paragraphs, one a step and one for the end. */
export function paragraphsOf(outcome: Outcome): readonly Paragraph[] {
  const steps = (outcome.steps ?? []).map(stepParagraph);
  const end = Object.entries(outcome.end).flatMap(([app, how]) => endLines(app, how));
  return [...steps, { heading: 'end', lines: [...settledLine(outcome), ...end] }];
}

function settledLine({ settled }: Outcome): readonly string[] {
  return settled === false ? ['not settled'] : [];
}

function stepParagraph(step: OutcomeStep): Paragraph {
  const { actions = [], conditions = [], rollouts = [], refused = [] } = step;
  return {
    heading: `step ${step.step}  ${step.what}`,
    lines: [
      ...refused.map((why) => `refused  ${why}`),
      ...byName(actions, ({ app }) => app).map((action) => `did      ${actionLine(action)}`),
      ...byName(conditions, ({ app }) => app).map(conditionLine),
      ...byName(rollouts, ({ service }) => service).map(
        ({ service, ended }) => `rollout  ${service} ${ended}`,
      ),
    ],
  };
}

/** Apps are worked on side by side: only the order of what happened to one of them means anything. */
function byName<Item>(items: readonly Item[], name: (item: Item) => string): readonly Item[] {
  return [...items].sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0));
}

/** `shop: updateService service shop-web  desiredCount=3` */
export function actionLine({ app, type, resource, asks = {}, failed, times }: OutcomeAction): string {
  const wishes = Object.entries(asks)
    .filter(([, value]) => !resource.endsWith(` ${String(value)}`))
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : canonicalJson(value)}`);
  const failure = failed === undefined ? '' : failed === SKIPPED ? '  (skipped)' : `  FAILED ${failed}`;
  return `${app}: ${type} ${resource}${wishes.length === 0 ? '' : ` ${wishes.join('')}`}${failure}${times === undefined ? '' : `  (${times} times)`}`;
}

/** What `failed` says of an action that was not tried because one it needs had failed. */
export const SKIPPED = 'skipped';

export function conditionLine({ app, condition, state }: OutcomeCondition): string {
  return `${CONDITION_WORDS[state].padEnd(9)}${app}: ${condition}`;
}

const CONDITION_WORDS: Readonly<Record<OutcomeCondition['state'], string>> = {
  came: 'says',
  went: 'healed',
  passed: 'passing',
};

function endLines(
  app: string,
  { synced, problems = [], services = {}, rules = {} }: AppEnd,
): readonly string[] {
  return [
    `${app}: ${synced ? 'synced' : 'not synced'}`,
    ...problems.map((problem) => `${app}: ${problem}`),
    ...Object.entries(services).map(([name, service]) => `${app}: ${name} ${serviceLine(service)}`),
    ...Object.entries(rules).map(([name, rule]) => `${app}: ${name} ${rule}`),
  ];
}

function serviceLine(service: ServiceEnd): string {
  const { desired, running, size, revision, images = [], secrets = [], scaling } = service;
  return [
    `${running} of ${desired} running`,
    ...(scaling === undefined ? [] : [`scales ${scaling}`]),
    ...(size === undefined ? [] : [size]),
    ...(revision === undefined ? [] : [revision]),
    ...images,
    ...(secrets.length === 0 ? [] : [`secrets ${secrets.join(' ')}`]),
  ].join(', ');
}
