import {
  BatchGetBuildsCommand,
  BatchGetProjectsCommand,
  CreateProjectCommand,
  type CreateProjectCommandInput,
  DeleteProjectCommand,
  ListProjectsCommand,
  StartBuildCommand,
} from '@aws-sdk/client-codebuild';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { BUCKET, openCodeBuild, PROJECT, phasesOf } from './kit.ts';

const NEW: CreateProjectCommandInput = {
  name: 'blog',
  source: { type: 'GITHUB', location: 'https://github.com/example/blog.git' },
  artifacts: { type: 'NO_ARTIFACTS' },
  environment: {
    type: 'LINUX_CONTAINER',
    image: 'aws/codebuild/standard:7.0',
    computeType: 'BUILD_GENERAL1_SMALL',
  },
  serviceRole: 'arn:aws:iam::123456789012:role/build',
};

describe('a project', () => {
  // https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html
  it('is made once, and shown with what was left out', async () => {
    const bench = openCodeBuild();
    const { project } = await bench.codebuild.send(new CreateProjectCommand(NEW));
    expect(project).toMatchObject({
      arn: 'arn:aws:codebuild:us-east-1:123456789012:project/blog',
      timeoutInMinutes: 60,
      queuedTimeoutInMinutes: 480,
      cache: { type: 'NO_CACHE' },
      environment: { privilegedMode: false, imagePullCredentialsType: 'CODEBUILD', environmentVariables: [] },
    });
    await expect(bench.codebuild.send(new CreateProjectCommand(NEW))).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
    });
    const names = ['blog', 'arn:aws:codebuild:us-east-1:123456789012:project/shop', 'none'];
    const found = await bench.codebuild.send(new BatchGetProjectsCommand({ names }));
    expect(found.projects?.map(({ name }) => name)).toEqual(['blog', 'shop']);
    expect(found.projectsNotFound).toEqual(['none']);
    expect(
      (await bench.codebuild.send(new ListProjectsCommand({ sortOrder: 'DESCENDING' }))).projects,
    ).toEqual(['shop', 'blog']);
  });

  it.each<[string, Record<string, unknown>]>([
    ['a name of one letter', { name: 'b' }],
    ['a name with a slash', { name: 'a/b' }],
    ['a source without a place', { source: { type: 'GITHUB' } }],
    ['no source and no buildspec', { source: { type: 'NO_SOURCE' } }],
    ['artifacts without a bucket', { artifacts: { type: 'S3' } }],
    ['no role', { serviceRole: undefined }],
    ['a timeout of four minutes', { timeoutInMinutes: 4 }],
    ['a compute type that is none', { environment: { ...NEW.environment, computeType: 'HUGE' } }],
  ])('is refused with %s', async (_what, changes) => {
    const bench = openCodeBuild();
    // The types would not let some of these through.
    const input = { ...NEW, ...changes } as CreateProjectCommandInput;
    await expect(bench.codebuild.send(new CreateProjectCommand(input))).rejects.toMatchObject({
      name: 'InvalidInputException',
    });
  });

  it('leaves its builds behind when it is deleted', async () => {
    const bench = openCodeBuild();
    const { id = '' } = await bench.start();
    await bench.codebuild.send(new DeleteProjectCommand({ name: 'shop' }));
    const { builds } = await bench.codebuild.send(new BatchGetBuildsCommand({ ids: [id] }));
    expect(builds).toHaveLength(1);
    await expect(bench.start()).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Project cannot be found: arn:aws:codebuild:us-east-1:123456789012:project/shop',
    });
  });
});

describe('StartBuild', () => {
  // https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html
  it('overrides what the project says for one build', async () => {
    const bench = openCodeBuild();
    const build = await bench.start({
      buildspecOverride: 'version: 0.2',
      imageOverride: 'public.ecr.aws/aws-cli/aws-cli:latest',
      privilegedModeOverride: false,
      timeoutInMinutesOverride: 5,
      sourceVersion: 'refs/heads/main',
    });
    expect(build).toMatchObject({
      source: { type: 'GITHUB', buildspec: 'version: 0.2' },
      environment: { image: 'public.ecr.aws/aws-cli/aws-cli:latest', privilegedMode: false },
      timeoutInMinutes: 5,
    });
    expect((await bench.start()).source?.buildspec).toBeUndefined();
  });

  it('prints no markers for another buildspec, which brings files that were built elsewhere', async () => {
    const bench = openCodeBuild();
    const build = await bench.build({ buildspecOverride: 'version: 0.2' });
    expect((await bench.printed(build)).filter((line) => line.startsWith('#*#'))).toEqual([]);
    expect(Object.keys(await bench.artifacts())).toEqual(['1/apppack.toml', '1/commit.txt']);
  });

  // apppackio/deploy-action index.js
  it('copies what was staged for it, when its buildspec says where', async () => {
    const bench = openCodeBuild();
    const put = (Key: string, Body: string) =>
      bench.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
    await put('external-77/apppack.toml', '[services.web]\ncommand = "staged"\n');
    await put('external-77/build.log', 'built elsewhere\n');
    await bench.build({ buildspecOverride: `aws s3 cp --recursive s3://${BUCKET}/external-77/ .` });
    expect(await bench.artifacts()).toMatchObject({
      '1/apppack.toml': '[services.web]\ncommand = "staged"\n',
      '1/build.log': 'built elsewhere\n',
    });
  });

  it('answers the same token with the same build for five minutes, and refuses other arguments', async () => {
    const bench = openCodeBuild();
    const first = await bench.start({ idempotencyToken: 't' });
    expect((await bench.start({ idempotencyToken: 't' })).id).toBe(first.id);
    await expect(bench.start({ idempotencyToken: 't', sourceVersion: 'x' })).rejects.toMatchObject({
      name: 'InvalidInputException',
    });
    await bench.clock.advance(300_000);
    expect((await bench.start({ idempotencyToken: 't' })).id).not.toBe(first.id);
  });

  // https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html
  it('row 72: builds beyond the quota wait in the queue, however long', async () => {
    const bench = openCodeBuild([], { section: { concurrentBuilds: 1 } });
    const first = await bench.start();
    const second = await bench.start();
    await bench.clock.advance(26_000);
    expect((await bench.look(second.id)).currentPhase).toBe('QUEUED');
    await bench.clock.advance(2000);
    expect((await bench.look(first.id)).buildStatus).toBe('SUCCEEDED');
    expect((await bench.look(second.id)).currentPhase).toBe('PROVISIONING');
    await bench.clock.advance(30_000);
    const { phases = [] } = await bench.look(second.id);
    expect(phases[1]).toMatchObject({ phaseType: 'QUEUED', durationInSeconds: 27 });
  });

  it('row 72: a build that stays in the queue times out there, one that hangs times out where it hangs', async () => {
    const bench = openCodeBuild([{ stuckIn: 'QUEUED', times: 1 }, { stuckIn: 'BUILD' }]);
    const queued = await bench.start({ queuedTimeoutInMinutesOverride: 5 });
    const hanging = await bench.start({ timeoutInMinutesOverride: 10 });
    await bench.clock.advance(601_500);
    expect(phasesOf(await bench.look(queued.id)).slice(1)).toEqual(['QUEUED TIMED_OUT', 'COMPLETED -']);
    const timedOut = await bench.look(hanging.id);
    expect(timedOut.buildStatus).toBe('TIMED_OUT');
    expect(phasesOf(timedOut).slice(-2)).toEqual(['BUILD TIMED_OUT', 'COMPLETED -']);
    expect(timedOut.phases?.at(-2)?.contexts?.[0]?.statusCode).toBe('BUILD_TIMED_OUT');
  });

  it('refuses more builds of a project than its own limit', async () => {
    const bench = openCodeBuild([], {
      section: { projects: { shop: { ...PROJECT, concurrentBuildLimit: 1 } } },
    });
    await bench.build();
    await bench.start();
    await expect(bench.start()).rejects.toMatchObject({ name: 'AccountLimitExceededException' });
  });

  it('builds the commit it is asked for', async () => {
    const bench = openCodeBuild([{ commit: 'a'.repeat(40) }]);
    expect((await bench.build({ sourceVersion: 'b'.repeat(40) })).resolvedSourceVersion).toBe('b'.repeat(40));
    expect((await bench.build({ sourceVersion: 'main' })).resolvedSourceVersion).toBe('a'.repeat(40));
  });

  it('fails in UPLOAD_ARTIFACTS when the bucket is not there', async () => {
    const artifacts = { type: 'S3', location: 'nowhere' };
    const bench = openCodeBuild([], { section: { projects: { shop: { ...PROJECT, artifacts } } } });
    const build = await bench.build();
    expect(build.buildStatus).toBe('FAILED');
    expect(phasesOf(build)).toContain('UPLOAD_ARTIFACTS CLIENT_ERROR');
  });

  it('is refused to whoever may not, project by project', async () => {
    const bench = openCodeBuild();
    bench.simulator.switches.denials.push({ action: 'codebuild:StartBuild', resource: '*:project/shop' });
    await expect(bench.start()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('is throttled', async () => {
    const bench = openCodeBuild([], { switches: { limits: true } });
    const calls = Array.from({ length: 30 }, () =>
      bench.codebuild
        .send(new StartBuildCommand({ projectName: 'shop' }))
        .catch((error: Error) => error.name),
    );
    expect(await Promise.all(calls)).toContain('ThrottlingException');
  });
});
