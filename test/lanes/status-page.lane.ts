import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Background, background, freePort, MAIN, until } from './kit.ts';
import { readPicture } from './picture.ts';

const run = promisify(execFile);
const WORLD = new URL('../../examples/worlds/shop.json', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'trimtab-status-page-'));
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
  '--enable-logging=stderr',
  '--log-level=0',
  '--window-size=1240,1200',
];

let controller: Background;
let page = '';

async function chromium(...flags: readonly string[]): Promise<{ out: string; err: string }> {
  const { stdout, stderr } = await run('chromium', [...FLAGS, ...flags], { maxBuffer: 64 * 1024 * 1024 });
  return { out: stdout, err: stderr };
}

beforeAll(async () => {
  const port = await freePort();
  page = `http://localhost:${port}/`;
  const ports = ['--simulate-port', '0', '--port', '0', '--api-port', String(port)];
  controller = background(process.execPath, [
    MAIN,
    'run',
    '--simulate',
    WORLD,
    ...ports,
    '--log-format',
    'json',
  ]);
  await controller.says('trimtab is running');
  const shows = async () => (await (await fetch(page)).text()).includes('InvalidSize');
  await until('a problem on the page', shows, 30_000, controller.output);
});

afterAll(async () => {
  expect(await controller?.stop()).toBe(0);
});

describe('the page of the controller, in Chromium', () => {
  it('opens without a word on the console and shows every app', async () => {
    const { out, err } = await chromium('--dump-dom', page);
    expect(err.split('\n').filter((line) => /:CONSOLE[:(]/.test(line))).toEqual([]);
    for (const name of ['shop', 'blog', 'legacy']) expect(out).toContain(name);
    expect(out).toContain('<pre>aws ssm put-parameter --name /apppack/apps/legacy/scaling');
  });

  it.each([
    ['light', 200, 255],
    ['dark', 0, 60],
  ])('is %s where the system is, and not empty', async (scheme, darkest, brightest) => {
    const file = join(folder, `${scheme}.png`);
    const setting = `--blink-settings=preferredColorScheme=${scheme === 'dark' ? 0 : 1}`;
    await chromium(setting, `--screenshot=${file}`, page);
    const { brightness, colours } = readPicture(readFileSync(file));
    expect(brightness).toBeGreaterThan(darkest);
    expect(brightness).toBeLessThan(brightest);
    expect(colours).toBeGreaterThan(50);
  });

  it('answers this machine only, and by no name but its own', async () => {
    const answer = await run('curl', ['-s', '-H', 'Host: evil.example.com', `${page}api/v1/status`]);
    expect(answer.stdout).toBe('{"error":"forbidden"}');
  });
});
