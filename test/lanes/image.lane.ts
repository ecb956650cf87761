import { execFile } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Background, background, type Finished, freePort, until } from './kit.ts';

const run = promisify(execFile);
const ROOT = new URL('../..', import.meta.url).pathname;
const CACHE = join(realpathSync(join(ROOT, '.cache')), 'image');
/** Folders of our own, so that nothing of the machine's images is touched; the set-up script put the base there. */
const STORAGE = ['--root', join(CACHE, 'storage'), '--runroot', join(CACHE, 'run')];
const IMAGE = 'localhost/trimtab:lane';
const CONTAINER = `trimtab-lane-${process.pid}`;
/** How an orchestrator that trusts nobody runs it. */
const CONFINED = [
  '--network=host',
  '--ulimit=nofile=1024:1024',
  '--ulimit=nproc=4096:4096',
  '--no-healthcheck',
  '--read-only',
  '--read-only-tmpfs=false',
  '--cap-drop=all',
  '--security-opt=no-new-privileges',
];
const PODMAN = [...STORAGE, '--runtime=runc', '--cgroup-manager=cgroupfs'];

let port = 0;
let container: Background;
let startedAt = 0;

async function podman(...args: readonly string[]): Promise<Finished> {
  try {
    const { stdout, stderr } = await run('podman', [...PODMAN, ...args], { maxBuffer: 64 << 20 });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const failed = error as { code?: number; stdout?: string; stderr?: string };
    return { code: failed.code ?? -1, out: failed.stdout ?? '', err: failed.stderr ?? '' };
  }
}

/** Runs something else than the program in a fresh, confined container. */
function inside(program: string, ...args: readonly string[]): Promise<Finished> {
  return podman('run', '--rm', ...CONFINED, '--entrypoint', program, IMAGE, ...args);
}

/** What npm in the build needs to reach the registry the way this machine does. */
async function registryVolumes(): Promise<string[]> {
  const { stdout } = await run('npm', ['config', 'get', 'registry'], { cwd: ROOT });
  const authority = process.env.NODE_EXTRA_CA_CERTS;
  const isCustom = authority !== undefined && existsSync(authority);
  const file = join(CACHE, 'npmrc');
  writeFileSync(file, `registry=${stdout.trim()}\n${isCustom ? 'cafile=/etc/ssl/lane-ca.crt\n' : ''}`);
  return [
    `--volume=${file}:/root/.npmrc:ro`,
    ...(isCustom ? [`--volume=${authority}:/etc/ssl/lane-ca.crt:ro`] : []),
  ];
}

beforeAll(async () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const build = [...STORAGE, 'bud', '--isolation=chroot', '--pull-never', '--format=docker', '--layers'];
  const labels = [`--build-arg=VERSION=${version}`, '--build-arg=REVISION=lane'];
  const volumes = await registryVolumes();
  await run('buildah', [...build, ...volumes, ...labels, '--tag', IMAGE, ROOT], { maxBuffer: 64 << 20 });
  port = await freePort();
  startedAt = Date.now();
  const simulate = ['run', '--simulate', 'examples/worlds/shop.json', '--simulate-port', '0'];
  container = background('podman', [
    ...PODMAN,
    'run',
    '--rm',
    '--name',
    CONTAINER,
    ...CONFINED,
    IMAGE,
    ...simulate,
    '--port',
    String(port),
  ]);
}, 600_000);

afterAll(async () => {
  await podman('rm', '--force', CONTAINER);
});

describe('the image', () => {
  it('becomes ready and serves metrics, on a root file system nobody can write', async () => {
    const ready = () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    await until('readiness', ready, 60_000, container.output);
    console.log(`seconds from \`podman run\` to ready: ${((Date.now() - startedAt) / 1000).toFixed(1)}`);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain('trimtab_app_synced{');
  });

  it('runs as nobody special', async () => {
    const { out } = await inside('id', '-u');
    console.log(`uid: ${out.trim()}`);
    expect(out.trim()).toBe('1000');
    expect(await imageConfig()).toMatchObject({ User: '1000:1000', StopSignal: 'SIGTERM' });
  });

  it('can write nowhere', async () => {
    for (const file of ['/written', '/app/written', '/tmp/written']) {
      const { code, err } = await inside('touch', file);
      console.log(`touch ${file}: exit code ${code}, ${err.trim()}`);
      expect(code).toBe(1);
      expect(err).toMatch(/Read-only file system|Permission denied/);
    }
  });

  it('answers its own health check', async () => {
    const { Healthcheck } = await imageConfig();
    const [kind, ...check] = Healthcheck?.Test ?? [];
    expect(kind).toBe('CMD');
    const healthy = await podman('exec', '--env', `TRIMTAB_PORT=${port}`, CONTAINER, ...check);
    expect(healthy).toMatchObject({ code: 0 });
    const elsewhere = await podman('exec', '--env', 'TRIMTAB_PORT=9', CONTAINER, ...check);
    expect(elsewhere.code).toBe(1);
  });

  it('drains and ends with 0 when PID 1 gets SIGTERM', async () => {
    const ended = new Promise<number | null>((resolve) => container.process.once('exit', resolve));
    expect((await podman('kill', '--signal', 'TERM', CONTAINER)).code).toBe(0);
    const exitCode = await ended;
    console.log(`exit code after SIGTERM: ${exitCode}`);
    expect(container.output()).toContain('"drained":true');
    expect(exitCode).toBe(0);
  });

  it('carries the bundle, its licences and the list of its packages, and no package of development', async () => {
    const { out } = await inside('find', '/app', '-type', 'f');
    const files = out.trim().split('\n');
    expect(files.filter((file) => /node_modules|\.ts$|\.map$/.test(file))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        '/app/dist/main.js',
        '/app/dist/replay/worker.js',
        '/app/THIRD-PARTY-LICENSES.txt',
      ]),
    );
    const bill = JSON.parse((await inside('cat', '/app/sbom.cdx.json')).out) as {
      components: Array<{ name: string; licenses?: Array<{ expression: string }> }>;
    };
    expect(bill.components.map(({ name }) => name)).toContain('xstate');
    const licences = new Set(bill.components.flatMap(({ licenses }) => licenses?.[0]?.expression ?? 'none'));
    console.log(`${bill.components.length} packages, under ${[...licences].sort().join(', ')}`);
    expect([...licences].filter((licence) => /GPL|none/.test(licence))).toEqual([]);
  });

  it('has the command `trimtab`, for who looks in', async () => {
    const { out } = await inside('trimtab', '--help');
    expect(out).toContain('trimtab run --simulate');
  });

  it('replays snapshots in threads of its own', async () => {
    const { code, out, err } = await podman(
      'run',
      '--rm',
      ...CONFINED,
      `--volume=${ROOT}/test/snapshots:/snapshots:ro`,
      IMAGE,
      'replay',
      '/snapshots/changed-config-restarts-once.snapshot.json',
      '/snapshots/bounds-of-scaling-follow.snapshot.json',
    );
    expect(`${code} ${err}`).toBe('0 ');
    expect(out).toContain('changed-config-restarts-once');
  });

  it('finds the snapshots it comes with', async () => {
    const { code, out, err } = await podman('run', '--rm', ...CONFINED, IMAGE, 'fuzz', '--runs', '2');
    expect(err).not.toContain('ENOENT');
    expect([0, 2]).toContain(code);
    expect(out).toContain('2');
  });

  it('says what it is, and is little more than Node', async () => {
    const { Labels } = await imageConfig();
    expect(Labels).toMatchObject({
      'org.opencontainers.image.title': 'trimtab',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.revision': 'lane',
    });
    const base = await sizeOf('docker.io/library/node:24-bookworm-slim');
    const whole = await sizeOf(IMAGE);
    const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
    console.log(
      `size: ${megabytes(whole)} MB, of which ${megabytes(whole - base)} MB are ours (base ${megabytes(base)} MB)`,
    );
    expect(whole - base).toBeLessThan(10e6);
  });
});

interface ImageConfig {
  readonly User: string;
  readonly StopSignal: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck?: { readonly Test: readonly string[] };
}

async function inspect(image: string): Promise<{ Size: number; Config: ImageConfig }> {
  const { out } = await podman('image', 'inspect', '--format', 'json', image);
  const [found] = JSON.parse(out) as Array<{
    Size: number;
    Config: ImageConfig;
    Healthcheck?: ImageConfig['Healthcheck'];
  }>;
  if (found === undefined) throw new Error(`there is no image ${image}`);
  const { Healthcheck: health } = found;
  // Podman shows the check beside the configuration, Docker in it.
  return health === undefined ? found : { ...found, Config: { ...found.Config, Healthcheck: health } };
}

async function imageConfig(): Promise<ImageConfig> {
  return (await inspect(IMAGE)).Config;
}

async function sizeOf(image: string): Promise<number> {
  return (await inspect(image)).Size;
}
