import { DeleteParameterCommand, GetParametersCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { type Connection, requestPass } from '../compose.ts';
import { sleep } from '../reconcile/ports.ts';
import type { Status } from '../reconcile/status.ts';
import { ask, type Finding, join, type Look, SOUND, unanswered } from './finding.ts';
import type { Ground } from './ground.ts';
import { PROBE_APP, probeKey } from './probe.ts';

/** An event takes about a second; so much more is no delay any longer. */
const EVENT_MS = 30_000;
const REQUEST_MS = 15_000;
const READ_MS = 10_000;
const FORGET_MS = 15_000;
const LOOK_MS = 500;
/** AWS refuses signatures that are five minutes off; leases and quiet times suffer before that. */
const CLOCK_MS = 30_000;

/**
 * Puts a parameter of an app nobody has and waits until a running controller has seen it, which takes the event, rule,
 * queues, worker and table. The parameter is taken away again, and with it what is remembered of it.
 */
export async function tryRoundTrip(ground: Ground, usable: boolean): Promise<Look> {
  const { clients, config, clock } = ground.connection;
  const Name = `${config.prefix}/apps/${PROBE_APP}/settings`;
  const revision = await revisionOf(ground);
  const before = clock.now();
  const put = await ask(
    clients.ssm.send(new PutParameterCommand({ Name, Value: '{}', Type: 'String', Overwrite: true })),
  );
  if (put.type !== 'told') return unanswered('round trip', `put the parameter ${Name}`, put);
  try {
    const about = await lookAtClock(ground, Name, { before, after: clock.now() });
    if (!usable) return about;
    return join([about, await waitForPass(ground, Name, revision)]);
  } finally {
    await ask(clients.ssm.send(new DeleteParameterCommand({ Name })));
    // So that who asks again at once is not told of this time.
    if (usable) await comesTrue(ground, (status) => status.revision === 0, FORGET_MS);
  }
}

async function revisionOf({ connection }: Ground): Promise<number> {
  const answer = await ask(connection.statuses.read(probeKey(connection)));
  return answer.type === 'told' ? answer.value.revision : 0;
}

async function lookAtClock(
  { connection }: Ground,
  name: string,
  ours: { readonly before: number; readonly after: number },
): Promise<Look> {
  const at = await writtenAt(connection, name);
  if (at === undefined) return { findings: [], unseen: [`clock: ${name} was not there to read`] };
  const off = at < ours.before ? ours.before - at : Math.min(0, ours.after - at);
  if (Math.abs(off) <= CLOCK_MS) return SOUND;
  const seconds = Math.round(Math.abs(off) / 1000);
  return found(
    'clock',
    `this machine's clock is ${seconds} s ${off > 0 ? 'ahead of' : 'behind'} AWS's`,
    'Let the machine get its time from the network (chrony, or timedatectl set-ntp true).',
  );
}

/** When AWS says that a parameter was written; a fresh one may take a moment to be found. */
async function writtenAt({ clients, clock }: Connection, name: string): Promise<number | undefined> {
  for (const end = clock.now() + READ_MS; ; await sleep(clock, LOOK_MS)) {
    const answer = await ask(clients.ssm.send(new GetParametersCommand({ Names: [name] })));
    const at = answer.type === 'told' ? answer.value.Parameters?.[0]?.LastModifiedDate : undefined;
    if (at !== undefined || clock.now() >= end) return at?.getTime();
  }
}

async function waitForPass(ground: Ground, name: string, revision: number): Promise<Look> {
  const { connection } = ground;
  const key = probeKey(connection);
  const sees = (status: Status) => status.revision > revision;
  if (await comesTrue(ground, sees, EVENT_MS)) return SOUND;
  const { id } = await requestPass(connection, key);
  const works = await comesTrue(
    ground,
    ({ handledRequests }) => handledRequests?.includes(id) === true,
    REQUEST_MS,
  );
  if (works) {
    return found(
      'round trip',
      `a controller works, but no event told it of ${name} within ${EVENT_MS / 1000} s`,
      'Look at the metrics Invocations and FailedInvocations of the rule, and whether a policy of the organization keeps EventBridge from the queue.',
    );
  }
  return found(
    'round trip',
    `nobody works on the queue ${ground.work.name}: a request waited ${REQUEST_MS / 1000} s in vain`,
    'Start trimtab (trimtab run), or look at why its tasks do not stay: aws ecs describe-services, and the log group /trimtab/…. Has it the same --intake-queue, --work-queue and --table?',
  );
}

async function comesTrue(
  { connection }: Ground,
  is: (status: Status) => boolean,
  limitMs: number,
): Promise<boolean> {
  const { statuses, clock } = connection;
  const key = probeKey(connection);
  for (const end = clock.now() + limitMs; ; await sleep(clock, LOOK_MS)) {
    const answer = await ask(statuses.read(key));
    if (answer.type === 'told' && is(answer.value)) return true;
    if (clock.now() >= end) return false;
  }
}

function found(check: Finding['check'], message: string, mend: string): Look {
  return { findings: [{ check, message, mend }], unseen: [] };
}
