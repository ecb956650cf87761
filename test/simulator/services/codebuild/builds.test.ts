import {
  BatchGetBuildsCommand,
  ListBuildsForProjectCommand,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild';
import { describe, expect, it } from 'vitest';
import { BUCKET, openCodeBuild, phasesOf } from './kit.ts';

const ALL_WELL = [
  ...[
    'SUBMITTED',
    'QUEUED',
    'PROVISIONING',
    'DOWNLOAD_SOURCE',
    'INSTALL',
    'PRE_BUILD',
    'BUILD',
    'POST_BUILD',
  ],
  ...['UPLOAD_ARTIFACTS', 'FINALIZING'],
].map((phase) => `${phase} SUCCEEDED`);

describe('a build', () => {
  // https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html
  it('begins in the queue, without a log and without a commit', async () => {
    const bench = openCodeBuild();
    const build = await bench.start({ sourceVersion: 'main' });
    expect(build).toMatchObject({
      id: expect.stringMatching(/^shop:[0-9a-f-]{36}$/),
      arn: `arn:aws:codebuild:us-east-1:123456789012:build/${build.id}`,
      buildNumber: 1,
      buildStatus: 'IN_PROGRESS',
      buildComplete: false,
      currentPhase: 'QUEUED',
      sourceVersion: 'main',
      initiator: 'test',
      projectName: 'shop',
    });
    expect(phasesOf(build)).toEqual(['SUBMITTED SUCCEEDED', 'QUEUED -']);
    expect(build.logs?.groupName).toBeUndefined();
    expect(build.logs?.deepLink).toMatch(/group=null;stream=null$/);
    expect(build.phases?.[0]).not.toHaveProperty('contexts');
    expect(build.resolvedSourceVersion).toBeUndefined();
    expect((await bench.start()).buildNumber).toBe(2);
  });

  it('that nobody scripted goes through all phases within 40 seconds', async () => {
    const bench = openCodeBuild([{ commit: 'a'.repeat(40) }]);
    const from = bench.clock.now();
    const build = await bench.build();
    expect(phasesOf(build)).toEqual([...ALL_WELL, 'COMPLETED -']);
    expect(bench.clock.now() - from).toBeLessThanOrEqual(40_000);
    expect(build).toMatchObject({
      buildStatus: 'SUCCEEDED',
      currentPhase: 'COMPLETED',
      resolvedSourceVersion: 'a'.repeat(40),
      artifacts: { location: `arn:aws:s3:::${BUCKET}/1` },
      logs: { groupName: '/aws/codebuild/shop', streamName: build.id?.slice('shop:'.length) },
    });
    expect(build.phases?.find(({ phaseType }) => phaseType === 'BUILD')).toMatchObject({
      durationInSeconds: 10,
      contexts: [{ statusCode: '', message: '' }],
    });
    expect(build.endTime?.getTime()).toBe(bench.clock.now());
  });

  it('leaves its files below its number, and its lines between markers in its log', async () => {
    const bench = openCodeBuild([
      {
        buildLog: ['Step 1'],
        testLog: ['ok 1'],
        apppackToml: '[services.web]\ncommand = "serve"\n',
        commitText: 'commit abc\n',
        files: { 'metadata.toml': 'x', 'test.log': null },
      },
    ]);
    const build = await bench.build();
    expect(await bench.artifacts()).toEqual({
      '1/apppack.toml': '[services.web]\ncommand = "serve"\n',
      '1/build.log': 'Step 1\n',
      '1/commit.txt': 'commit abc\n',
      '1/metadata.toml': 'x',
    });
    const lines = await bench.printed(build);
    const from = lines.indexOf('#*#*#*#*#*# apppack-build-start #*#*#*#*#*#\n');
    expect(lines.slice(from, from + 3)).toEqual([
      '#*#*#*#*#*# apppack-build-start #*#*#*#*#*#\n',
      'Step 1\n',
      '#*#*#*#*#*# apppack-build-end #*#*#*#*#*#\n',
    ]);
    expect(lines).toContain('ok 1\n');
    expect(lines.at(-1)).toMatch(
      /^\[Container\] 2026\/01\/05 12:00:\d\d\.\d{3} Phase context status code: {2}Message: \n$/,
    );
  });

  // https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
  it('that fails goes on with POST_BUILD and uploads what there is', async () => {
    const bench = openCodeBuild([{ fails: 'BUILD', buildLog: ['no such file'] }]);
    const build = await bench.build();
    expect(build.buildStatus).toBe('FAILED');
    expect(phasesOf(build).slice(6)).toEqual([
      'BUILD FAILED',
      'POST_BUILD SUCCEEDED',
      'UPLOAD_ARTIFACTS SUCCEEDED',
      'FINALIZING SUCCEEDED',
      'COMPLETED -',
    ]);
    expect(build.phases?.[6]?.contexts).toEqual([
      {
        statusCode: 'COMMAND_EXECUTION_ERROR',
        message: 'Error while executing command: apppack-builder build. Reason: exit status 1',
      },
    ]);
    expect(Object.keys(await bench.artifacts())).toEqual(['1/apppack.toml', '1/build.log', '1/commit.txt']);
  });

  it.each([
    ['POST_BUILD', 'FAILED', ['UPLOAD_ARTIFACTS SUCCEEDED', 'FINALIZING SUCCEEDED', 'COMPLETED -']],
    ['PRE_BUILD', 'FAILED', ['FINALIZING SUCCEEDED', 'COMPLETED -']],
    ['DOWNLOAD_SOURCE', 'CLIENT_ERROR', ['FINALIZING SUCCEEDED', 'COMPLETED -']],
    ['PROVISIONING', 'FAULT', ['COMPLETED -']],
    ['BUILD', 'TIMED_OUT', ['COMPLETED -']],
  ] as const)('whose %s ends as %s goes on as AWS says', async (phase, status, rest) => {
    const bench = openCodeBuild([{ fails: { phase, status } }]);
    const build = await bench.build();
    expect(build.buildStatus).toBe(status === 'CLIENT_ERROR' ? 'FAILED' : status);
    expect(phasesOf(build).slice(phasesOf(build).indexOf(`${phase} ${status}`) + 1)).toEqual(rest);
  });

  it('that was skipped succeeds and leaves empty logs', async () => {
    const bench = openCodeBuild([{ skipped: true, sourceVersion: 'pr/*' }]);
    const build = await bench.build({ sourceVersion: 'pr/7' });
    expect(build.buildStatus).toBe('SUCCEEDED');
    expect(await bench.artifacts()).toMatchObject({
      '1/build.log': '',
      '1/test.log': '',
      '1/apppack.toml': '',
    });
  });

  // https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StopBuild.html
  it('can be stopped, once', async () => {
    const bench = openCodeBuild();
    const { id } = await bench.start();
    await bench.clock.advance(12_000);
    const stopped = await bench.codebuild.send(new StopBuildCommand({ id }));
    expect(stopped.build).toMatchObject({
      buildStatus: 'STOPPED',
      buildComplete: true,
      currentPhase: 'COMPLETED',
    });
    expect(phasesOf(await bench.look(id)).slice(-2)).toEqual(['BUILD STOPPED', 'COMPLETED -']);
    expect(stopped.build?.phases?.at(-2)).not.toHaveProperty('contexts');
    const again = await bench.codebuild.send(new StopBuildCommand({ id }));
    expect(again.build?.phases).toEqual(stopped.build?.phases);
    await expect(bench.codebuild.send(new StopBuildCommand({ id: 'shop:none' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  // https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetBuilds.html
  it('is found by id and by ARN, and told apart from those that are not there', async () => {
    const bench = openCodeBuild();
    const { id, arn } = await bench.start();
    const answer = await bench.codebuild.send(
      new BatchGetBuildsCommand({ ids: [id ?? '', 'shop:none', arn ?? ''] }),
    );
    expect(answer.builds?.map((build) => build.id)).toEqual([id, id]);
    expect(answer.buildsNotFound).toEqual(['shop:none']);
    const many = Array.from({ length: 101 }, (_, index) => `shop:${index}`);
    await expect(bench.codebuild.send(new BatchGetBuildsCommand({ ids: many }))).rejects.toMatchObject({
      name: 'InvalidInputException',
    });
  });

  // https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ListBuildsForProject.html
  it('is listed, youngest first, by pages of a hundred', async () => {
    const bench = openCodeBuild();
    const ids: (string | undefined)[] = [];
    for (let count = 0; count < 101; count += 1) ids.push((await bench.start()).id);
    const list = (nextToken?: string) =>
      bench.codebuild.send(
        new ListBuildsForProjectCommand({
          projectName: 'shop',
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
      );
    const first = await list();
    expect(first.ids).toEqual([...ids].reverse().slice(0, 100));
    expect((await list(first.nextToken)).ids).toEqual([ids[0]]);
  });
});
