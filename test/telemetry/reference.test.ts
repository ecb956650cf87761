import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openMetrics } from './kit.ts';

const PAGE = fileURLToPath(new URL('../../docs/metrics.md', import.meta.url));
const BEGIN = /<!-- reference:.*-->\n/;
const END = '<!-- end of reference -->';

const SECTIONS = [
  { title: 'Passes', names: /^(controller_runtime_|trimtab_(passes|actions|wakes))/ },
  { title: 'Local work queue', names: /^(workqueue_|trimtab_(work|loop)_)/ },
  { title: 'AWS', names: /^trimtab_(aws|limiter)_/ },
  { title: 'Queues and sweeps', names: /^trimtab_(queue|dead|intake|sweep)_/ },
  {
    title: 'Apps and keys',
    names: /^trimtab_(app|key|scheduled|conditions|differences|change|converge|drift)/,
  },
  { title: 'Build', names: /^trimtab_build_info/ },
];

/** What prom-client keeps of a metric; its types do not tell the label names and bounds. */
interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
  readonly upperBounds?: readonly number[];
}

it('describes every metric there is, and no other, in docs/metrics.md', async () => {
  const page = await readFile(PAGE, 'utf8');
  const begin = BEGIN.exec(page);
  const end = page.indexOf(END);
  expect(begin).not.toBeNull();
  const head = page.slice(0, (begin?.index ?? 0) + (begin?.[0].length ?? 0));
  await expect(`${head}\n${reference()}\n${page.slice(end)}`).toMatchFileSnapshot(PAGE);
});

function reference(): string {
  // The registry hands out the metrics themselves; see `Described`.
  const metrics = openMetrics().metrics.registry.getMetricsAsArray() as unknown as readonly Described[];
  const own = metrics.filter(({ name }) => !/^(process|nodejs)_/.test(name));
  const sections = SECTIONS.map(({ title, names }) => {
    const rows = own.filter(({ name }) => names.test(name)).map(row);
    return [`### ${title}`, '', '| metric | type | labels | meaning |', '|---|---|---|---|', ...rows, ''];
  });
  const placed = own.filter(({ name }) => SECTIONS.filter(({ names }) => names.test(name)).length === 1);
  expect(placed.map(({ name }) => name)).toEqual(own.map(({ name }) => name));
  return sections.flat().join('\n');
}

function row({ name, type, labelNames, help, upperBounds }: Described): string {
  const labels = labelNames.map((label) => `\`${label}\``).join(', ');
  const buckets = upperBounds === undefined ? '' : ` Buckets: ${bounds(upperBounds)} s.`;
  return `| \`${name}\` | ${type} | ${labels || '–'} | ${help.replaceAll('|', '\\|')}${buckets} |`;
}

function bounds(all: readonly number[]): string {
  return all.length > 12 ? `${all.length} from ${all[0]} to ${all.at(-1)}` : all.join(' ');
}
