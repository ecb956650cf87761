import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPage, photograph } from './chromium.ts';
import { type Background, background, freePort, MAIN, until } from './kit.ts';

const run = promisify(execFile);
const WORLD = new URL('../../examples/worlds/shop.json', import.meta.url).pathname;

let controller: Background;
let page = '';

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
    const { dom, console: said } = await openPage(page);
    expect(said).toEqual([]);
    for (const name of ['shop', 'blog', 'legacy']) expect(dom).toContain(name);
    expect(dom).toContain('<pre>aws ssm put-parameter --name /apppack/apps/legacy/scaling');
  });

  it.each([
    ['light' as const, 200, 255],
    ['dark' as const, 0, 60],
  ])('is %s where the system is, and not empty', async (scheme, darkest, brightest) => {
    const { brightness, colours } = await photograph(page, scheme);
    expect(brightness).toBeGreaterThan(darkest);
    expect(brightness).toBeLessThan(brightest);
    expect(colours).toBeGreaterThan(50);
  });

  it('answers this machine only, and by no name but its own', async () => {
    const answer = await run('curl', ['-s', '-H', 'Host: evil.example.com', `${page}api/v1/status`]);
    expect(answer.stdout).toBe('{"error":"forbidden"}');
  });
});
