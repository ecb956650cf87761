import { createHash } from 'node:crypto';
import { formatKey } from '../../reconcile/key.ts';
import type { DatedCondition } from '../../reconcile/status.ts';
import { html, type Markup, NOTHING } from '../../replay/html/escape.ts';
import { STYLE } from '../../replay/html/style.ts';
import { formatDuration } from '../../replay/instant.ts';
import { VERSION } from '../../version.ts';
import { type ShownKey, standingOf } from './keys.ts';

/** Keys beyond these are counted, not shown: a page must open. */
const CARDS_MAX = 200;
const ROWS_MAX = 1_000;
const REFRESH_SECONDS = 15;

const PAGE_STYLE = `${STYLE}
.where { color: var(--faint); font-size: 13px; }
.badge.paused { background: var(--grid); color: var(--soft); }
.condition { border-left: 3px solid var(--line); padding: 2px 0 2px 12px; margin-top: 12px; }
.condition.bad { border-color: var(--bad); }
.condition p { overflow-wrap: anywhere; }
.condition pre { margin: 6px 0; white-space: pre-wrap; overflow-wrap: anywhere; }
a { color: var(--write); }
.condition code { font: 12.5px ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
`;

/** What a browser may do with the page: show it, with this one style. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** What the page is about. */
export interface PageFacts {
  readonly keys: readonly ShownKey[];
  readonly now: number;
  readonly mode: 'act' | 'observe';
}

/** Every key with its conditions, as one page without scripts that loads itself again; light or dark as the reader's system is. */
export function renderDashboard(facts: PageFacts): string {
  const open = facts.keys.filter((one) => standingOf(one) !== 'fine');
  const fine = facts.keys.filter((one) => standingOf(one) === 'fine');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<title>trimtab: ${open.length === 0 ? 'all as desired' : `${open.length} not as desired`}</title>
<style>${{ markup: PAGE_STYLE }}</style>
</head>
<body>
<main>
<div class="head"><h1>trimtab</h1>${facts.mode === 'observe' ? html`<span class="badge warn">only observes</span>` : NOTHING}</div>
<p class="soft">Version ${VERSION}, at ${instant(facts.now)}. What is remembered of each key; <a href="/api/v1/status">as JSON</a>.</p>
${tiles(facts.keys)}
${open.slice(0, CARDS_MAX).map((one) => card(one, facts.now))}
${rest(open.length - CARDS_MAX)}
${fine.length === 0 ? NOTHING : table(fine, facts.now)}
${facts.keys.length === 0 ? html`<section class="card"><p>Nothing is known yet: no app has been looked at.</p></section>` : NOTHING}
</main>
</body>
</html>
`.markup;
}

function tiles(keys: readonly ShownKey[]): Markup {
  const count = (standing: string) => keys.filter((one) => standingOf(one) === standing).length;
  const numbers: ReadonlyArray<readonly [string, number]> = [
    ['as desired', count('fine')],
    ['on their way', count('changing')],
    ['with a problem', count('problem')],
    ['paused', count('paused')],
  ];
  const items = numbers.map(
    ([name, value]) => html`<li><b>${value}</b><span class="soft">${name}</span></li>`,
  );
  return html`<ul class="tiles">${items}</ul>`;
}

function card(one: ShownKey, now: number): Markup {
  return html`<section class="card" id="${formatKey(one.key)}">
<div class="head"><h2>${one.key.name}</h2>${badge(one)}<span class="where">${whereOf(one)}</span></div>
<p class="soft">Changed ${ago(now, one.changedAt)}${one.nextLookAt === undefined ? '' : `, looked at again ${inTime(now, one.nextLookAt)}`}.</p>
${one.conditions.map((condition) => conditionOf(condition, now))}
</section>
`;
}

function badge(one: ShownKey): Markup {
  const standing = standingOf(one);
  if (standing === 'paused') return html`<span class="badge paused">paused</span>`;
  if (standing === 'changing') return html`<span class="badge warn">on its way</span>`;
  return html`<span class="badge bad">has a problem</span>`;
}

function conditionOf(condition: DatedCondition, now: number): Markup {
  const { type, status, reason, message, since } = condition;
  const tone = status === 'False' ? 'condition bad' : 'condition';
  return html`<div class="${tone}"><b>${reason}</b> <span class="where">${status === 'False' ? `not ${type}` : type}, for ${formatDuration(Math.max(0, now - since))}</span>
${linesOf(message)}${placeOf(condition)}</div>
`;
}

/** Sentences as a paragraph, and each command to type by itself, so that it can be copied. */
function linesOf(message: string): readonly Markup[] {
  const parts = message.split(/\n|(?<=:) (?=(?:aws|apppack|trimtab) )|(?<=') (?=[A-Z])/);
  return parts.map((part) =>
    /^(aws|apppack|trimtab) /.test(part) ? html`<pre>${part}</pre>` : html`<p>${part}</p>`,
  );
}

function placeOf({ parameter, path, version, resource }: DatedCondition): Markup {
  if (parameter === undefined) return resource === undefined ? NOTHING : html`<code>${resource}</code>`;
  const where = `${parameter}${version === undefined ? '' : `@${version}`}${path === undefined ? '' : ` ${path}`}`;
  return html`<code>${where}</code>`;
}

function table(keys: readonly ShownKey[], now: number): Markup {
  const rows = keys.slice(0, ROWS_MAX).map(
    (one) =>
      html`<tr><td><b>${one.key.name}</b></td><td class="soft">${whereOf(one)}</td><td class="number">${ago(now, one.changedAt)}</td><td>${one.conditions.map(({ reason, message }) => html`<p><b>${reason}</b> ${message}</p>`)}</td></tr>
`,
  );
  return html`<section class="card"><h2>As desired</h2>
<table><thead><tr><th scope="col">Name</th><th scope="col">Kind</th><th scope="col">Changed</th><th scope="col">To know</th></tr></thead><tbody>
${rows}</tbody></table>${rest(keys.length - ROWS_MAX)}</section>
`;
}

function rest(count: number): Markup {
  return count <= 0 ? NOTHING : html`<p class="soft">${count} more are not shown; the JSON has them.</p>`;
}

function whereOf({ key: { kind, account, region } }: ShownKey): string {
  return `${kind} in ${account} ${region}`;
}

function ago(now: number, at: number): string {
  return at <= 0 ? 'never' : `${formatDuration(Math.max(0, now - at))} ago`;
}

function inTime(now: number, at: number): string {
  return at <= now ? 'now' : `in ${formatDuration(at - now)}`;
}

function instant(at: number): string {
  return new Date(at)
    .toISOString()
    .replace(/\.\d+Z$/, ' UTC')
    .replace('T', ' ');
}
