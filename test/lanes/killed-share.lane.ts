import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DEPLOYMENTS, type DeploymentName } from '../killed/deployment.ts';
import { killAt } from '../killed/killing.ts';
import { EVERY_DELAY, momentsOf, type Result, type Share } from '../killed/matrix.ts';

/**
 * One process's share of the kill matrix: `TRIMTAB_KILL_SHARE` is `<deployment>:<number>/<of>`, and what it found out is
 * written to `TRIMTAB_KILL_RESULTS`. By itself it looks at every thirtieth moment and says what is wrong.
 */
const [, name = 'shop', number = '0', of = '30'] =
  /^([a-z-]+):(\d+)\/(\d+)$/.exec(process.env.TRIMTAB_KILL_SHARE ?? '') ?? [];
const file = process.env.TRIMTAB_KILL_RESULTS;

it('a share of the moments at which a controller may be killed is judged', async () => {
  const deployment = await DEPLOYMENTS[name as DeploymentName]();
  const { kills } = deployment.course;
  const mine = momentsOf(kills).filter((_moment, index) => index % Number(of) === Number(number));
  const results: Result[] = [];
  for (const delay of EVERY_DELAY) {
    for (const moment of mine)
      results.push({ print: moment.print, delay, ...(await killAt(deployment, moment, delay)) });
  }
  const calls = kills.map(({ operation, before, after }) => ({
    operation,
    before: before.print,
    after: after.print,
  }));
  const { user, system } = process.cpuUsage();
  const share: Share = { calls, results, cpuSeconds: (user + system) / 1e6 };
  if (file !== undefined) writeFileSync(file, JSON.stringify(share));
  else expect(results.flatMap(({ wrong }) => wrong)).toEqual([]);
}, 1_800_000);
