import { describe, expect, it } from 'vitest';
import type { Build } from '../../../src/aws/build-shapes.ts';
import { askedByParameter, contentOfBuild } from '../../../src/controllers/build/asking.ts';
import type { Manifest } from '../../../src/controllers/build/observed.ts';
import { ABSENT, found, type Reading, unreadable } from '../../../src/reconcile/reading.ts';

const BUILD: Build = {
  id: 'shop:7',
  arn: 'arn:aws:codebuild:us-east-1:123456789012:build/shop:7',
  project: 'shop',
  number: 7,
  commit: 'c0ffee',
  status: 'SUCCEEDED',
  startedAt: 1,
  endedAt: 2,
  phases: [],
  artifacts: { bucket: 'artifacts', folder: '7' },
  external: false,
};
const { artifacts: _artifacts, ...UNSTORED } = BUILD;
const { commit: _commit, ...UNNAMED } = BUILD;

function manifest(document: unknown): Reading<Manifest> {
  return found({ state: 'usable', document });
}

const WEB = { services: { web: { command: './web' } } };
const DENIED = unreadable<Manifest>({ kind: 'denied', code: 'AccessDenied', message: 'Access Denied.' });
const SLOW = unreadable<Manifest>({ kind: 'throttled', code: 'SlowDown', message: 'Slow down.' });

function contentOf(build: Build, read: Reading<Manifest> | undefined, repository?: string) {
  return contentOfBuild(build, read, { repository, isFirstOfReviewApp: true });
}

describe('what a build asks for', () => {
  it('is its image, its processes and its tasks', () => {
    const document = {
      build: { system: 'buildpack', buildpacks: ['x'] },
      deploy: { release_command: './migrate' },
      review_app: { initialize_command: './seed', pre_destroy_command: './bye' },
      services: { web: { command: './web' }, release: { command: 'never a service' } },
    };
    expect(contentOf(BUILD, manifest(document), 'example.com/shop')).toEqual({
      state: 'usable',
      value: {
        image: 'example.com/shop:c0ffee',
        buildSystem: 'buildpacks',
        processes: [{ process: 'web', command: './web' }],
        releaseCommand: './migrate',
        postdeployCommand: './seed',
      },
    });
  });

  it('has no task whose command is empty', () => {
    const document = { ...WEB, deploy: { release_command: ' ' }, review_app: { initialize_command: '' } };
    const { value } = contentOf(BUILD, manifest(document), 'r') as { value: object };
    expect(value).not.toHaveProperty('releaseCommand');
    expect(value).not.toHaveProperty('postdeployCommand');
  });

  const broken: ReadonlyArray<[string, Build, Reading<Manifest> | undefined, string | undefined, RegExp]> = [
    ['is not in the bucket', BUILD, ABSENT, 'r', /^There is no s3:\/\/artifacts\/7\/apppack\.toml\.$/],
    ['has no bucket to be in', UNSTORED, undefined, 'r', /Build 7 has no artifacts in S3/],
    [
      'is no TOML',
      BUILD,
      found({ state: 'broken', problem: 'it is no TOML, at line 2, column 1' }),
      'r',
      /apppack\.toml of build 7 cannot be used: it is no TOML, at line 2/,
    ],
    ['is empty', BUILD, manifest({}), 'r', /build 7 cannot be used: it names no services/],
    ['has release alone', BUILD, manifest({ services: { release: { command: 'x' } } }), 'r', /no services/],
    [
      'has a service without a command',
      BUILD,
      manifest({ services: { web: {} } }),
      'r',
      /cannot be used: services\.web\.command: .*expected string/,
    ],
    ['has an empty command', BUILD, manifest({ services: { web: { command: '' } } }), 'r', /web\.command/],
    ['has a list for services', BUILD, manifest({ services: [] }), 'r', /cannot be used: services/],
    [
      'has a service of a task',
      BUILD,
      manifest({ services: { shell: { command: 'x' } } }),
      'r',
      /no service can be called "shell"/,
    ],
    [
      'has a service of a hostile name',
      BUILD,
      manifest({ services: { [`../${'x'.repeat(90)}`]: { command: 'x' } } }),
      'r',
      /no service can be called "\.\.\/x{57}"\.$/,
    ],
    ['is of a project without DOCKER_REPO', BUILD, manifest(WEB), undefined, /no variable DOCKER_REPO/],
    ['is of no commit', UNNAMED, manifest(WEB), 'r', /image build 7 made is not known: CodeBuild/],
  ];
  it.each(broken)(
    'is nothing, and says why, when apppack.toml %s',
    (_what, build, read, repository, says) => {
      expect(contentOf(build, read, repository)).toEqual({
        state: 'broken',
        reason: expect.stringMatching(says),
      });
    },
  );

  it('is not known while the bucket cannot be read; a missing object may look like a denied one', () => {
    expect(contentOf(BUILD, undefined, 'r')).toMatchObject({ state: 'unread' });
    expect(contentOf(BUILD, SLOW, 'r')).toEqual({
      state: 'unread',
      reason: 'apppack.toml of build 7 could not be read: Slow down.',
    });
    expect(contentOf(BUILD, DENIED, 'r')).toMatchObject({
      state: 'unread',
      reason: expect.stringContaining('of a missing object too'),
    });
  });
});

describe('a release parameter that cannot be used', () => {
  it.each([
    ['{"image"', /release: it is not JSON\./],
    ['7', /release: the whole: .*expected object/],
    ['{"processes": {}}', /release: image: /],
    ['{"image": "", "processes": {"web": {"command": "x"}}}', /release: image: /],
    ['{"image": "x", "processes": {}}', /release: it names no services/],
    ['{"image": "x", "processes": {"web": {}}}', /release: processes\.web\.command: /],
    ['{"image": "x", "processes": {"web": {"command": "x"}}, "build_system": "make"}', /build_system: /],
    ['{"image": "x", "processes": {"a b": {"command": "x"}}}', /no service can be called "a b"/],
  ])('%s says what is wrong, that nothing changes, and what it has to look like', (value, says) => {
    const name = '/apppack/apps/shop/release';
    const { asked, conditions } = askedByParameter(
      found({ name, type: 'String', value, version: 3, modifiedAt: 1 }),
    );
    expect(asked).toBeUndefined();
    expect(conditions).toMatchObject([
      { type: 'Valid', status: 'False', parameter: name, version: 3, message: expect.stringMatching(says) },
    ]);
    expect(conditions[0]?.message).toMatch(/What runs stays as it is\. It has to look like \{"image"/);
  });
});
