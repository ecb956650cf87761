import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEPLOYMENTS, type DeploymentName } from '../killed/deployment.ts';
import { casesOf, EVERY_DELAY, type Share, tableOf } from '../killed/matrix.ts';

/**
 * A controller is killed before and after every call of a deployment, and another one starts at once, after ten minutes
 * and after a day. Whatever the moment, the release task never runs twice and the build ends right.
 *
 * Every call that the controller began from `StartBuild` until the app was at rest counts, reads and long polls too.
 * Where an account is byte by byte the same at two moments of one instant, they are one moment and are lived through
 * once.
 */

const ROOT = new URL('../..', import.meta.url).pathname;
/** The gate has time for the shorter one. */
const QUICK = process.env.TRIMTAB_KILL_QUICK !== undefined;
const NAMES = (Object.keys(DEPLOYMENTS) as DeploymentName[]).slice(0, QUICK ? 1 : undefined);
const folder = mkdtempSync(join(tmpdir(), 'trimtab-killed-'));

/** One process's share of a course, in a vitest of its own. */
function share(name: DeploymentName, number: number, of: number): Promise<Share> {
  const file = join(folder, `${name}-${number}.json`);
  const env = {
    ...process.env,
    TRIMTAB_KILL_SHARE: `${name}:${number}/${of}`,
    TRIMTAB_KILL_RESULTS: file,
  };
  const command = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'vitest.lanes.config.ts',
    'test/lanes/killed-share',
  ];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, command, { cwd: ROOT, env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(readFileSync(file, 'utf8')) as Share);
      else reject(new Error(`share ${number} of ${name}: ${(stdout + stderr).slice(-4000)}`));
    });
  });
}

describe('a controller that is killed at any call of a deployment', () => {
  it.each(NAMES)(
    'and another one carry %s to the right end',
    async (name) => {
      const of = availableParallelism();
      const shares = await Promise.all(Array.from({ length: of }, (_, number) => share(name, number, of)));
      const [first, ...others] = shares;
      if (first === undefined) throw new Error('there is no share');
      for (const other of others) expect(other.calls).toEqual(first.calls);
      const cases = casesOf(shares);
      console.log(tableOf(name, shares, cases));
      expect(first.calls.length).toBeGreaterThan(300);
      expect(cases).toHaveLength(first.calls.length * 2 * EVERY_DELAY.length);
      const wrong = cases.filter((one) => one.wrong.length > 0);
      expect(wrong.slice(0, 50).map(({ title, wrong }) => `${title}: ${wrong.join('; ')}`)).toEqual([]);
      expect(wrong).toEqual([]);
    },
    3_600_000,
  );
});
