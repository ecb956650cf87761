import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awsEnvironment, type Background, background, freePort, MAIN, until } from './kit.ts';

const CLI = new URL('../../.cache/tools/apppack/apppack', import.meta.url).pathname;
const ROOT = new URL('../..', import.meta.url).pathname;
const run = promisify(execFile);

let trimtab: Background;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  const [simulated, port, api] = [await freePort(), await freePort(), await freePort()];
  const world = ['run', '--simulate', 'examples/worlds/shop.json', '--simulate-port', String(simulated)];
  const ports = ['--port', String(port), '--api-port', String(api)];
  trimtab = background('node', [MAIN, ...world, ...ports], { cwd: ROOT });
  // The CLI keeps files in the home of whoever runs it.
  const HOME = mkdtempSync(join(tmpdir(), 'trimtab-apppack-'));
  environment = { ...awsEnvironment(simulated), HOME };
  await trimtab.says('trimtab is running', 60_000);
}, 90_000);

afterAll(async () => {
  await trimtab.stop();
});

/** Runs the unmodified CLI on the app of the example world. */
async function apppack(...words: string[]): Promise<string> {
  const args = [...words, '--aws-credentials', '--app-name', 'shop'];
  try {
    const { stdout, stderr } = await run(CLI, args, { env: environment, timeout: 180_000 });
    return stripVTControlCharacters(stdout + stderr);
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const said = stripVTControlCharacters(stdout + stderr);
    throw new Error(
      `apppack ${words.join(' ')} said:\n${said}\n\ntrimtab said:\n${trimtab.output().slice(-6000)}`,
    );
  }
}

async function shows(what: string, words: readonly string[], wanted: RegExp): Promise<void> {
  let output = '';
  await until(
    what,
    async () => {
      output = await apppack(...words).catch(String);
      return wanted.test(output);
    },
    120_000,
    () => `${output}\n${trimtab.output()}`,
  );
}

describe('the AppPack CLI, unmodified', () => {
  it('watches a build from its start to what services run, and ends with success', async () => {
    await shows('build 12', ['build', 'list'], /12/);
    const output = await apppack('build', 'start', '--watch');
    expect(output).toMatch(/Build started/);
    expect(output).toMatch(/Test started/);
    expect(output).toMatch(/Release started/);
    expect(output).toMatch(/Deploy started/);
    expect(output).toMatch(/build #13 deployed successfully/);
    // What a task of a few seconds said is shown once it is over: while it runs, the CLI would block on it.
    expect(await apppack('build', 'watch', '13')).toContain('Applying 0042_orders... OK');
  }, 240_000);

  it('lists builds, and tells how the last one went', async () => {
    expect(await apppack('build', 'list')).toMatch(/13 .*\n.*Build.*Test.*Finalize.*Release.*Deploy/);
    expect(await apppack('build', 'status')).toMatch(/13/);
  }, 60_000);

  it('shows processes with their commands, sizes and build', async () => {
    await shows('processes of build 13', ['ps'], /web\.0: running \(0\.50cpu\/1024mem\) build #13/);
    expect(await apppack('ps')).toMatch(/worker \.\/bin\/worker \(1\)/);
  }, 150_000);

  it('scales and resizes processes', async () => {
    await apppack('ps', 'scale', 'worker', '2');
    await shows('two workers', ['ps'], /worker \.\/bin\/worker \(2\)[\s\S]*worker\.1: running/);
    await apppack('ps', 'resize', 'worker', '--cpu', '0.5', '--memory', '1G');
    await shows('larger workers', ['ps'], /worker\.0: running \(0\.50cpu\/1024mem\)/);
  }, 240_000);

  it('reads and writes scheduled tasks and config', async () => {
    expect(await apppack('scheduled-tasks')).toContain('./bin/clear-sessions');
    await apppack('scheduled-tasks', 'create', '--schedule', '0 5 * * ? *', './bin/report');
    expect(await apppack('scheduled-tasks')).toContain('./bin/report');
    await apppack('config', 'set', 'GREETING=hello');
    expect(await apppack('config', 'list')).toMatch(/GREETING:\s+hello/);
    await until(
      'a rule for the new task',
      async () => {
        const { stdout } = await run(process.execPath, [MAIN, 'status', 'shop', '-o', 'json'], {
          env: environment,
        }).catch((error: { stdout: string }) => error);
        return JSON.parse(stdout).keys.some(
          ({ kind, synced }: { kind: string; synced: boolean }) => kind === 'app' && synced,
        );
      },
      120_000,
    );
  }, 180_000);
});
