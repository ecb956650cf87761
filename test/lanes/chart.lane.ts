import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CHART, HELMS, helm, type Manifest, manifestsIn, ROOT, render, TOOLS, VALUES } from '../chart/kit.ts';
import { violations } from '../chart/restricted.ts';
import { complaints } from '../chart/schemas.ts';

const rendered = new Map<string, readonly Manifest[]>();

/** The one object of a kind. */
function only(values: string, kind: string): Manifest {
  const found = (rendered.get(values) ?? []).filter((one) => one.kind === kind);
  expect(found, `${kind} of ${values}`).toHaveLength(1);
  return found[0] as Manifest;
}

function podOf(values: string): { metadata: Manifest['metadata']; spec: Record<string, never> } {
  return only(values, 'Deployment').spec.template as never;
}

function containerOf(values: string): Record<string, unknown> {
  const spec = podOf(values).spec as { containers?: Array<Record<string, unknown>> };
  return spec.containers?.[0] ?? {};
}

beforeAll(async () => {
  for (const [name, values] of Object.entries(VALUES)) rendered.set(name, manifestsIn(await render(values)));
});

describe.each(HELMS)('Helm %s', (version) => {
  it.each(Object.entries(VALUES))('has nothing against the chart with values: %s', async (_name, values) => {
    const { code, out } = await helm(version, 'lint', '--strict', CHART, ...values);
    expect(out).toContain('0 chart(s) failed');
    expect(code).toBe(0);
  });

  it.each(Object.entries(VALUES))('renders the same as the other one: %s', async (name, values) => {
    expect(manifestsIn(await render(values, version))).toEqual(rendered.get(name));
  });

  it.each([
    ['replicacount=2', /replicacount/],
    ['metrics.prot=1', /metrics.*prot|prot.*metrics/],
    ['config.sweepsSeconds=5', /sweepsSeconds/],
    ['config.mode=watch', /config.mode/],
    ['api.port=http', /api.port/],
    ['aws.roleArn=trimtab', /aws.roleArn/],
    ['autoscaling.keda.queueUrl=trimtab-work.fifo', /queueUrl/],
    ['networkPolicy.awsCidrs=10.0.0.0/8', /awsCidrs/],
  ])('refuses %s and says where it is wrong', async (values, place) => {
    const { code, err } = await helm(version, 'template', 'shop', CHART, '--set', values);
    expect(code).not.toBe(0);
    expect(err.replaceAll('/', '.')).toMatch(place);
  });

  it.each([
    ['aws.identity=irsa', /aws.roleArn is empty: set it to the ARN/],
    [
      'aws.identity=irsa,aws.roleArn=arn:aws:iam::123456789012:role/x,serviceAccount.create=false',
      /Annotate/,
    ],
    ['autoscaling.type=keda', /queueUrl is empty/],
    ['autoscaling.type=hpa,autoscaling.hpa.cpuPercent=0,autoscaling.hpa.queueMetric=', /nothing to scale by/],
    ['autoscaling.minReplicas=9', /minReplicas is 9, more than/],
    ['metrics.serviceMonitor.enabled=true,metrics.podMonitor.enabled=true', /counted twice/],
    ['api.enabled=true', /config.oidcIssuer is empty/],
    ['api.port=8080', /a port of its own/],
    [
      'metrics.prometheusRule.enabled=true,metrics.prometheusRule.disabled={TrimtabUp}',
      /no alert.*TrimtabDown/,
    ],
  ])('explains what is wrong with %s', async (values, message) => {
    const { code, err } = await helm(version, 'template', 'shop', CHART, '--set', values);
    expect(code).not.toBe(0);
    expect(err).toMatch(message);
  });
});

describe('what the chart makes', () => {
  it('is what Kubernetes, the Prometheus operator and KEDA have schemas for', async () => {
    const all = [...rendered.values()].flat();
    expect(await complaints(all)).toEqual([]);
    // Were it not so, the schemas would say so.
    const { spec, ...rest } = only('default', 'Deployment');
    const misspelt = { ...rest, spec: { ...spec, replicaz: 2 } } as unknown as Manifest;
    const incomplete = { ...rest, spec: { replicas: 'two' } } as unknown as Manifest;
    const said = (await complaints([misspelt, incomplete])).join('\n');
    expect(said).toContain('\'"replicaz"\' does not exist');
    expect(said).toContain('must have required property selector');
  });

  it('has every kind of object when everything is on', () => {
    const kinds = [...rendered.values()].flatMap((all) => all.map(({ kind }) => kind));
    expect([...new Set(kinds)].sort()).toEqual([
      'ConfigMap',
      'Deployment',
      'HorizontalPodAutoscaler',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'PodMonitor',
      'PrometheusRule',
      'ScaledObject',
      'Service',
      'ServiceAccount',
      'ServiceMonitor',
      'TriggerAuthentication',
    ]);
  });

  it.each(Object.keys(VALUES))('runs under the restricted Pod Security Standard: %s', (name) => {
    expect(violations(podOf(name).spec)).toEqual([]);
    expect(
      violations({ hostNetwork: true, containers: [{ name: 'a' }], volumes: [{ hostPath: {} }] }),
    ).toEqual(
      expect.arrayContaining([
        'host namespaces',
        'volume hostPath',
        'runAsNonRoot',
        'capabilities not dropped',
      ]),
    );
    expect(containerOf(name).securityContext).toMatchObject({ readOnlyRootFilesystem: true });
    expect(podOf(name).spec).toMatchObject({ automountServiceAccountToken: false });
  });

  it.each(Object.keys(VALUES))('selects its own pods, with ports that are there: %s', (name) => {
    const pod = podOf(name);
    const selectors = (rendered.get(name) ?? []).flatMap(({ kind, spec }) => {
      if (kind === 'Service') return [spec.selector];
      const { selector, podSelector } = (spec ?? {}) as { selector?: object; podSelector?: object };
      return [selector, podSelector].flatMap((one) =>
        one === undefined ? [] : [(one as { matchLabels: object }).matchLabels],
      );
    });
    expect(selectors.length).toBeGreaterThanOrEqual(3);
    for (const selector of selectors) expect(pod.metadata.labels).toMatchObject(selector as object);
    const names = (containerOf(name).ports as Array<{ name: string }>).map((port) => port.name);
    const ports = only(name, 'Service').spec.ports as unknown as Array<{ targetPort: string }>;
    expect(ports.map(({ targetPort }) => targetPort)).toEqual(names);
  });

  it('gives pods their role by IRSA or by EKS Pod Identity', () => {
    const role = 'arn:aws:iam::123456789012:role/trimtab';
    const annotation = { 'eks.amazonaws.com/role-arn': role };
    expect(only('minimal', 'ServiceAccount').metadata.annotations).toEqual(annotation);
    expect(only('default', 'ServiceAccount').metadata.annotations).toBeUndefined();
    const { egress } = only('everything', 'NetworkPolicy').spec as { egress?: unknown };
    expect(JSON.stringify(egress)).toContain('169.254.170.23/32');
  });

  it('hands settings on as they were written, and keeps probes apart from the API', () => {
    const env = containerOf('everything').env as Array<{ name: string; value: string }>;
    const value = (name: string) => env.find((one) => one.name === name)?.value;
    expect(value('TRIMTAB_CHECK_TARGETS_SECONDS')).toBe('604800');
    expect(value('TRIMTAB_CPU_TARGET')).toBe('62.5');
    expect(value('TRIMTAB_WORK_QUEUE')).toMatch(/^https:.*tab-work\.fifo$/);
    expect([value('TRIMTAB_PORT'), value('TRIMTAB_API_PORT')]).toEqual(['9090', '9000']);
    expect(containerOf('everything').livenessProbe).toMatchObject({ httpGet: { port: 'metrics' } });
    expect(podOf('everything').spec).toMatchObject({ terminationGracePeriodSeconds: 75 });
  });

  it('leaves the number of pods to whoever scales them', () => {
    expect(only('default', 'Deployment').spec).toMatchObject({ replicas: 2 });
    expect(only('everything', 'Deployment').spec).not.toHaveProperty('replicas');
    expect(
      only('a pod monitor, and scaling by Kubernetes itself', 'HorizontalPodAutoscaler').spec,
    ).toMatchObject({
      metrics: [{ external: { metric: { selector: { matchLabels: { queue: 'trimtab-work.fifo' } } } } }, {}],
    });
  });

  it('installs the alerts and the dashboard as they are in the repository', () => {
    const file = parse(readFileSync(join(CHART, 'files/alerts.yaml'), 'utf8'), { merge: true });
    const wanted = file.groups[0].rules.slice(1).map((rule: { labels: object; annotations: object }) => {
      const text = JSON.stringify({ ...rule, labels: { ...rule.labels, team: 'platform' } });
      return JSON.parse(text.replaceAll('docs/runbooks.md', 'https://example.com/trimtab/runbooks'));
    });
    expect(only('everything', 'PrometheusRule').spec).toEqual({
      groups: [{ name: 'trimtab', rules: wanted }],
    });
    const dashboard = only('everything', 'ConfigMap').data?.['trimtab.json'] ?? '';
    expect(dashboard.trimEnd()).toBe(readFileSync(join(CHART, 'files/dashboard.json'), 'utf8').trimEnd());
  });

  it('says what to do next', async () => {
    const args = ['install', 'shop', CHART, '--namespace=ops', '--dry-run=client'];
    const { out } = await helm('4', ...args, '--set', 'config.mode=observe');
    const notes = out.slice(out.indexOf('NOTES:'));
    expect(notes).toContain('only observes for now');
    expect(notes).toContain('create-pod-identity-association');
    expect(notes).toContain('deploy/policy.json');
  });
});

describe('docs/install-eks.md', () => {
  it('shows values the chart takes', async () => {
    const page = readFileSync(join(ROOT, 'docs/install-eks.md'), 'utf8');
    const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
    const values = blocks.filter((text) => !text.startsWith('rules:'));
    expect(values.length).toBeGreaterThanOrEqual(3);
    const made = values.map(async (text) => {
      const file = join(mkdtempSync(join(tmpdir(), 'trimtab-values-')), 'values.yaml');
      writeFileSync(file, text);
      return manifestsIn(await render(['--values', file]));
    });
    expect(await complaints((await Promise.all(made)).flat())).toEqual([]);
  });
});

describe('the README of the chart', () => {
  it('lists every value (npm run test:chart -- --update writes it)', async () => {
    const copy = join(mkdtempSync(join(tmpdir(), 'trimtab-chart-')), 'README.md');
    const readme = join(CHART, 'README.md');
    copyFileSync(readme, copy);
    const generator = join(TOOLS, 'kubernetes/node_modules/@bitnami/readme-generator-for-helm/bin/index.js');
    execFileSync(process.execPath, [generator, '--values', join(CHART, 'values.yaml'), '--readme', copy]);
    await expect(readFileSync(copy, 'utf8')).toMatchFileSnapshot(readme);
  });
});
