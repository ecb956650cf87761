import { html, type Markup } from './escape.ts';

function entry(sample: Markup, text: string): Markup {
  return html`<li><svg width="26" height="14" viewBox="0 0 26 14" aria-hidden="true">${sample}</svg>${text}</li>`;
}

/** What the charts' shapes mean. */
export const LEGEND: Markup = html`<ul class="legend">
${[
  entry(html`<path class="wanted" d="M0 7H26"/>`, 'asked for in Parameter Store'),
  entry(html`<path class="desired" d="M0 7H26"/>`, 'desired count in ECS'),
  entry(html`<rect class="running" width="26" height="14"/>`, 'running'),
  entry(html`<rect class="rollout completed" y="4" width="26" height="7" rx="2"/>`, 'rollout'),
  entry(html`<rect class="rollout failed" y="4" width="26" height="7" rx="2"/>`, 'rollout that failed'),
  entry(
    html`<rect class="rollout replaced" y="4" width="26" height="7" rx="2"/>`,
    'rollout that was replaced',
  ),
  entry(
    html`<circle class="change" cx="13" cy="7" r="7"/>`,
    'somebody changed something (number of the step)',
  ),
  entry(html`<path class="write" d="M9 11L17 11L13 4Z"/>`, 'the controller wrote'),
  entry(html`<path class="failure" d="M9 11L17 11L13 4Z"/>`, 'a write failed'),
  entry(html`<rect class="wait" y="4" width="26" height="5" rx="2"/>`, 'the controller waits'),
  entry(html`<rect class="problem" y="1" width="26" height="12" rx="3"/>`, 'something is wrong'),
  entry(html`<rect class="cut" x="5" width="16" height="14"/>`, 'quiet time, cut short'),
]}
</ul>`;
