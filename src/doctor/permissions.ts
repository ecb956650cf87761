import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { isDenied } from '../aws/errors.ts';
import { dryCalls } from './dry-calls.ts';
import { ask, type Look, SOUND } from './finding.ts';
import type { Ground } from './ground.ts';

/** Tries every permission that can be tried without effect, as whoever runs the doctor. */
export async function lookAtPermissions(ground: Ground): Promise<Look> {
  const { mode } = ground.connection.config;
  const calls = dryCalls(ground, await queueUrls(ground)).filter(({ writes }) => mode === 'act' || !writes);
  const denied = new Set<string>();
  await Promise.all(
    calls.map(async ({ action, send }) => {
      try {
        await send();
      } catch (error) {
        // Every other error comes from behind the check of permissions: what was asked for is nonsense.
        if (isDenied(error)) denied.add(action);
      }
    }),
  );
  if (denied.size === 0) return SOUND;
  const actions = [...denied].sort().join(', ');
  return {
    findings: [
      {
        check: 'permissions',
        message: `not allowed: ${actions}`,
        mend: 'Attach ControllerPolicy of deploy/ecs.yaml to the role trimtab runs as; deploy/policy.json says what each permission is for. A denial that stays comes from a boundary or from the organization.',
      },
    ],
    unseen: [],
  };
}

async function queueUrls({ connection, intake, work }: Ground): Promise<readonly string[]> {
  const { sqs } = connection.clients;
  const answers = await Promise.all(
    [intake, work].map(({ name }) => ask(sqs.send(new GetQueueUrlCommand({ QueueName: name })))),
  );
  return answers.flatMap((answer) => (answer.type === 'told' ? (answer.value.QueueUrl ?? []) : []));
}
