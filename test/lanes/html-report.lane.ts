import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { openPage, photograph } from './chromium.ts';
import { MAIN } from './kit.ts';

const run = promisify(execFile);
const ROOT = new URL('../..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'trimtab-page-'));

/** Writes the page of some snapshots and gives its address; replays are in threads, as people run them. */
async function write(name: string, ...paths: string[]): Promise<string> {
  const page = join(folder, `${name}.html`);
  const { stdout } = await run(process.execPath, [MAIN, 'replay', ...paths, '-o', 'html', '--jobs', '2'], {
    maxBuffer: 64 * 1024 * 1024,
  });
  // A pipe takes it in pieces; nothing may be missing when the program has ended.
  expect(stdout.endsWith('</html>\n')).toBe(true);
  writeFileSync(page, stdout);
  return `file://${page}`;
}

describe('the HTML report, in Chromium', () => {
  let page = '';
  beforeAll(async () => {
    page = await write('library', join(ROOT, 'test/snapshots'));
  });

  it('opens without a word on the console, with a chart for each app', async () => {
    const { dom, console: said } = await openPage(page);
    expect(said).toEqual([]);
    expect(dom).toContain('<h1>What the controller did</h1>');
    expect(dom.match(/<section class="card"/g)?.length).toBeGreaterThanOrEqual(20);
    expect(dom.match(/<svg class="chart"/g)?.length).toBeGreaterThanOrEqual(20);
  });

  it('is bright in a light scheme, dark in a dark one, and not empty in either', async () => {
    const light = await photograph(page, 'light');
    const dark = await photograph(page, 'dark');
    console.log('light', light, 'dark', dark);
    expect(light.brightness).toBeGreaterThan(200);
    expect(dark.brightness).toBeLessThan(60);
    for (const picture of [light, dark]) expect(picture.colours).toBeGreaterThan(50);
  });

  it('would complain on the console if anything broke its policy: the ear is not deaf', async () => {
    const broken = join(folder, 'broken.html');
    const text = readFileSync(new URL(page), 'utf8');
    writeFileSync(broken, text.replace('</main>', '<script>document.title = "taken"</script></main>'));
    const { dom, console: said } = await openPage(`file://${broken}`);
    expect(said.join('\n')).toContain('Content Security Policy');
    expect(dom).not.toContain('<title>taken</title>');
  });

  it('shows what a hostile snapshot says as text', async () => {
    const file = join(folder, 'hostile.snapshot.json');
    const library = readFileSync(join(ROOT, 'test/snapshots/count-follows-scaling.snapshot.json'), 'utf8');
    const hostile = { ...JSON.parse(library), about: '<script>document.title = "taken"</script>' };
    writeFileSync(file, JSON.stringify(hostile));
    const { dom, console: said } = await openPage(await write('hostile', file));
    expect(said).toEqual([]);
    expect(dom).toContain('&lt;script&gt;document.title');
    expect(dom).not.toContain('<title>taken</title>');
  });
});
