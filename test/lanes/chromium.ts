import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Picture, readPicture } from './picture.ts';

const run = promisify(execFile);

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
  '--window-size=1240,1600',
];

/** What Chromium makes of a page. */
export interface Shown {
  readonly dom: string;
  /** What the page had to say on the console, errors of its policy among it. */
  readonly console: readonly string[];
}

async function chromium(...flags: readonly string[]): Promise<{ out: string; err: string }> {
  const { stdout, stderr } = await run('chromium', [...FLAGS, ...flags], { maxBuffer: 64 * 1024 * 1024 });
  return { out: stdout, err: stderr };
}

/** Opens a page by its address. */
export async function openPage(address: string): Promise<Shown> {
  const { out, err } = await chromium('--dump-dom', address);
  return { dom: out, console: err.split('\n').filter((line) => /:CONSOLE[:(]/.test(line)) };
}

/** Takes a picture of a page on a system with that colour scheme. */
export async function photograph(address: string, scheme: 'light' | 'dark'): Promise<Picture> {
  const file = join(mkdtempSync(join(tmpdir(), 'trimtab-picture-')), `${scheme}.png`);
  const setting = `--blink-settings=preferredColorScheme=${scheme === 'dark' ? 0 : 1}`;
  await chromium(setting, `--screenshot=${file}`, address);
  return readPicture(readFileSync(file));
}
