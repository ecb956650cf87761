import { StartBuildCommand } from '@aws-sdk/client-codebuild';
import { StopTaskCommand } from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Stage } from '../scenario/stage.ts';
import { ARN, ago, built, done, LIVE, log, openUnattended, putRecord, SERVICE, startTask } from './hands.ts';
import { type Verdict, watchBuild } from './watch.ts';

/**
 * The model of `apppack build watch`, watching records written by hand. Every scenario that starts a build has it
 * watched too, and its stage ends with an error when the verdict is not the build's.
 */

let on: Stage;
afterEach(async () => {
  on.cli.take();
  await on.stop();
});

/** What the watch of build 7 says at last, and how long it took; `meddle` is what happens meanwhile. */
async function watched(
  record?: (on: Stage) => Record<string, unknown>,
  meddle: () => Promise<unknown> = async () => {},
): Promise<{ verdict: Verdict; seconds: number }> {
  if (record !== undefined) await putRecord(on, record(on));
  const from = on.clock.now();
  // A read may lag behind what was just written.
  await on.clock.advance(3_000);
  const { simulator, clock } = on;
  let verdict: Verdict | undefined;
  const watching = watchBuild({ simulator, clock, app: 'shop', record: 'BUILD#0000000007' }).then((said) => {
    verdict = said;
  });
  await meddle();
  while (verdict === undefined) await clock.advance(10_000);
  await watching;
  return { verdict, seconds: (clock.now() - from) / 1000 };
}

const SAID: ReadonlyArray<readonly [string, Verdict, (on: Stage) => Record<string, unknown>]> = [
  ['is deployed', { type: 'deployed' }, () => ({ ...built(on), deploy: done(on, { arns: [SERVICE] }) })],
  [
    'failed',
    { type: 'failed', phase: 'release' },
    () => ({
      ...built(on),
      release: done(on, { logs: log('release'), state: 'failed' }),
      deploy: done(on, { state: 'failed' }),
    }),
  ],
];

const BREAKS: ReadonlyArray<readonly [string, RegExp, (on: Stage) => Record<string, unknown>]> = [
  [
    '3: tests that began with the log of the build in the bucket',
    /panics at the logs "s3:/,
    () => ({ ...built(on), test: { start: ago(on, 5), state: 'started' } }),
  ],
  [
    '3: a log that is not in the bucket',
    /GetObject: there is no/,
    () => ({ ...built(on), build: done(on, { arns: [ARN], logs: 's3://shop-artifacts/8/build.log' }) }),
  ],
  [
    '8: a task that ECS has forgotten',
    /has forgotten/,
    () => ({
      ...built(on),
      release: {
        start: ago(on, 5),
        state: 'started',
        arns: [`${SERVICE.replace('service', 'task')}`],
        logs: LIVE,
      },
    }),
  ],
  [
    '9: more services than ECS describes at once',
    /more than ten/,
    () => ({
      ...built(on),
      deploy: { start: ago(on, 5), state: 'started', arns: Array.from({ length: 11 }, () => SERVICE) },
    }),
  ],
  [
    'a number in a text',
    /no whole number/,
    () => ({ ...built(on), finalize: { start: '7', state: 'started' } }),
  ],
];

describe('apppack build watch', () => {
  it.each(SAID)('says that a build %s', async (_what, verdict, record) => {
    on = await openUnattended();
    expect((await watched(record)).verdict).toEqual(verdict);
  });

  it.each(BREAKS)('breaks at %s', async (_what, why, record) => {
    on = await openUnattended();
    expect((await watched(record)).verdict).toEqual({ type: 'broken', why: expect.stringMatching(why) });
  });

  it('1: gives up after half a minute without a record, or with one that names no build', async () => {
    on = await openUnattended();
    const { verdict, seconds } = await watched();
    expect(verdict).toEqual({ type: 'unseen' });
    expect(seconds).toBeLessThan(50);
    expect((await watched(() => ({ build: { start: ago(on, 5), state: 'started' } }))).verdict).toEqual(
      verdict,
    );
  });

  it('2: panics at a log without a stream as soon as CodeBuild is in BUILD', async () => {
    on = await openUnattended();
    const { build } = await on.person.codebuild.send(new StartBuildCommand({ projectName: 'shop' }));
    const begun = { start: ago(on, 0), state: 'started', arns: [build?.arn] };
    const { verdict, seconds } = await watched(() => ({ build: begun }));
    expect(verdict).toEqual({ type: 'broken', why: 'it panics at the logs ""' });
    expect(seconds).toBeGreaterThan(10);
  });

  it('5: looks at the record no more once deploy.end is set without a verdict, and for ever without deploy.end', async () => {
    on = await openUnattended();
    const ended = done(on, { arns: [SERVICE], state: 'started' });
    const meddle = () => putRecord(on, { ...built(on), deploy: { ...ended, state: '' } });
    const { verdict } = await watched(
      () => ({ ...built(on), deploy: ended }),
      async () => {
        await on.clock.advance(8_000);
        await meddle();
      },
    );
    expect(verdict).toEqual({ type: 'hung', where: expect.stringContaining('deploy.end') });
    const endless = { start: ago(on, 5), state: 'succeeded' };
    expect((await watched(() => ({ ...built(on), deploy: endless }))).verdict.type).toBe('expired');
  });

  it('7, 10: waits its whole hour for a build that ends without a deployment, and looks every five seconds', async () => {
    on = await openUnattended();
    const { verdict, seconds } = await watched(() => built(on));
    expect(verdict).toEqual({ type: 'expired', where: 'in finalize' });
    expect(seconds).toBeGreaterThan(3_600);
    const looks = on.simulator.calls.filter(({ operation }) => operation === 'GetItem').length;
    expect(Math.round(seconds / looks)).toBe(5);
  });

  it('8: hangs at a task that is over while the record says started, and panics at one without a log', async () => {
    on = await openUnattended();
    const arns = [await startTask(on)];
    await on.clock.advance(20_000);
    const release = { start: ago(on, 20), state: 'started', arns };
    expect((await watched(() => ({ ...built(on), release }))).verdict.type).toBe('broken');
    const stop = async () => {
      await on.clock.advance(10_000);
      await on.person.ecs.send(new StopTaskCommand({ cluster: 'main', task: arns[0] }));
    };
    const hanging = await watched(() => ({ ...built(on), release: { ...release, logs: LIVE } }), stop);
    expect(hanging.verdict).toEqual({
      type: 'hung',
      where: expect.stringContaining('the record says started'),
    });
  });
});
