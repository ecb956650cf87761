import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, it } from 'vitest';
import { toAttributes } from '../../src/aws/attributes.ts';
import { item } from '../contract/installation.ts';
import { exactly, put } from './hands.ts';
import { openStage, type Stage } from './stage.ts';
import { worldOf } from './worlds.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

const process = (name: string, command: string) => ({
  name,
  cpu: '512',
  memory: '1024',
  min_processes: 1,
  max_processes: 1,
  state: 'running',
  command,
});
/** As the orchestrator before us left it. */
const BEFORE = {
  phase: 'deploy',
  processes: [process('web', 'bin/web'), process('worker', 'bin/work'), process('gone', 'bin/gone')],
  build_id: 'shop:1',
  last_update: 1_760_000_000,
  commit: 'abc',
  build_number: 12,
  failed: false,
};

async function shop(): Promise<Stage> {
  const options = { scaling: { web: exactly(1) }, services: { web: {}, worker: {} } };
  const on = await openStage({ sections: worldOf({ shop: options }) });
  stage = on;
  const Item = toAttributes({ primary_id: 'APP#shop', secondary_id: 'DEPLOYSTATUS', value: BEFORE });
  await on.person.dynamodb.send(new PutItemCommand({ TableName: 'apppack', Item }));
  await on.start();
  await on.clock.advance(60_000);
  return on;
}

const shown = async (on: Stage) => (await item(on, 'APP#shop', 'DEPLOYSTATUS')).value;

describe('what apppack ps shows of an app that another orchestrator deployed', () => {
  it('is left alone as long as it is right', async () => {
    const on = await shop();
    await on.clock.advance(330_000);
    expect(await item(on, 'APP#shop', 'DEPLOYSTATUS')).toEqual({
      primary_id: 'APP#shop',
      secondary_id: 'DEPLOYSTATUS',
      value: BEFORE,
    });
  });

  it('has the counts and sizes of every change within seconds, and all else as it was', async () => {
    const on = await shop();
    await put(on, 'shop/scaling', { web: exactly(3) });
    await on.clock.advance(10_000);
    const [web, worker, gone] = BEFORE.processes;
    const three = { ...web, min_processes: 3, max_processes: 3 };
    expect(await shown(on)).toEqual({
      ...BEFORE,
      last_update: expect.any(Number),
      processes: [three, worker, gone],
    });
    await put(on, 'shop/scaling', { web: exactly(2, { cpu: 1024, memory: 2048, max_processes: 4 }) });
    await on.clock.advance(10_000);
    const range = { ...web, cpu: '1024', memory: '2048', min_processes: 2, max_processes: 4 };
    expect(await shown(on)).toMatchObject({ processes: [range, worker, gone] });
    // By hand, where `scaling` says nothing: of that no event tells.
    const update = { cluster: 'main', service: 'shop-worker', desiredCount: 2 };
    await on.person.ecs.send(new UpdateServiceCommand(update));
    await on.clock.advance(330_000);
    const two = { ...worker, min_processes: 2, max_processes: 2 };
    expect(await shown(on)).toMatchObject({ processes: [range, two, gone] });
  });
});
