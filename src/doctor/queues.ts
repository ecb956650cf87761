import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { ask, type Finding, join, type Look, SOUND, unanswered } from './finding.ts';
import type { Ground, QueueNames } from './ground.ts';
import { letsRuleSend } from './queue-policy.ts';

/** A pass takes a while and heartbeats; less leaves no time for them. */
const VISIBILITY_SECONDS_MIN = 30;

export interface QueuesLook extends Look {
  /** Whether events can come in as far as queues go. */
  readonly usable: boolean;
}

/** Looks at both queues, their dead-letter queues, and who may put events into the first. */
export async function lookAtQueues(ground: Ground): Promise<QueuesLook> {
  const [intake, work] = await Promise.all([
    readQueue(ground, ground.intake),
    readQueue(ground, ground.work),
  ]);
  const looks = [judge(ground.intake, intake), judge(ground.work, work)];
  const policy = intake.type === 'told' ? judgePolicy(ground, intake.value) : SOUND;
  const dead = await Promise.all(
    [ground.intake, ground.work].map((queue) => lookAtDeadLetters(ground, queue)),
  );
  const whole = join([...looks, policy, ...dead]);
  const usable = intake.type === 'told' && work.type === 'told' && policy.findings.length === 0;
  return { ...whole, usable };
}

type Attributes = Readonly<Partial<Record<string, string>>>;

async function readQueue(ground: Ground, queue: QueueNames, name = queue.name) {
  const { sqs } = ground.connection.clients;
  return ask(
    (async (): Promise<Attributes> => {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      );
      return Attributes ?? {};
    })(),
  );
}

function judge(queue: QueueNames, answer: Awaited<ReturnType<typeof readQueue>>): Look {
  if (answer.type === 'missing') {
    return found('queues', `there is no queue ${queue.name} here (${queue.setting})`, stackAgain(queue));
  }
  if (answer.type !== 'told') return unanswered('queues', `read the attributes of ${queue.name}`, answer);
  return { findings: [...judgeRedrive(queue, answer.value), ...judgeTimes(queue, answer.value)], unseen: [] };
}

function judgeRedrive(queue: QueueNames, attributes: Attributes): readonly Finding[] {
  if (attributes.RedrivePolicy !== undefined) return [];
  const policy = JSON.stringify({ deadLetterTargetArn: queue.deadArn, maxReceiveCount: '10' });
  const attribute = JSON.stringify({ RedrivePolicy: policy });
  return [
    {
      check: 'queues',
      message: `${queue.name} has no dead-letter queue: a message nobody can handle comes back for ever`,
      mend: `Make ${queue.deadName}, then: aws sqs set-queue-attributes --queue-url "$(aws sqs get-queue-url --queue-name ${queue.name} --query QueueUrl --output text)" --attributes '${attribute}'`,
    },
  ];
}

function judgeTimes(queue: QueueNames, attributes: Attributes): readonly Finding[] {
  const seconds = Number(attributes.VisibilityTimeout ?? VISIBILITY_SECONDS_MIN);
  if (seconds >= VISIBILITY_SECONDS_MIN) return [];
  return [
    {
      check: 'queues',
      message: `messages of ${queue.name} come back after ${seconds} s, before a pass can say that it is still at work`,
      mend: `aws sqs set-queue-attributes --queue-url "$(aws sqs get-queue-url --queue-name ${queue.name} --query QueueUrl --output text)" --attributes VisibilityTimeout=${VISIBILITY_SECONDS_MIN}`,
    },
  ];
}

function judgePolicy(ground: Ground, attributes: Attributes): Look {
  const { account } = ground.connection;
  const refused = ground.rules.filter(
    (rule) =>
      !letsRuleSend(attributes.Policy, {
        queueArn: ground.intake.arn,
        ruleArn: ground.ruleArn(rule),
        account,
      }),
  );
  if (refused.length === 0) return SOUND;
  const which =
    refused.length === ground.rules.length
      ? 'any rule'
      : refused.map((rule) => ground.ruleName(rule)).join(', ');
  const pattern = ground.intake.arn
    .replace(':sqs:', ':events:')
    .replace(/[^:]*$/, `rule/${ground.intake.name}-*`);
  return found(
    'queue policy',
    `the policy of ${ground.intake.name} does not let EventBridge put in events of ${which}; they are dropped without a word`,
    `Update the stack of deploy/ecs.yaml, or allow events.amazonaws.com sqs:SendMessage on ${ground.intake.arn} where aws:SourceArn is like ${pattern}`,
  );
}

async function lookAtDeadLetters(ground: Ground, queue: QueueNames): Promise<Look> {
  const answer = await readQueue(ground, queue, queue.deadName);
  if (answer.type === 'missing') return SOUND;
  if (answer.type !== 'told')
    return unanswered('dead letters', `read the attributes of ${queue.deadName}`, answer);
  const letters = Number(answer.value.ApproximateNumberOfMessages ?? 0);
  if (letters === 0) return SOUND;
  return found(
    'dead letters',
    `${queue.deadName} holds ${letters} message${letters === 1 ? '' : 's'} nobody could handle`,
    `docs/runbooks.md says how to look at them. To have them tried again: aws sqs start-message-move-task --source-arn ${queue.deadArn}`,
  );
}

function stackAgain(queue: QueueNames): string {
  return `Make it with the stack of deploy/ecs.yaml, or say with ${queue.setting} which queue it is; are account and region right?`;
}

function found(check: Finding['check'], message: string, mend: string): Look {
  return { findings: [{ check, message, mend }], unseen: [] };
}
