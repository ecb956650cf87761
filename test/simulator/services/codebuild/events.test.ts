import { BatchGetBuildsCommand } from '@aws-sdk/client-codebuild';
import { describe, expect, it } from 'vitest';
import { openCodeBuild } from './kit.ts';

const CANARY = 'canary-6f1d';

/** The details of events of one kind, in order. */
function details(bench: ReturnType<typeof openCodeBuild>, detailType: string): Record<string, unknown>[] {
  return bench.events.filter((event) => event.detailType === detailType).map(({ detail }) => detail);
}

describe('events of a build', () => {
  // https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications-ref.html
  it('row 69: tell when it begins and ends, and of each phase on its own', async () => {
    const bench = openCodeBuild([{ commit: 'a'.repeat(40) }]);
    const { id, arn } = await bench.build({ sourceVersion: 'main' });
    expect(
      bench.events.every(({ source, resources }) => source === 'aws.codebuild' && resources[0] === arn),
    ).toBe(true);
    const states = details(bench, 'CodeBuild Build State Change');
    expect(states.map((detail) => [detail['build-status'], detail['current-phase']])).toEqual([
      ['IN_PROGRESS', 'SUBMITTED'],
      ['SUCCEEDED', 'COMPLETED'],
    ]);
    expect(details(bench, 'CodeBuild Build Phase Change').map((detail) => detail['completed-phase'])).toEqual(
      [
        ...['SUBMITTED', 'QUEUED', 'PROVISIONING', 'DOWNLOAD_SOURCE', 'INSTALL', 'PRE_BUILD', 'BUILD'],
        ...['POST_BUILD', 'UPLOAD_ARTIFACTS', 'FINALIZING'],
      ],
    );
    expect(states[1]).toMatchObject({
      'project-name': 'shop',
      'build-id': arn,
      'current-phase-context': '[: ]',
      version: '1',
      'additional-information': {
        artifact: { location: 'arn:aws:s3:::shop-artifacts/1' },
        'build-complete': true,
        'build-number': 1,
        'build-start-time': 'Jan 5, 2026 12:00:00 PM',
        initiator: 'test',
        'source-version': 'main',
        'timeout-in-minutes': 60,
        source: { type: 'GITHUB', location: 'https://github.com/example/shop.git' },
        logs: { 'group-name': '/aws/codebuild/shop', 'stream-name': id?.slice(5) },
      },
    });
  });

  it('have no log to name before there is a container', async () => {
    const bench = openCodeBuild();
    await bench.start();
    const [begun] = details(bench, 'CodeBuild Build State Change');
    const information = begun?.['additional-information'];
    expect(information).toMatchObject({ 'build-complete': false, cache: { type: 'NO_CACHE' } });
    expect(information).toHaveProperty('logs', {
      'deep-link':
        'https://console.aws.amazon.com/cloudwatch/home?region=us-east-1#logEvent:group=null;stream=null',
    });
    expect(information).not.toHaveProperty('phases');
    expect(information).not.toHaveProperty('build-number');
    const [submitted] = details(bench, 'CodeBuild Build Phase Change');
    expect(submitted).toMatchObject({
      'completed-phase-context': '[]',
      'additional-information': {
        phases: [
          { 'phase-type': 'SUBMITTED', 'phase-status': 'SUCCEEDED', 'phase-context': [] },
          { 'phase-type': 'QUEUED', 'start-time': 'Jan 5, 2026 12:00:00 PM' },
        ],
      },
    });
  });

  it('say why a phase failed, and go on with the phases behind it', async () => {
    const bench = openCodeBuild([{ fails: { phase: 'BUILD', message: 'exit status 3' } }]);
    await bench.build();
    const phases = details(bench, 'CodeBuild Build Phase Change');
    expect(phases.find((detail) => detail['completed-phase'] === 'BUILD')).toMatchObject({
      'completed-phase-status': 'FAILED',
      'completed-phase-context': '[COMMAND_EXECUTION_ERROR: exit status 3]',
      'completed-phase-duration-seconds': 10,
      'completed-phase-start': 'Jan 5, 2026 12:00:11 PM',
      'completed-phase-end': 'Jan 5, 2026 12:00:21 PM',
    });
    expect(phases.find((detail) => detail['completed-phase'] === 'PRE_BUILD')).toMatchObject({
      'completed-phase-context': '[: ]',
      'additional-information': { 'build-complete': false },
    });
    const after = phases
      .slice(7)
      .map((detail) => [detail['completed-phase'], detail['completed-phase-status']]);
    expect(after).toEqual([
      ['POST_BUILD', 'SUCCEEDED'],
      ['UPLOAD_ARTIFACTS', 'SUCCEEDED'],
      ['FINALIZING', 'SUCCEEDED'],
    ]);
    expect(details(bench, 'CodeBuild Build State Change').at(-1)?.['build-status']).toBe('FAILED');
  });

  // https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html
  it('row 71: carry the environment in plain text, as BatchGetBuilds gives it', async () => {
    const bench = openCodeBuild();
    const { id } = await bench.start({
      environmentVariablesOverride: [
        { name: 'APPNAME', value: 'other' },
        { name: 'TOKEN', value: CANARY },
        { name: 'KEY', value: '/shop/key', type: 'PARAMETER_STORE' },
      ],
    });
    const expected = [
      { name: 'APPNAME', type: 'PLAINTEXT', value: 'other' },
      { name: 'TOKEN', type: 'PLAINTEXT', value: CANARY },
      { name: 'KEY', type: 'PARAMETER_STORE', value: '/shop/key' },
    ];
    const { builds } = await bench.codebuild.send(new BatchGetBuildsCommand({ ids: [id ?? ''] }));
    expect(builds?.[0]?.environment?.environmentVariables).toEqual(expected);
    const told = bench.events.map(({ detail }) => detail['additional-information']);
    expect(told.length).toBeGreaterThan(0);
    for (const information of told) {
      expect(information).toMatchObject({ environment: { 'environment-variables': expected } });
    }
  });

  it('row 69: may be lost and may come twice, for nobody promises their delivery', async () => {
    const bench = openCodeBuild([], {
      switches: { weather: { staleReadsMs: 0, duplicateEvents: 0.5, lostEvents: 0.5, eventDelayMs: 2000 } },
    });
    const bus: string[] = [];
    const { clock, simulator } = bench;
    const call = (service: string, operation: string, input: Record<string, unknown>) =>
      simulator.answer({
        account: '123456789012',
        region: 'us-east-1',
        service,
        operation,
        input,
        caller: { client: 'test', accessKey: 'test' },
      });
    const offers = simulator.offers('123456789012', 'us-east-1');
    offers.deliverToQueue = (_queue, body) => {
      bus.push(body);
      return true;
    };
    await call('events', 'PutRule', {
      Name: 'builds',
      EventPattern: JSON.stringify({ source: ['aws.codebuild'] }),
    });
    await call('events', 'PutTargets', {
      Rule: 'builds',
      Targets: [{ Id: 'queue', Arn: 'arn:aws:sqs:us-east-1:123456789012:builds' }],
    });
    for (let count = 0; count < 5; count += 1) await bench.start();
    await clock.advance(60_000);
    const ids = bus.map((body) => (JSON.parse(body) as { id: string }).id);
    expect(new Set(ids).size).toBeLessThan(ids.length);
    expect(new Set(ids).size).toBeLessThan(bench.events.length);
  });
});
