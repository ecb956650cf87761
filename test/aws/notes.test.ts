import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { expect, it } from 'vitest';
import { areAnsweredAlike, takeNotes } from '../../src/aws/notes.ts';
import { createReader, type Reader } from '../../src/aws/reader.ts';
import { createTaskDefinitionCache } from '../../src/aws/task-definitions.ts';
import { countCalls, openAccount } from './reading-kit.ts';

const SCALING = '/apppack/apps/shop/scaling';
const CONFIG = '/apppack/apps/shop/config';

function openShop() {
  const { bench, clients } = openAccount({
    ssm: {
      parameters: {
        [SCALING]: { value: '{}' },
        [`${CONFIG}/KEY`]: { value: 'canary', type: 'SecureString' },
      },
    },
    ecs: {
      clusters: [{ name: 'main', containerInstances: 1 }],
      taskDefinitions: [
        { family: 'shop-web', containerDefinitions: [{ name: 'web', image: 'nginx', memory: 128 }] },
      ],
      services: [{ cluster: 'main', name: 'shop-web', taskDefinition: 'shop-web:1', desiredCount: 0 }],
    },
  });
  const taskDefinitions = createTaskDefinitionCache();
  const newReader = () => createReader(clients, { table: 'apppack', taskDefinitions });
  return { bench, newReader, person: new SSMClient(bench.client('person')) };
}

/** Documents, config and a service, some of them twice. */
async function look(reader: Reader): Promise<void> {
  await Promise.all([
    reader.parameters([SCALING, '/apppack/apps/shop/release']),
    reader.parameterNames(CONFIG),
    reader.services('main', ['shop-web', 'shop-worker']),
  ]);
  await reader.parameterNames(CONFIG);
}

async function notesOf(reader: Reader, looking: (reader: Reader) => Promise<unknown>) {
  const taker = takeNotes(reader);
  await looking(taker.reader);
  return (await taker.notes()) ?? [];
}

it('asks for everything that notes were taken of, and finds it as it was', async () => {
  const { bench, newReader } = openShop();
  const notes = await notesOf(newReader(), look);
  const asked = countCalls(bench.simulator.calls);
  bench.simulator.calls.length = 0;

  expect(await areAnsweredAlike(newReader(), notes)).toBe(true);

  expect(countCalls(bench.simulator.calls)).toEqual(asked);
});

it.each([
  [
    'was put again',
    async (person: SSMClient) => {
      await person.send(new PutParameterCommand({ Name: SCALING, Value: '{}', Overwrite: true }));
    },
  ],
  [
    'went',
    async (person: SSMClient) => {
      await person.send(new DeleteParameterCommand({ Name: SCALING }));
    },
  ],
  [
    'came',
    async (person: SSMClient) => {
      await person.send(new PutParameterCommand({ Name: `${CONFIG}/NEW`, Value: 'x', Type: 'String' }));
    },
  ],
])('notices that a parameter %s', async (_what, change) => {
  const { newReader, person } = openShop();
  const notes = await notesOf(newReader(), look);
  await change(person);
  expect(await areAnsweredAlike(newReader(), notes)).toBe(false);
});

it('takes no notes of what would cost a call each time it is asked again', async () => {
  const { newReader } = openShop();
  const taker = takeNotes(newReader());
  await look(taker.reader);
  await taker.reader.newestTaskDefinition('shop-web');
  expect(await taker.notes()).toBeUndefined();
});
