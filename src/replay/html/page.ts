import { createHash } from 'node:crypto';
import { formatDuration, formatElapsed } from '../instant.ts';
import type { SnapshotReport, StepReport } from '../report.ts';
import { verdictOf } from '../text.ts';
import { axisOf, renderChart } from './chart.ts';
import { html, type Markup, NOTHING } from './escape.ts';
import { LEGEND } from './legend.ts';
import { stepItems } from './step.ts';
import { STYLE } from './style.ts';

/** Steps and apps beyond these are counted, not shown: a page must open. */
const STEPS_MAX = 300;
const CHARTS_MAX = 60;

/**
 * One page about replayed snapshots that needs nothing but itself: no scripts, no other files, and a policy that
 * forbids both. Light or dark as the reader's system is.
 */
export function renderPage(reports: readonly SnapshotReport[]): string {
  const styleHash = createHash('sha256').update(STYLE).digest('base64');
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${{ markup: styleHash }}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>trimtab replay: ${summaryOf(reports)}</title>
<style>${{ markup: STYLE }}</style>
</head>
<body>
<main>
<h1>What the controller did</h1>
<p class="soft">Recorded accounts, replayed in virtual time through the whole controller: ${summaryOf(reports)}.</p>
${tiles(reports)}
${LEGEND}
${contents(reports)}
${reports.map(renderSnapshot)}
</main>
</body>
</html>
`;
  return page.markup;
}

function summaryOf(reports: readonly SnapshotReport[]): string {
  const verdicts = new Map<string, number>();
  for (const report of reports) verdicts.set(verdictOf(report), (verdicts.get(verdictOf(report)) ?? 0) + 1);
  return [...verdicts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([verdict, count]) => `${count} ${verdict}`)
    .join(', ');
}

function tiles(reports: readonly SnapshotReport[]): Markup {
  const sum = (pick: (report: SnapshotReport) => number) =>
    reports.reduce((total, report) => total + pick(report), 0);
  const virtualMs = sum(({ startAt, endAt }) => Date.parse(endAt) - Date.parse(startAt));
  const numbers: ReadonlyArray<readonly [string, string | number]> = [
    ['snapshots', reports.length],
    ['steps', sum(({ totals }) => totals.steps)],
    ['writes', sum(({ totals }) => totals.actions)],
    ['rollouts', sum(({ totals }) => totals.rollouts)],
    ['passes', sum(({ totals }) => totals.passes)],
    ['AWS calls', sum(({ totals }) => totals.calls)],
    ['virtual time', formatDuration(virtualMs)],
  ];
  const items = numbers.map(
    ([name, value]) =>
      html`<li><b>${typeof value === 'number' ? grouped(value) : value}</b><span class="soft">${name}</span></li>`,
  );
  return html`<ul class="tiles">${items}</ul>`;
}

/** `11,836`, whatever the machine speaks. */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

function contents(reports: readonly SnapshotReport[]): Markup {
  if (reports.length < 3) return NOTHING;
  const items = reports.map(
    (report, index) => html`<li><a href="#s${index}">${report.name}</a> ${badge(report)}</li>`,
  );
  return html`<nav class="card" aria-label="Snapshots"><b>Snapshots</b><ol>${items}</ol></nav>`;
}

function badge(report: SnapshotReport): Markup {
  const verdict = verdictOf(report);
  const tone = verdict === 'ok' ? 'good' : verdict === 'differs' ? 'warn' : 'bad';
  return html`<span class="badge ${tone}">${verdict}</span>`;
}

function renderSnapshot(report: SnapshotReport, index: number): Markup {
  const lengthMs = Date.parse(report.endAt) - Date.parse(report.startAt);
  const charts = (report.charts ?? []).slice(0, CHARTS_MAX);
  const rest = (report.charts ?? []).length - charts.length;
  const axis = axisOf(charts, lengthMs);
  return html`<section class="card" id="s${index}">
<div class="head"><h2>${report.name}</h2>${badge(report)}</div>
<p>${report.about}</p>
<p class="soft">${formatDuration(lengthMs)} of virtual time from ${report.startAt}; ${report.totals.passes} passes, ${report.totals.actions} writes, ${report.totals.rollouts} rollouts, ${report.totals.calls} AWS calls</p>
${problems(report)}${charts.map((chart) => html`<h3>${chart.app}${endOf(report, chart.app)}</h3>${renderChart(chart, axis, lengthMs)}`)}
${rest > 0 ? html`<p class="soft">${rest} more apps are not drawn.</p>` : NOTHING}
${stepTable(report)}
</section>
`;
}

function endOf({ end }: SnapshotReport, app: string): Markup {
  const how = end[app];
  if (how === undefined) return html` <span class="badge warn">gone</span>`;
  const why = (how.problems ?? []).map((problem) => html`<span class="badge bad">${problem}</span> `);
  return html` ${how.synced ? html`<span class="badge good">synced</span>` : why.length === 0 ? html`<span class="badge warn">not synced</span>` : why}`;
}

function problems({ unsettled, violations, check }: SnapshotReport): Markup {
  const lines = [
    ...unsettled.map((why) => html`<li>not settled: ${why}</li>`),
    ...violations.map(({ invariant, what }) => html`<li>broken promise ${invariant}: ${what}</li>`),
  ];
  const list = lines.length === 0 ? NOTHING : html`<ul class="plain">${lines}</ul>`;
  if (check === undefined || check.same) return list;
  const diff = check.lines.map((line) => html`<span class="${toneOf(line)}">${line}</span>\n`);
  return html`${list}<details open><summary>What differs from what is recorded (− recorded, + replayed)</summary><pre>${diff}</pre></details>`;
}

function toneOf(line: string): string {
  if (line.startsWith('+')) return 'plus';
  return line.startsWith('-') ? 'minus' : 'soft';
}

function stepTable(report: SnapshotReport): Markup {
  const shown = report.steps.slice(0, STEPS_MAX);
  const rest = report.steps.length - shown.length;
  const rows = shown.map((step) => stepRow(step, Date.parse(report.startAt)));
  return html`<details ${report.steps.length <= 12 ? { markup: 'open' } : NOTHING}><summary>${report.steps.length === 1 ? '1 step' : `${report.steps.length} steps`}</summary>
<table class="steps"><thead><tr><th scope="col">Step</th><th scope="col">At</th><th scope="col">What happened</th><th scope="col">Settled in</th><th scope="col">AWS calls</th></tr></thead><tbody>
${rows}</tbody></table>${rest > 0 ? html`<p class="soft">${rest} more steps are not shown; -o json has them.</p>` : NOTHING}</details>`;
}

function stepRow(step: StepReport, startAt: number): Markup {
  const calls = Object.values(step.calls).reduce((sum, count) => sum + count, 0);
  return html`<tr><td><span class="step">${step.step}</span></td><td class="number">${formatElapsed(Date.parse(step.at) - startAt)}</td><td><b>${step.what}</b><ul>${stepItems(step)}</ul></td><td class="number">${step.convergedMs === 0 ? '–' : formatDuration(step.convergedMs)}</td><td class="number">${calls}</td></tr>
`;
}
