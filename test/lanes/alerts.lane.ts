import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';

const run = promisify(execFile);
const ROOT = new URL('../..', import.meta.url).pathname;
const RULES = join(ROOT, 'charts/trimtab/files/alerts.yaml');
const TESTS = join(ROOT, 'test/chart/alerts.yaml');
/** Set up by the lane's script, not by npm. */
const PROMTOOL = 'promtool';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const rules = parse(readFileSync(RULES, 'utf8')) as { groups: Array<{ name: string; rules: Alert[] }> };
const alerts = rules.groups.flatMap((group) => group.rules);

async function promtool(...args: string[]): Promise<{ passed: boolean; output: string }> {
  try {
    const { stdout, stderr } = await run(PROMTOOL, args);
    return { passed: true, output: stdout + stderr };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { passed: false, output: stdout + stderr };
  }
}

interface AlertTest {
  readonly alertname: string;
  readonly exp_alerts: readonly unknown[];
}

interface TestFile {
  readonly rule_files: readonly string[];
  readonly tests: ReadonlyArray<{ readonly alert_rule_test: readonly AlertTest[] }>;
}

/** The alerts whose tests, of those that are `wanted`, fail when all alerts have another condition. */
async function noticed(expr: string, wanted: (test: AlertTest) => boolean): Promise<ReadonlySet<string>> {
  const folder = mkdtempSync(join(tmpdir(), 'trimtab-alerts-'));
  const groups = rules.groups.map((group) => ({
    ...group,
    rules: group.rules.map(({ for: _for, ...rule }) => ({ ...rule, expr })),
  }));
  writeFileSync(join(folder, 'rules.yaml'), stringify({ groups }));
  const file = parse(readFileSync(TESTS, 'utf8')) as TestFile;
  const tests = file.tests.map((one) => ({
    ...one,
    alert_rule_test: one.alert_rule_test.filter(wanted),
  }));
  writeFileSync(join(folder, 'tests.yaml'), stringify({ ...file, tests, rule_files: ['rules.yaml'] }));
  const { output } = await promtool('test', 'rules', join(folder, 'tests.yaml'));
  return new Set([...output.matchAll(/alertname: ?(\w+)/g)].map((match) => match[1] ?? ''));
}

describe('the alerts', () => {
  it('are rules Prometheus takes', async () => {
    expect(await promtool('check', 'rules', RULES)).toMatchObject({ passed: true });
  });

  it('fire, stay silent and say what they should in promtool test rules', async () => {
    expect(await promtool('test', 'rules', TESTS)).toMatchObject({ passed: true });
  });

  it('are all tested both ways: one that never fires, or always does, would be noticed', async () => {
    const names = alerts.map(({ alert }) => alert);
    const [silent, loud] = await Promise.all([
      noticed('vector(1) > 1', (test) => test.exp_alerts.length > 0),
      noticed('vector(1)', (test) => test.exp_alerts.length === 0),
    ]);
    expect(names.filter((name) => !silent.has(name))).toEqual([]);
    expect(names.filter((name) => !loud.has(name))).toEqual([]);
  });

  it('ask for metrics that there are', () => {
    const page = readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8');
    const known = new Set(
      [...page.matchAll(/^\| `(\w+)` \| (?:counter|gauge|histogram)/gm)].map((one) => one[1]),
    );
    const asked = alerts.flatMap(
      ({ expr }) => expr.match(/\b(?:trimtab|controller_runtime|workqueue)_\w+/g) ?? [],
    );
    expect(asked.length).toBeGreaterThan(alerts.length);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  it('have a severity, and a runbook that is there', () => {
    const headings = readFileSync(join(ROOT, 'docs/runbooks.md'), 'utf8').match(/^## .*$/gm) ?? [];
    for (const { alert, labels, annotations } of alerts) {
      expect(['critical', 'warning'], alert).toContain(labels.severity);
      expect(annotations.runbook_url, alert).toBe(`docs/runbooks.md#${alert.toLowerCase()}`);
      expect(headings, alert).toContain(`## ${alert}`);
    }
    expect(headings.filter((one) => one.startsWith('## Trimtab'))).toHaveLength(alerts.length);
  });
});
