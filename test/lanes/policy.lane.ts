import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { isWildcardOnlyAction, runSimulation } from '@cloud-copilot/iam-simulate';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Need } from '../policy/guard.ts';
import { readStatements } from '../policy/source.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const ACCOUNT = '123456789012';
const file = join(mkdtempSync(join(tmpdir(), 'trimtab-policy-')), 'needs.jsonl');
const statements = readStatements();
let needs: readonly Need[] = [];
let suite = { passed: false, output: '' };

/** Runs scenarios in a vitest of their own. */
function scenarios(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ passed: boolean; output: string }> {
  // Time is of no interest here; that scenarios end in time is for `npm test` to say.
  const command = ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout', '120000', ...args];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      command,
      { cwd: ROOT, env: { ...process.env, ...env }, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => resolve({ passed: error === null, output: stdout + stderr }),
    );
  });
}

beforeAll(async () => {
  writeFileSync(file, '');
  suite = await scenarios(['test/scenario'], { TRIMTAB_POLICY_NEEDS: file });
  if (existsSync(file)) {
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    needs = lines.map((line) => JSON.parse(line) as Need);
  }
}, 1_800_000);

/** `ecs:UpdateService (3)`: an action and on how many resources it was needed. */
function usesOf(sid: string): string[] {
  const { actions = [] } = statements.find((statement) => statement.sid === sid) ?? {};
  return actions.map((action) => {
    const resources = new Set(
      needs.filter((one) => one.action === action && one.sids.includes(sid)).map((one) => one.resource),
    );
    return `${action} (${resources.size})`;
  });
}

describe('the scenarios under the shipped policy', () => {
  it('all pass, so no call was denied', () => {
    expect(suite.output).toMatch(/Tests .*passed/);
    expect(suite.passed, suite.output.slice(-4000)).toBe(true);
  });

  it('use every action of every statement', () => {
    for (const { sid, why } of statements) console.log(`${sid}: ${why}\n    ${usesOf(sid).join(', ')}`);
    const unused = statements.flatMap(({ sid }) =>
      usesOf(sid)
        .filter((use) => use.endsWith('(0)'))
        .map((use) => `${sid} ${use}`),
    );
    expect(unused).toEqual([]);
  });

  it('ask for actions, resources and condition keys that AWS knows', async () => {
    const unknown = new Set<string>();
    const kinds = new Map(needs.map((need) => [`${need.action} ${need.resource}`, need]));
    for (const { action, resource, keys } of kinds.values()) {
      const [service = '', name = ''] = action.split(':');
      const anywhere = await isWildcardOnlyAction(service, name);
      const checked = await runSimulation(
        {
          request: {
            principal: `arn:aws:iam::${ACCOUNT}:role/trimtab`,
            action,
            resource: { resource: anywhere ? '*' : resource, accountId: ACCOUNT },
            contextVariables: { ...keys },
          },
          identityPolicies: [],
          serviceControlPolicies: [],
          resourceControlPolicies: [],
        },
        {},
      );
      if (checked.resultType === 'error') unknown.add(`${action} on ${resource}: ${checked.errors.message}`);
    }
    expect([...unknown]).toEqual([]);
  });

  it('miss each statement that is taken away', async ({ skip }) => {
    const isQuick = process.env.TRIMTAB_POLICY_QUICK !== undefined;
    if (isQuick)
      console.log('!!! no statement is taken away: TRIMTAB_POLICY_QUICK is set, as it takes minutes');
    skip(isQuick, 'TRIMTAB_POLICY_QUICK is set');
    const sizes = new Map<string, number>();
    for (const { test } of needs) sizes.set(test, (sizes.get(test) ?? 0) + 1);
    const bySize = needs.toSorted((a, b) => (sizes.get(a.test) ?? 0) - (sizes.get(b.test) ?? 0));
    for (const { sid } of statements) {
      // Where it is needed alone, and in the scenario that needs least.
      const need = bySize.find((one) => one.sids.length === 1 && one.sids[0] === sid);
      expect(need, `${sid} could be left out`).toBeDefined();
      if (need === undefined) continue;
      const path = relative(ROOT, need.file);
      const name = need.test.split(' > ').join(' ');
      const pattern = `${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;
      const without = await scenarios([path, '-t', pattern], { TRIMTAB_POLICY_WITHOUT: sid });
      const denied = /policy\.json does not allow what was called: ([^\n]*)/.exec(without.output)?.[1];
      console.log(`without ${sid}: "${name}" fails, ${denied?.slice(0, 120) ?? 'otherwise'}`);
      expect(without.passed, `${sid} is not missed by ${path} ${name}`).toBe(false);
      expect(without.output).toMatch(/Tests .*failed/);
    }
  }, 900_000);
});
