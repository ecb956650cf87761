import { StartBuildCommand } from '@aws-sdk/client-codebuild';
import { describe, expect, it } from 'vitest';
import { objectSize, objectText, putText } from '../../src/aws/artifacts.ts';
import { listAllBuilds, listBuilds, readBuilds } from '../../src/aws/codebuild.ts';
import { readLog } from '../../src/aws/task-logs.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import { type AwsBench, openAws } from './kit.ts';

const SECRET = 'canary-71aa';
const BUCKET = 'shop-artifacts';

const SECTIONS: Readonly<Record<string, unknown>> = {
  codebuild: {
    projects: {
      shop: {
        artifacts: { type: 'S3', location: BUCKET },
        environment: {
          environmentVariables: [
            { name: 'DOCKER_REPO', value: 'example.com/shop' },
            { name: 'TOKEN', value: SECRET },
          ],
        },
      },
    },
  },
  s3: { buckets: { [BUCKET]: { objects: { '1/apppack.toml': 'a = 1\n' } } } },
  logs: { groups: { '/apppack/shop': { streams: { 'web/release/1': { events: ['one\n', 'two'] } } } } },
};

function open(options: Parameters<typeof openAws>[0] = {}): AwsBench {
  const bench = openAws(options);
  const region = bench.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION);
  for (const [service, section] of Object.entries(SECTIONS)) region.get(service)?.load(section);
  return bench;
}

/** Starts a build with a secret in its environment, and lets it end. */
async function built(bench: AwsBench): Promise<string> {
  const { build } = await bench.during(
    bench.clients.codebuild.send(
      new StartBuildCommand({
        projectName: 'shop',
        sourceVersion: 'main',
        environmentVariablesOverride: [{ name: 'OTHER', value: SECRET }],
        buildspecOverride: `version: 0.2 # ${SECRET}`,
      }),
    ),
  );
  return build?.id ?? '';
}

describe('builds', () => {
  it('are reduced to what we know of them, without anything of their environment', async () => {
    const bench = open();
    const id = await built(bench);
    const read = await bench.during(readBuilds(bench.clients.codebuild, [id], 'shop'));
    if (read.state !== 'found') throw new Error(read.state);
    expect(JSON.stringify(read)).not.toContain(SECRET);
    expect(read.value.project).toEqual({ name: 'shop', repository: 'example.com/shop' });
    expect(read.value.builds).toMatchObject([
      {
        id,
        project: 'shop',
        number: 1,
        sourceVersion: 'main',
        status: 'SUCCEEDED',
        artifacts: { bucket: BUCKET, folder: '1' },
        log: { group: '/aws/codebuild/shop' },
        // Its buildspec is not the project's.
        external: true,
      },
    ]);
  });

  it.each([
    ['of its own', undefined, (uuid: string) => ({ group: '/aws/codebuild/shop', stream: uuid })],
    [
      'as its project says',
      { groupName: '/builds', streamName: 'shop' },
      (uuid: string) => ({ group: '/builds', stream: `shop/${uuid}` }),
    ],
  ])('have a log %s before they have a container, and the same one then', async (_title, names, log) => {
    const bench = open();
    const { codebuild } = bench.clients;
    const logsConfigOverride = { cloudWatchLogs: { status: 'ENABLED' as const, ...names } };
    const start = new StartBuildCommand({ projectName: 'shop', logsConfigOverride });
    const { build: { id = '', logs } = {} } = await bench.during(codebuild.send(start), 0);
    expect(logs?.streamName).toBeUndefined();
    const looks = [];
    for (const waitMs of [0, 60_000]) {
      const read = await bench.during(readBuilds(codebuild, [id], 'shop'), waitMs);
      looks.push(read.state === 'found' ? read.value.builds[0]?.log : read);
      await bench.clock.advance(60_000);
    }
    const expected = log(id.slice(id.indexOf(':') + 1));
    expect(looks).toEqual([expected, expected]);
  });

  it('whose log goes nowhere have none', async () => {
    const bench = open();
    const { codebuild } = bench.clients;
    const logsConfigOverride = { cloudWatchLogs: { status: 'DISABLED' as const } };
    const start = new StartBuildCommand({ projectName: 'shop', logsConfigOverride });
    const { build } = await bench.during(codebuild.send(start));
    const read = await bench.during(readBuilds(codebuild, [build?.id ?? ''], 'shop'));
    expect(read.state === 'found' && read.value.builds[0]?.log).toBeUndefined();
  });

  it('of a project are listed newest first, those of all projects in one call', async () => {
    const bench = open();
    const ids = [await built(bench), await built(bench)];
    const { codebuild } = bench.clients;
    const newest = { state: 'found', value: ids.reverse() };
    expect(await bench.during(listBuilds(codebuild, 'shop'))).toEqual(newest);
    expect(await bench.during(listAllBuilds(codebuild))).toEqual(newest);
  });

  it('of no project are absent, and unreadable where they are denied', async () => {
    const bench = open();
    const { codebuild } = bench.clients;
    expect(await bench.during(listBuilds(codebuild, 'blog'))).toEqual({ state: 'absent' });
    bench.simulator.switches.faults.push({ kind: 'denied', service: 'codebuild' });
    expect(await bench.during(listBuilds(codebuild, 'shop'))).toMatchObject({
      state: 'unreadable',
      failure: { kind: 'denied' },
    });
    expect(await bench.during(readBuilds(codebuild, ['shop:1'], 'shop'))).toMatchObject({
      state: 'unreadable',
    });
  });

  it('that CodeBuild has forgotten are left out', async () => {
    const bench = open();
    const read = await bench.during(readBuilds(bench.clients.codebuild, ['shop:gone'], 'shop'));
    expect(read).toMatchObject({ state: 'found', value: { builds: [] } });
  });
});

describe('artifacts', () => {
  it('are read, measured and written', async () => {
    const bench = open();
    const { s3 } = bench.clients;
    const place = { bucket: BUCKET, key: '1/apppack.toml' };
    expect(await bench.during(objectText(s3, place))).toEqual({ state: 'found', value: 'a = 1\n' });
    expect(await bench.during(objectSize(s3, place))).toEqual({ state: 'found', value: 6 });
    await bench.during(putText(s3, { bucket: BUCKET, key: '1/release.log' }, 'geändert\n'));
    expect(await bench.during(objectText(s3, { bucket: BUCKET, key: '1/release.log' }))).toEqual({
      state: 'found',
      value: 'geändert\n',
    });
  });

  it('that are missing are absent; a bucket that is missing is not an absent object', async () => {
    const bench = open();
    const { s3 } = bench.clients;
    const missing = { bucket: BUCKET, key: '1/test.log' };
    expect(await bench.during(objectSize(s3, missing))).toEqual({ state: 'absent' });
    expect(await bench.during(objectText(s3, missing))).toEqual({ state: 'absent' });
    expect(await bench.during(objectText(s3, { ...missing, bucket: 'other-artifacts' }))).toMatchObject({
      state: 'unreadable',
      failure: { code: 'NoSuchBucket' },
    });
  });

  it('that are denied are unreadable', async () => {
    const bench = open({ switches: { faults: [{ kind: 'denied', service: 's3' }] } });
    const place = { bucket: BUCKET, key: '1/apppack.toml' };
    expect(await bench.during(objectText(bench.clients.s3, place))).toMatchObject({ state: 'unreadable' });
    expect(await bench.during(objectSize(bench.clients.s3, place))).toMatchObject({ state: 'unreadable' });
  });
});

describe('the log of a task', () => {
  it('is read to its end, without the ends of lines', async () => {
    const bench = open();
    const place = { group: '/apppack/shop', stream: 'web/release/1' };
    expect(await bench.during(readLog(bench.clients.logs, place))).toEqual({
      lines: ['one', 'two'],
      complete: true,
    });
  });

  it('is empty for a task that never opened one', async () => {
    const bench = open();
    const place = { group: '/apppack/shop', stream: 'web/release/2' };
    expect(await bench.during(readLog(bench.clients.logs, place))).toEqual({ lines: [], complete: true });
  });
});
