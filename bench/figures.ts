/** One measured number and what it may be; a figure without a bound is only shown. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly atMost?: number;
  /** Where less than the bound would not do either: a change takes its writes. */
  readonly exactly?: number;
  /** Shown behind the value: `calls`, `s`, `×`. */
  readonly unit?: string;
}

/** One part of the bench: what it measures, its figures, and lines that help to read them. */
export interface Section {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly notes?: readonly string[];
}

/** Whether a figure is out of its bounds. A number that could not be had (NaN) is. */
export function isOut({ value, atMost, exactly }: Figure): boolean {
  return (atMost !== undefined && !(value <= atMost)) || (exactly !== undefined && value !== exactly);
}

/** A section as a table for people: name, value, bound, verdict. */
export function formatSection({ title, figures, notes = [] }: Section): string {
  const rows = figures.map((figure) => [
    figure.name,
    `${formatNumber(figure.value)}${figure.unit === undefined ? '' : ` ${figure.unit}`}`,
    boundOf(figure),
    boundOf(figure) === '' ? '' : isOut(figure) ? 'OUT' : 'ok',
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

function boundOf({ atMost, exactly }: Figure): string {
  if (exactly !== undefined) return `= ${formatNumber(exactly)}`;
  return atMost === undefined ? '' : `≤ ${formatNumber(atMost)}`;
}

function formatNumber(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 3 : 1 });
}
