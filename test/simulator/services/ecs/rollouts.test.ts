import { describe, expect, it } from 'vitest';
import { deploy, describe1, history, messages, openEcs, primary, shopSection, watchEvents } from './kit.ts';

describe('a healthy rolling deployment', () => {
  it('ends within 15 s and never has fewer healthy tasks than asked', async () => {
    const bench = openEcs(shopSection());
    const before = await primary(bench);
    const { service } = await deploy(bench, 'shop-web:2');
    const id = service?.deployments?.[0]?.id;
    expect(id).not.toBe(before.id);
    let fewest = 99;
    await bench.clock.waitFor(
      'the deployment to complete',
      async () => {
        const current = await describe1(bench);
        fewest = Math.min(fewest, current.runningCount ?? 0);
        return current.deployments?.[0]?.rolloutState === 'COMPLETED';
      },
      15_000,
    );
    expect(fewest).toBe(2);
    const after = await describe1(bench);
    expect(after.deployments).toHaveLength(1);
    expect(after.deployments?.[0]).toMatchObject({ id, status: 'PRIMARY', runningCount: 2, failedTasks: 0 });
    expect(after.taskDefinition).toMatch(/shop-web:2$/);
    expect((await history(bench)).map(({ status }) => status)).toEqual(['SUCCESSFUL', 'SUCCESSFUL']);
    expect((await messages(bench)).slice(0, 2)).toEqual([
      '(service shop-web) has reached a steady state.',
      `(service shop-web) (deployment ${id}) deployment completed.`,
    ]);
  });

  it('leaves no timer behind, so that time can jump', async () => {
    const bench = openEcs(shopSection());
    await deploy(bench, 'shop-web:2');
    await bench.clock.advance(60_000);
    await expect(bench.clock.waitFor('nothing', () => false, 10 * 24 * 3_600_000)).rejects.toThrow('waited');
    expect(await primary(bench)).toMatchObject({ rolloutState: 'COMPLETED', runningCount: 2 });
  });

  it.each([
    ['one after the other', { minimumHealthyPercent: 100, maximumPercent: 150 }],
    ['old tasks first', { minimumHealthyPercent: 0, maximumPercent: 100 }],
    ['half of them at a time', { minimumHealthyPercent: 50, maximumPercent: 100 }],
  ])('keeps to its percentages: %s', async (_title, deploymentConfiguration) => {
    const bench = openEcs(shopSection({ deploymentConfiguration }));
    await deploy(bench, 'shop-web:2');
    const floor = Math.ceil((2 * deploymentConfiguration.minimumHealthyPercent) / 100);
    const ceiling = Math.floor((2 * deploymentConfiguration.maximumPercent) / 100);
    await bench.clock.waitFor(
      'the deployment to complete',
      async () => {
        const { runningCount = 0, pendingCount = 0, deployments } = await describe1(bench);
        expect(runningCount).toBeGreaterThanOrEqual(floor);
        expect(runningCount + pendingCount).toBeLessThanOrEqual(ceiling);
        return deployments?.[0]?.rolloutState === 'COMPLETED';
      },
      15_000,
    );
  });

  it('says so when its percentages let nothing move', async () => {
    const bench = openEcs(
      shopSection({ deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 } }),
    );
    await deploy(bench, 'shop-web:2');
    await bench.clock.advance(600_000);
    expect(await primary(bench)).toMatchObject({ rolloutState: 'IN_PROGRESS', runningCount: 0 });
    const told = (await messages(bench)).filter((message) => message.includes('deployment configuration'));
    expect(told).toHaveLength(1);
  });
});

describe('a superseded deployment', () => {
  it('row 31: is stopped without a COMPLETED event, and the newer one completes', async () => {
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
    const bench = openEcs(shopSection());
    const take = await watchEvents(bench);
    await deploy(bench, 'shop-web:2');
    await bench.clock.advance(2000);
    const old = (await primary(bench)).id;
    await deploy(bench, 'shop-web:1');
    const newer = (await primary(bench)).id;
    expect((await history(bench)).map(({ status }) => status)).toEqual([
      'PENDING',
      'STOP_REQUESTED',
      'SUCCESSFUL',
    ]);
    await bench.clock.advance(1000);
    expect((await history(bench)).map(({ status }) => status)).toEqual([
      'IN_PROGRESS',
      'STOPPED',
      'SUCCESSFUL',
    ]);
    await bench.clock.advance(15_000);
    expect(await primary(bench)).toMatchObject({ id: newer, rolloutState: 'COMPLETED' });
    const completed = (await take())
      .filter(({ detail }) => detail.eventName === 'SERVICE_DEPLOYMENT_COMPLETED')
      .map(({ detail }) => detail.deploymentId);
    expect(completed).toEqual([newer]);
    expect(completed).not.toContain(old);
  });
});
