import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';

const run = promisify(execFile);
export const ROOT = new URL('../..', import.meta.url).pathname;
export const CHART = join(ROOT, 'charts/trimtab');
/** Where the lane's script puts what it fetches. */
export const TOOLS = join(ROOT, '.cache/tools');
export const HELMS = ['3', '4'] as const;

/** What people may have in their values, from nothing at all to everything. */
export const VALUES: Readonly<Record<string, readonly string[]>> = {
  default: [],
  minimal: ['--values', join(ROOT, 'test/chart/minimal.yaml')],
  everything: ['--values', join(ROOT, 'test/chart/everything.yaml')],
  'a pod monitor, and scaling by Kubernetes itself': [
    '--set=metrics.podMonitor.enabled=true,autoscaling.type=hpa,aws.identity=none,serviceAccount.create=false',
  ],
};

/** A Kubernetes object as far as the tests look at it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // Whatever the kind has; the lane holds it against the kind's schema.
  readonly spec: Readonly<Record<string, never>>;
  readonly data?: Readonly<Record<string, string>>;
}

export interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one of the two Helms to its end. */
export async function helm(version: string, ...args: readonly string[]): Promise<Finished> {
  const home = join(TOOLS, `helm${version}`);
  const env = { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  try {
    const { stdout, stderr } = await run(join(home, 'helm/helm'), args, { env, maxBuffer: 64 * 1024 * 1024 });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const failed = error as { code?: number; stdout?: string; stderr?: string };
    return { code: failed.code ?? -1, out: failed.stdout ?? '', err: failed.stderr ?? '' };
  }
}

/** What the chart makes of values, as text. Throws what Helm says against them. */
export async function render(values: readonly string[], version = '4'): Promise<string> {
  const { code, out, err } = await helm(version, 'template', 'shop', CHART, '--namespace=ops', ...values);
  if (code !== 0) throw new Error(err);
  return out;
}

export function manifestsIn(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const manifest = document.toJS() as Manifest | null;
    return manifest === null ? [] : [manifest];
  });
}
