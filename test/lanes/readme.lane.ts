import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Background, background, until } from './kit.ts';

const ROOT = new URL('../..', import.meta.url).pathname;

/** The shell blocks of the README, in order. */
const blocks = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/```sh\n(.*?)```/gs)].map(
  (match) => match[1] ?? '',
);

/** Whatever the caller's shell says of AWS must not leak into what a newcomer would see. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(AWS_|TRIMTAB_|VITEST|npm_|NODE_ENV)/i.test(name)),
);

let clone = '';
let start: Background;
let exported = '';

beforeAll(async () => {
  clone = join(mkdtempSync(join(tmpdir(), 'trimtab-readme-')), 'trimtab');
  execFileSync('git', ['clone', '--quiet', ROOT, clone]);
  start = background('bash', ['-c', blocks[0] ?? ''], { cwd: clone, env: environment });
  await start.says('trimtab is running', 150_000);
  await until('the example converged', () => /shop-web|shop/.test(start.output()), 30_000, start.output);
});

afterAll(async () => {
  await start?.stop();
});

/** Runs a block in the "second terminal", with what earlier blocks exported. */
function shell(block: string): Promise<string> {
  return new Promise((resolve) => {
    const script = `${exported}\n${block}`;
    execFile(
      'bash',
      ['-c', script],
      { cwd: clone, env: { ...environment, AWS_PAGER: '' } },
      (_error, out, err) => resolve(out + err),
    );
  });
}

/** How far the deployment of a build is: `started`, `succeeded`; `None` before it begins. */
async function deployed(build: number): Promise<string> {
  const key = `{"primary_id":{"S":"APP#shop"},"secondary_id":{"S":"BUILD#00000000${build}"}}`;
  const query = '--query Item.deploy.M.state.S --output text';
  return (await shell(`aws dynamodb get-item --table-name apppack --key '${key}' ${query}`)).trim();
}

describe('the README, as a newcomer types it', () => {
  it('shows in the second terminal what is wrong and what to type', async () => {
    exported = (blocks[1] ?? '')
      .split('\n')
      .filter((line) => line.startsWith('export'))
      .join('\n');
    let output = '';
    await until(
      'shop synced',
      async () => {
        output = await shell(blocks[1] ?? '');
        return /^shop\s+yes/m.test(output);
      },
      90_000,
      () => output + start.output(),
    );
    expect(output).toMatch(/^blog\s+no/m);
    expect(output).toMatch(/^legacy\s+no/m);
    expect(output).toContain('web.cpu');
    expect(output).toContain('aws ssm put-parameter');
  });

  it('follows a change of scaling', async () => {
    const output = await shell(blocks[2] ?? '');
    expect(output).toMatch(/shop: (synced|not synced)/);
    expect(output).toMatch(/^3$/m);
  });

  it('shows a hand-made change, and the metrics', async () => {
    // While the build is released the app is looked at so often that the change may be put back before it is shown.
    await until('build 12 deployed', async () => (await deployed(12)) === 'succeeded', 120_000, start.output);
    let output = '';
    const shows = async () => {
      output = await shell(blocks[3] ?? '');
      return /desiredCount: is 1, should be 3/.test(output);
    };
    await until('the hand-made change as a difference', shows, 60_000, () => output);
    expect(output).toMatch(/trimtab_app_synced\{.*app="shop".*\}/);
  });

  it('has rules for the scheduled tasks, and rolls a new variable out', async () => {
    const output = await shell(blocks[4] ?? '');
    expect(output).toMatch(/^shop-scheduler-\S+\s+cron\(0 3 \* \* \? \*\)$/m);
    expect(output).toMatch(/^shop +(yes|no)/m);
    const query = 'services[0].taskDefinition';
    const running = await shell(
      `aws ecs describe-services --cluster main --services shop-web --query '${query}' --output text`,
    );
    const secrets = `aws ecs describe-task-definition --task-definition ${running.trim().split(/\s/)[0]} --query 'taskDefinition.containerDefinitions[0].secrets[].name' --output text`;
    expect(await shell(secrets)).toContain('GREETING');
  });

  it('carries another build to what the services run', async () => {
    const output = await shell(blocks[5] ?? '');
    expect(output).toMatch(/^13$/m);
    expect(output).toMatch(/^shop +(yes|no)/m);
    await until('build 13 deployed', async () => (await deployed(13)) === 'succeeded', 120_000, start.output);
  });

  it('has a test command, the last block', () => {
    expect(blocks.at(-1)?.trim()).toBe('npm ci && npm test');
  });
});
