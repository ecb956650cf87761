import { actionLine, SKIPPED } from '../lines.ts';
import type { StepReport } from '../report.ts';
import { foldActions } from '../summary.ts';
import { differenceLine, rolloutLine } from '../text.ts';
import { html, type Markup } from './escape.ts';

/** More items of one kind than this are counted: what was written must not drown in what differed. */
const ITEMS_MAX = 8;

interface Item {
  readonly kind: string;
  readonly text: string;
  readonly tone?: string;
}

/** What happened in a step, as the items of a list. */
export function stepItems(step: StepReport): readonly Markup[] {
  const actions = foldActions(step.actions.map(({ afterMs: _afterMs, ...action }) => action));
  return [
    ...some(step.refused.map((text) => ({ kind: 'refused', text, tone: 'bad' }))),
    ...some(step.differences.map((difference) => ({ kind: 'differs', text: differenceLine(difference) }))),
    ...some(
      actions.map((action) => ({
        kind: action.failed === SKIPPED ? 'skipped' : 'wrote',
        text: actionLine(action),
        tone: action.failed === undefined || action.failed === SKIPPED ? '' : 'bad',
      })),
    ),
    ...some(
      step.rollouts.map((rollout) => ({
        kind: 'rollout',
        text: rolloutLine(rollout),
        tone: ROLLOUT_TONES[rollout.ended],
      })),
    ),
    ...some(step.conditions.map(conditionItem)),
    ...some(step.failures.map((text) => ({ kind: 'failed', text, tone: 'bad' }))),
  ];
}

function some(items: readonly Item[]): readonly Markup[] {
  const shown = items.slice(0, ITEMS_MAX).map(renderItem);
  const rest = items.length - shown.length;
  return rest > 0
    ? [...shown, html`<li><span class="kind"></span><span class="soft">and ${rest} more</span></li>`]
    : shown;
}

function renderItem({ kind, text, tone = '' }: Item): Markup {
  return html`<li><span class="kind ${tone}">${kind}</span><span>${text}</span></li>`;
}

function conditionItem({ app, condition, state, status, message }: Condition): Item {
  const isGone = state === 'went';
  const isProblem = status === 'False';
  return {
    kind: STATE_WORDS[state],
    text: isGone ? `${app}: ${condition}` : `${app}: ${condition}. ${message}`,
    tone: isProblem ? (isGone ? 'good' : 'bad') : '',
  };
}

type Condition = StepReport['conditions'][number];

const ROLLOUT_TONES: Readonly<Record<StepReport['rollouts'][number]['ended'], string>> = {
  completed: 'good',
  failed: 'bad',
  replaced: '',
  open: '',
};

const STATE_WORDS: Readonly<Record<Condition['state'], string>> = {
  came: 'says',
  went: 'healed',
  passed: 'passing',
};
