import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aws, awsEnvironment, type Background, background, freePort, MAIN, trimtab, until } from './kit.ts';

const CANARY = 'canary-5d20';
const folder = mkdtempSync(join(tmpdir(), 'trimtab-record-'));
const recording = join(folder, 'followed.snapshot.json');
let port = 0;
let account: Background;
let controller: Background;

/** The example, with a secret where secrets are. */
function world(): string {
  const example = readFileSync(new URL('../../examples/worlds/shop.json', import.meta.url), 'utf8');
  const file = join(folder, 'world.json');
  writeFileSync(file, example.replaceAll(/"value": "(postgres|not very)[^"]*"/g, `"value": "${CANARY}"`));
  return file;
}

beforeAll(async () => {
  port = await freePort();
  account = background(process.execPath, [MAIN, 'simulate', '--port', String(port), '--world', world()]);
  await account.says('answers on');
  controller = background(process.execPath, [MAIN, 'run', '--port', '0'], {
    env: { ...awsEnvironment(port), TRIMTAB_SWEEP_SECONDS: '5', TRIMTAB_LOG_FORMAT: 'json' },
  });
  await controller.says('trimtab is running');
});

afterAll(async () => {
  await controller?.stop();
  await account?.stop();
});

const isWhole = () => existsSync(recording) && readFileSync(recording, 'utf8').endsWith(']\n}\n');

const put = (name: string, value: string, type = 'String') =>
  aws(
    port,
    'ssm',
    'put-parameter',
    '--overwrite',
    '--type',
    type,
    '--name',
    `/apppack/apps/${name}`,
    '--value',
    value,
  );

const size = (cpu: number, memory: number, count: number) => ({
  cpu,
  memory,
  min_processes: count,
  max_processes: count,
});

describe('an account served over HTTP and changed by the AWS CLI', () => {
  it('is recorded as it changes, without its secrets, and replays to the same end', async () => {
    await until(
      'the example converged',
      async () => (await trimtab(port, 'plan', 'shop')).code === 0,
      60_000,
    );
    const recorder = background(
      process.execPath,
      [MAIN, 'record', '-o', recording, '--follow', '--every', '1', '--about', 'recorded by a lane'],
      { env: awsEnvironment(port) },
    );
    await recorder.says('recording into');
    await until('a whole file', isWhole, 20_000, recorder.output);
    await put('shop/scaling', JSON.stringify({ web: size(512, 1024, 3), worker: size(256, 512, 1) }));
    await recorder.says('put /apppack/apps/shop/scaling');
    await put('shop/config/SECRET_KEY', CANARY, 'SecureString');
    await recorder.says('put /apppack/apps/shop/config/SECRET_KEY');
    await put('legacy/scaling', JSON.stringify({ web: size(256, 512, 2) }));
    await recorder.says('put /apppack/apps/legacy/scaling');
    await aws(port, 'ssm', 'delete-parameter', '--name', '/apppack/apps/blog/config/SECRET_KEY');
    await recorder.says('delete /apppack/apps/blog/config/SECRET_KEY');
    await until('converged', async () => (await trimtab(port, 'plan', 'shop', 'legacy')).code === 0, 60_000);
    // A rollout shows as over only when the last look has seen it.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await recorder.stop()).toBe(0);
    const text = readFileSync(recording, 'utf8');
    expect(text).not.toContain(CANARY);
    expect(text).toContain('"type": "seen"');
    const replayed = await trimtab(port, 'replay', recording, '--check');
    expect(replayed.out + replayed.err).toContain('1 snapshot: 1 ok');
    expect(replayed.code).toBe(0);
    const page = await trimtab(port, 'replay', recording, '-o', 'html');
    expect(page.out).not.toContain(CANARY);
  });
});
