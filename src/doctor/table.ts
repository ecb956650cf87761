import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { toAttributes } from '../aws/attributes.ts';
import { statusKey } from '../store/table.ts';
import { ask, type Look, SOUND, unanswered } from './finding.ts';
import type { Ground } from './ground.ts';
import { probeKey } from './probe.ts';

/** Looks whether the table is there and has the keys records are filed under. */
export async function lookAtTable(ground: Ground): Promise<Look> {
  const { clients, config } = ground.connection;
  const { partition, sort } = statusKey(probeKey(ground.connection));
  const Key = toAttributes({ primary_id: partition, secondary_id: sort });
  const answer = await ask(
    clients.dynamodb.send(new GetItemCommand({ TableName: config.table, Key, ConsistentRead: true })),
  );
  if (answer.type === 'told') return SOUND;
  if (answer.type === 'missing') {
    return about(
      `there is no table ${config.table} here (--table)`,
      'Make it with the stack of deploy/ecs.yaml (CreateTable=yes), or say with --table which one it is.',
    );
  }
  if (answer.type === 'failed' && answer.code === 'ValidationException') {
    return about(
      `the table ${config.table} has other keys than primary_id (hash, text) and secondary_id (range, text)`,
      'Keys of a table cannot be changed: make another one (deploy/ecs.yaml shows it) and name it with --table.',
    );
  }
  return unanswered('table', `read an item of the table ${config.table}`, answer);
}

function about(message: string, mend: string): Look {
  return { findings: [{ check: 'table', message, mend }], unseen: [] };
}
