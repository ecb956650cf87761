import type { AppChart, Mark, ServiceChart, Span } from '../charts.ts';
import { formatDuration, formatElapsed } from '../instant.ts';
import { type Axis, makeAxis } from './axis.ts';
import { html, type Markup, NOTHING } from './escape.ts';

const NAMES_WIDTH = 170;
const PLOT_WIDTH = 950;
const WIDTH = NAMES_WIDTH + PLOT_WIDTH + 10;
const TOP = 24;
const BOTTOM = 18;
const SERVICE_HEIGHT = 52;
const ROLLOUTS_HEIGHT = 12;
const SERVICE_GAP = 12;
const LANE_HEIGHT = 16;
/** Problems at the same time stand below one another, so many of them. */
const PROBLEM_LANES_MAX = 4;
/** Room that a written instant takes. */
const TIME_WIDTH = 58;
/** About as wide as a character of the small text. */
const CHARACTER_WIDTH = 6;

/** One axis for all apps of a snapshot, so that what happens at the same time stands below one another. */
export function axisOf(charts: readonly AppChart[], endMs: number): Axis {
  return makeAxis([0, endMs, ...charts.flatMap(instantsOf)], PLOT_WIDTH);
}

/** The chart of one app: counts and rollouts of its services, what was waited for, what was wrong. */
export function renderChart(chart: AppChart, axis: Axis, endMs: number): Markup {
  const problems = lanesOf(chart.problems);
  const servicesHeight = chart.services.length * (SERVICE_HEIGHT + ROLLOUTS_HEIGHT + SERVICE_GAP);
  const lanes = [
    ...(chart.waits.length === 0 ? [] : [waitLane(chart.waits, axis)]),
    ...problems.map((lane, index) => problemLane(lane, axis, index === 0)),
  ];
  const height = TOP + servicesHeight + lanes.length * LANE_HEIGHT + BOTTOM;
  const services = chart.services.map((service, index) =>
    shifted(
      TOP + index * (SERVICE_HEIGHT + ROLLOUTS_HEIGHT + SERVICE_GAP),
      renderService(service, axis, endMs),
    ),
  );
  const below = lanes.map((lane, index) => shifted(TOP + servicesHeight + index * LANE_HEIGHT, lane));
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Time line of ${chart.app}">
${renderCuts(axis, height)}${renderTimes(chart.marks, axis, height, endMs)}${services}${below}${renderMarks(chart.marks, axis, height)}</svg>`;
}

function shifted(y: number, content: Markup): Markup {
  return html`<g transform="translate(0 ${y})">${content}</g>`;
}

function instantsOf({ services, marks, waits, problems }: AppChart): readonly number[] {
  const spans = [...waits, ...problems, ...services.flatMap(({ rollouts }) => rollouts)];
  return [
    ...marks.map(({ at }) => at),
    ...spans.flatMap(({ from, to }) => [from, to]),
    ...services.flatMap(({ counts, wanted }) => [...counts, ...wanted].map(({ at }) => at)),
  ];
}

/** Coordinates with as many digits as can be seen, so that the page stays small and the same everywhere. */
function place(axis: Axis, at: number): number {
  return round(NAMES_WIDTH + axis.x(at));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function renderCuts(axis: Axis, height: number): readonly Markup[] {
  return axis.cuts.map(({ x, width, durationMs }) => {
    const left = round(NAMES_WIDTH + x);
    return html`<g><rect class="cut" x="${left}" y="${TOP - 4}" width="${width}" height="${height - TOP - BOTTOM + 8}"/><text class="quiet" x="${round(left + width / 2)}" y="${height - 4}">${formatDuration(durationMs)}</text><title>${formatDuration(durationMs)} in which nothing happened</title></g>`;
  });
}

/** Instants along the bottom: the start, the end, and each change that does not stand too close to another. */
function renderTimes(marks: readonly Mark[], axis: Axis, height: number, endMs: number): readonly Markup[] {
  const changes = marks.filter(({ kind }) => kind === 'change').map(({ at }) => at);
  const taken: number[] = axis.cuts.map(({ x, width }) => NAMES_WIDTH + x + width / 2);
  return [0, endMs, ...changes].flatMap((at) => {
    const x = place(axis, at);
    if (taken.some((other) => Math.abs(other - x) < TIME_WIDTH)) return [];
    taken.push(x);
    return [
      html`<text class="time" x="${x}" y="${height - 4}">${formatElapsed(Math.round(at / 1000) * 1000)}</text>`,
    ];
  });
}

function renderService(service: ServiceChart, axis: Axis, endMs: number): Markup {
  const { counts, wanted, name, rollouts } = service;
  const most = Math.max(
    1,
    ...counts.flatMap(({ desired, running }) => [desired, running]),
    ...wanted.map(({ max }) => max),
  );
  const y = (count: number) => round(SERVICE_HEIGHT - (count / most) * (SERVICE_HEIGHT - 8));
  const running = stepped(
    counts.map(({ at, running }) => ({ at, value: running })),
    axis,
    y,
    endMs,
  );
  const desired = stepped(
    counts.map(({ at, desired }) => ({ at, value: desired })),
    axis,
    y,
    endMs,
  );
  const last = counts.at(-1);
  const right = NAMES_WIDTH + PLOT_WIDTH;
  return html`<text class="name" x="0" y="16">${shortened(name.slice(name.indexOf('/') + 1))}</text>
<text class="count" x="0" y="31">${last === undefined ? '' : `${last.running} of ${last.desired} running`}</text>
<text class="asked" x="0" y="45">${askedFor(wanted)}</text>${rollouts.length === 0 ? NOTHING : html`<text x="${NAMES_WIDTH - 8}" y="${SERVICE_HEIGHT + 10}" text-anchor="end">rollouts</text>`}
<line class="grid" x1="${NAMES_WIDTH}" x2="${right}" y1="${y(most)}" y2="${y(most)}"/><text x="${NAMES_WIDTH - 8}" y="${y(most) + 4}" text-anchor="end">${most}</text>
<line class="base" x1="${NAMES_WIDTH}" x2="${right}" y1="${SERVICE_HEIGHT}" y2="${SERVICE_HEIGHT}"/>
<path class="running" d="${area(running, y(0))}"/>
<path class="desired" d="${running === '' ? '' : desired}"><title>${name}: desired count in ECS</title></path>
${wantedPaths(service, axis, y, endMs)}${rollouts.map((rollout) => renderRollout(rollout, axis))}`;
}

/** `3 asked for` at the end, `2–6 asked for` where autoscaling may choose. */
function askedFor(wanted: ServiceChart['wanted']): string {
  const last = wanted.at(-1);
  if (last === undefined) return '';
  return `${last.min === last.max ? last.min : `${last.min}–${last.max}`} asked for`;
}

function wantedPaths(
  { wanted, name }: ServiceChart,
  axis: Axis,
  y: (count: number) => number,
  endMs: number,
): readonly Markup[] {
  if (wanted.length === 0) return [];
  const line = (pick: (sample: (typeof wanted)[number]) => number) =>
    stepped(
      wanted.map((sample) => ({ at: sample.at, value: pick(sample) })),
      axis,
      y,
      endMs,
    );
  const lines = new Set([line(({ min }) => min), line(({ max }) => max)]);
  return [...lines].map(
    (path) =>
      html`<path class="wanted" d="${path}"><title>${name}: what Parameter Store asks for</title></path>`,
  );
}

function stepped(
  samples: ReadonlyArray<{ readonly at: number; readonly value: number }>,
  axis: Axis,
  y: (count: number) => number,
  endMs: number,
): string {
  const [first] = samples;
  if (first === undefined) return '';
  const steps = samples.slice(1).map(({ at, value }) => `H${place(axis, at)}V${y(value)}`);
  return `M${place(axis, first.at)} ${y(first.value)}${steps.join('')}H${place(axis, endMs)}`;
}

function area(line: string, base: number): string {
  const start = /^M([\d.]+) /.exec(line)?.[1];
  return start === undefined ? '' : `${line}V${base}H${start}Z`;
}

function renderRollout({ from, to, ended, label }: ServiceChart['rollouts'][number], axis: Axis): Markup {
  const x = place(axis, from);
  const width = Math.max(3, round(place(axis, to) - x));
  return html`<rect class="rollout ${ended}" x="${x}" y="${SERVICE_HEIGHT + 3}" width="${width}" height="${ROLLOUTS_HEIGHT - 5}" rx="2"><title>rollout ${ended} after ${formatDuration(to - from)}: ${label}</title></rect>`;
}

function waitLane(waits: readonly Span[], axis: Axis): Markup {
  const bars = waits.map(({ from, to, label }) => {
    const x = place(axis, from);
    return html`<rect class="wait" x="${x}" y="4" width="${Math.max(1, round(place(axis, to) - x))}" height="5" rx="2"><title>${label}, ${formatDuration(to - from)}</title></rect>`;
  });
  return html`<text x="0" y="10">waits</text>${bars}`;
}

/** Spans that overlap go into different lanes; what does not fit into the last one is left out. */
function lanesOf(spans: readonly Span[]): ReadonlyArray<readonly Span[]> {
  const lanes: Span[][] = [];
  for (const span of spans) {
    const free = lanes.find((lane) => (lane.at(-1)?.to ?? 0) <= span.from);
    if (free !== undefined) free.push(span);
    else if (lanes.length < PROBLEM_LANES_MAX) lanes.push([span]);
  }
  return lanes;
}

function problemLane(spans: readonly Span[], axis: Axis, isFirst: boolean): Markup {
  const bars = spans.map(({ from, to, label }) => {
    const x = place(axis, from);
    const width = Math.max(3, round(place(axis, to) - x));
    const [what = ''] = label.split('\n', 1);
    const room = Math.floor((width - 8) / CHARACTER_WIDTH);
    const text =
      room < 6
        ? NOTHING
        : html`<text class="problem-text" x="${x + 4}" y="11">${shortened(what, room)}</text>`;
    return html`<g><rect class="problem" x="${x}" y="1" width="${width}" height="${LANE_HEIGHT - 3}" rx="3"/>${text}<title>${label} (${formatDuration(to - from)})</title></g>`;
  });
  return html`${isFirst ? html`<text x="0" y="11">wrong</text>` : NOTHING}${bars}`;
}

function renderMarks(marks: readonly Mark[], axis: Axis, height: number): readonly Markup[] {
  return marks.map(({ at, kind, step, label }) => {
    const x = place(axis, at);
    if (kind === 'change') {
      return html`<g><line class="change-line" x1="${x}" x2="${x}" y1="14" y2="${height - BOTTOM}"/><circle class="change" cx="${x}" cy="8" r="8"/><text class="change-text" x="${x}" y="11.5">${step}</text><title>${label}</title></g>`;
    }
    return html`<path class="${kind}" d="M${x - 4} 23L${round(x + 4)} 23L${x} 16Z"><title>${label}</title></path>`;
  });
}

function shortened(text: string, most = 26): string {
  return text.length <= most ? text : `${text.slice(0, Math.max(1, most - 1))}…`;
}
