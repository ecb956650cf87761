import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Manifest, ROOT, TOOLS } from './kit.ts';

const run = promisify(execFile);
const HOME = join(TOOLS, 'kubernetes');

/** Where the types and schemas of a group are; those of Kubernetes itself are in one package. */
const PACKAGES: Readonly<Record<string, string>> = {
  'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
  'keda.sh/v1alpha1': '@kubernetes-models/keda/keda.sh/v1alpha1',
};

function packageOf({ apiVersion }: Manifest): string {
  return PACKAGES[apiVersion] ?? `kubernetes-models/${apiVersion}`;
}

/**
 * What the schemas of Kubernetes, the Prometheus operator and KEDA have against the manifests; nothing is the best
 * answer. Their types know which fields there are, their schemas what must be there and what may be in it.
 */
export async function complaints(manifests: readonly Manifest[]): Promise<readonly string[]> {
  const folder = mkdtempSync(join(HOME, 'check-'));
  const typed = manifests.map(
    (one, index) =>
      `import type { I${one.kind} as T${index} } from '${packageOf(one)}';\n` +
      `export const m${index}: T${index} = ${JSON.stringify(one)};\n`,
  );
  writeFileSync(join(folder, 'check.ts'), typed.join(''));
  const checked = manifests.map(
    (one) =>
      `import('${packageOf(one)}').then((all) => new all.${one.kind}(${JSON.stringify(one)}).validate())` +
      `.catch((error) => console.log(${JSON.stringify(`${one.kind} ${one.metadata.name}: `)} + error.message));\n`,
  );
  writeFileSync(join(folder, 'check.mjs'), checked.join(''));
  const [types, schemas] = await Promise.all([
    output(
      process.execPath,
      join(ROOT, 'node_modules/typescript/bin/tsc'),
      ...FLAGS,
      join(folder, 'check.ts'),
    ),
    output(process.execPath, join(folder, 'check.mjs')),
  ]);
  rmSync(folder, { recursive: true });
  return [...types, ...schemas];
}

const FLAGS = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2023', '--module', 'nodenext'];

async function output(command: string, ...args: readonly string[]): Promise<readonly string[]> {
  const said = await run(command, args, { cwd: HOME }).catch(
    (error: { stdout?: string; stderr?: string }) => error,
  );
  return `${said.stdout ?? ''}${said.stderr ?? ''}`.split('\n').filter((line) => line.trim() !== '');
}
