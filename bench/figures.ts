/** One measured number and what it may be at most; a figure without a bound is only shown. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly atMost?: number;
  /** Shown behind the value: `calls`, `s`, `×`. */
  readonly unit?: string;
}

/** One part of the bench: what it measures, its figures, and lines that help to read them. */
export interface Section {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly notes?: readonly string[];
}

/** Whether a figure is over its bound. A number that could not be had (NaN) is over it. */
export function isOver({ value, atMost }: Figure): boolean {
  return atMost !== undefined && !(value <= atMost);
}

/** A section as a table for people: name, value, bound, verdict. */
export function formatSection({ title, figures, notes = [] }: Section): string {
  const rows = figures.map((figure) => [
    figure.name,
    `${formatNumber(figure.value)}${figure.unit === undefined ? '' : ` ${figure.unit}`}`,
    figure.atMost === undefined ? '' : `≤ ${formatNumber(figure.atMost)}`,
    figure.atMost === undefined ? '' : isOver(figure) ? 'OVER' : 'ok',
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0), 0));
  const lines = rows.map(([name = '', value = '', bound = '', verdict = '']) =>
    `  ${name.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)}  ${bound.padEnd(widths[2] ?? 0)}  ${verdict}`.trimEnd(),
  );
  return [title, ...lines, ...notes.map((note) => `  ${note}`)].join('\n');
}

/** The middle of some numbers; of an even count, the lower of the middle two. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

function formatNumber(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 3 : 1 });
}
