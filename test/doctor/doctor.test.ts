import {
  CreateTableCommand,
  DeleteTableCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteRuleCommand,
  DisableRuleCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { toAttributes } from '../../src/aws/attributes.ts';
import type { Check } from '../../src/doctor/finding.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import { createAllowing } from '../policy/enforce.ts';
import { accountIds, accountWith, list, TABLE_OF_ACCOUNTS } from '../scenario/accounts-hands.ts';
import { openStage, type Stage } from '../scenario/stage.ts';
import { worldOf } from '../scenario/worlds.ts';
import { examineStage, type Visit } from './kit.ts';

interface Mistake {
  readonly mistake: string;
  readonly check: Check;
  /** What the one finding says. */
  readonly says: RegExp;
  /** What mends it. */
  readonly mend: RegExp;
  readonly make?: (on: Stage) => Promise<unknown>;
  readonly visit?: Visit;
  /** Whether no controller runs. */
  readonly idle?: boolean;
}

const [FURTHER = ''] = accountIds(1);
const RULE = 'trimtab-intake-parameters';

const MISTAKES: readonly Mistake[] = [
  {
    mistake: 'a queue of another account and region',
    check: 'identity',
    says: /--intake-queue is of account 210987654321 and region eu-west-1; your credentials are of account 123456789012/,
    mend: /AWS_PROFILE and AWS_REGION/,
    visit: {
      settings: {
        TRIMTAB_INTAKE_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/210987654321/trimtab-intake',
      },
    },
  },
  {
    mistake: 'a role of another account',
    check: 'identity',
    says: /--events-role-arn is of account 210987654321/,
    mend: /--events-role-arn/,
    visit: { settings: { TRIMTAB_EVENTS_ROLE_ARN: 'arn:aws:iam::210987654321:role/events' } },
  },
  {
    mistake: 'another name of the intake queue',
    check: 'queues',
    says: /no queue trimtab-work-2\.fifo/,
    mend: /--work-queue/,
    visit: { settings: { TRIMTAB_WORK_QUEUE: 'trimtab-work-2.fifo' } },
  },
  {
    mistake: 'no dead-letter queue',
    check: 'queues',
    says: /trimtab-work\.fifo has no dead-letter queue/,
    mend: /set-queue-attributes .*trimtab-work-dead\.fifo/,
    make: (on) => setAttributes(on, 'trimtab-work.fifo', { RedrivePolicy: '' }),
  },
  {
    mistake: 'a visibility timeout too short to work in',
    check: 'queues',
    says: /trimtab-intake come back after 2 s/,
    mend: /VisibilityTimeout=30/,
    make: (on) => setAttributes(on, 'trimtab-intake', { VisibilityTimeout: '2' }),
  },
  {
    mistake: 'no policy on the intake queue',
    check: 'queue policy',
    says: /does not let EventBridge put in events of any rule/,
    mend: /sqs:SendMessage/,
    make: (on) => setAttributes(on, 'trimtab-intake', { Policy: '' }),
  },
  {
    mistake: 'a policy for the rules of another account',
    check: 'queue policy',
    says: /does not let EventBridge/,
    mend: /rule\/trimtab-intake-\*/,
    make: async (on) => {
      const { Policy = '' } = await attributesOf(on, 'trimtab-intake');
      await setAttributes(on, 'trimtab-intake', {
        Policy: Policy.replace(/:123456789012:rule/, ':210987654321:rule'),
      });
    },
  },
  {
    mistake: 'a rule that is gone',
    check: 'rules',
    says: /no rule trimtab-intake-deployments/,
    mend: /deploy\/ecs\.yaml/,
    make: async (on) => {
      const Rule = 'trimtab-intake-deployments';
      await on.person.events.send(new RemoveTargetsCommand({ Rule, Ids: ['intake'] }));
      await on.person.events.send(new DeleteRuleCommand({ Name: Rule }));
    },
  },
  {
    mistake: 'a rule that is disabled',
    check: 'rules',
    says: /trimtab-intake-parameters is disabled/,
    mend: /aws events enable-rule --name trimtab-intake-parameters/,
    make: (on) => on.person.events.send(new DisableRuleCommand({ Name: RULE })),
  },
  {
    mistake: 'a rule for another prefix',
    check: 'rules',
    says: /trimtab-intake-parameters has another pattern .*\/elsewhere\//,
    mend: /aws events put-rule .*\/apppack\//,
    make: async (on) => {
      const detail = { name: [{ prefix: '/elsewhere/' }], operation: ['Create', 'Update', 'Delete'] };
      const EventPattern = JSON.stringify({
        source: ['aws.ssm'],
        'detail-type': ['Parameter Store Change'],
        detail,
      });
      await on.person.events.send(new PutRuleCommand({ Name: RULE, EventPattern }));
    },
  },
  {
    mistake: 'a rule without a target',
    check: 'rules',
    says: /trimtab-intake-parameters sends to nobody/,
    mend: /aws events put-targets/,
    make: (on) => on.person.events.send(new RemoveTargetsCommand({ Rule: RULE, Ids: ['intake'] })),
  },
  {
    mistake: 'a rule that sends whole events',
    check: 'rules',
    says: /trimtab-intake-builds sends events in another form/,
    mend: /InputTransformer/,
    make: async (on) => {
      const Rule = 'trimtab-intake-builds';
      const { Targets = [] } = await on.person.events.send(new ListTargetsByRuleCommand({ Rule }));
      const whole = Targets.map(({ Id, Arn }) => ({ Id, Arn }));
      await on.person.events.send(new PutTargetsCommand({ Rule, Targets: whole }));
    },
  },
  {
    mistake: 'no table',
    check: 'table',
    says: /no table apppack here/,
    mend: /CreateTable=yes/,
    make: (on) => on.person.dynamodb.send(new DeleteTableCommand({ TableName: 'apppack' })),
    idle: true,
  },
  {
    mistake: 'a table with other keys',
    check: 'table',
    says: /orders has other keys/,
    mend: /--table/,
    make: async (on) => {
      await on.person.dynamodb.send(
        new CreateTableCommand({
          TableName: 'orders',
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        }),
      );
      await on.clock.advance(20_000);
    },
    visit: { settings: { TRIMTAB_TABLE: 'orders' } },
  },
  {
    mistake: 'a permission that is missing',
    check: 'permissions',
    says: /not allowed: ecs:DeleteService$/,
    mend: /ControllerPolicy/,
    make: async (on) => {
      on.simulator.switches.denials.push({ action: 'ecs:DeleteService', resource: '*' });
    },
  },
  {
    mistake: 'a further account that asks for another external id',
    check: 'accounts',
    says: /nothing can be read in account 100000000001, region us-east-1: access is denied/,
    mend: /external_id on the list/,
    make: async (on) => {
      await list(on, [FURTHER]);
      await on.person.dynamodb.send(
        new UpdateItemCommand({
          TableName: 'apppack',
          Key: toAttributes({ primary_id: `ACCT#${FURTHER}`, secondary_id: '-' }),
          UpdateExpression: 'SET external_id = :other',
          ExpressionAttributeValues: toAttributes({ ':other': 'a guess' }),
        }),
      );
    },
    visit: { settings: TABLE_OF_ACCOUNTS },
  },
  {
    mistake: 'an entry of a further account that makes no sense',
    check: 'accounts',
    says: /ACCT#100000000001: .*role_arn/,
    mend: /what an entry looks like/,
    make: (on) =>
      on.person.dynamodb.send(
        new PutItemCommand({
          TableName: 'apppack',
          Item: toAttributes({ primary_id: `ACCT#${FURTHER}`, secondary_id: '-', region: 'us-east-1' }),
        }),
      ),
    visit: { settings: TABLE_OF_ACCOUNTS },
  },
  {
    mistake: 'a clock that is ten minutes ahead',
    check: 'clock',
    says: /600 s ahead of AWS's/,
    mend: /network/,
    visit: { skewMs: 600_000 },
  },
  {
    mistake: 'a clock that is a minute behind',
    check: 'clock',
    says: /60 s behind AWS's/,
    mend: /network/,
    visit: { skewMs: -60_000 },
  },
  {
    mistake: 'a controller that does not run',
    check: 'round trip',
    says: /nobody works on the queue trimtab-work\.fifo/,
    mend: /trimtab run/,
    idle: true,
  },
  {
    mistake: 'events that do not arrive although all looks well',
    check: 'round trip',
    says: /no event told it/,
    mend: /FailedInvocations/,
    make: async (on) => {
      on.simulator.switches.weather = { ...on.simulator.switches.weather, lostEvents: 1 };
    },
  },
  {
    mistake: 'a message nobody could handle',
    check: 'dead letters',
    says: /trimtab-intake-dead holds 1 message/,
    mend: /start-message-move-task/,
    make: async (on) => {
      const QueueUrl = await urlOf(on, 'trimtab-intake-dead');
      await on.person.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '?' }));
    },
  },
];

let stage: Stage | undefined;

afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

async function open(idle = false): Promise<Stage> {
  stage = await openStage({ sections: worldOf({ shop: {} }), others: [accountWith(FURTHER, [])] });
  if (!idle) await stage.start();
  await stage.clock.advance(20_000);
  return stage;
}

describe('the doctor', () => {
  it('finds nothing wrong with a sound installation, and leaves nothing behind', async () => {
    const on = await open();
    expect(await examineStage(on)).toEqual({ findings: [], unseen: [] });
    await on.clock.advance(60_000);
    const left = await on.person.ssm.send(
      new GetParametersByPathCommand({ Path: '/apppack/apps/trimtab-doctor', Recursive: true }),
    );
    expect(left.Parameters).toEqual([]);
    expect(
      on.simulator.calls
        .filter(({ service, code }) => service === 'ecs' && code === 'OK')
        .map(({ operation }) => operation),
    ).not.toContain('CreateService');
  });

  it.each(MISTAKES)('tells of $mistake, and of nothing else', async ({ check, says, mend, ...one }) => {
    const on = await open(one.idle);
    await one.make?.(on);
    const { findings } = await examineStage(on, one.visit);
    expect(findings.map((finding) => finding.check)).toEqual([check]);
    expect(findings[0]?.message).toMatch(says);
    expect(findings[0]?.mend).toMatch(mend);
  });

  it('finds nothing wrong with a further account whose role lets it in', async () => {
    const on = await open();
    await list(on, [FURTHER]);
    expect(await examineStage(on, { settings: TABLE_OF_ACCOUNTS })).toEqual({ findings: [], unseen: [] });
  });

  it('finds a mistake in each of several places at once', async () => {
    const on = await open(true);
    await on.person.sqs.send(new DeleteQueueCommand({ QueueUrl: await urlOf(on, 'trimtab-work.fifo') }));
    await on.person.events.send(new DisableRuleCommand({ Name: RULE }));
    const { findings } = await examineStage(on);
    expect(findings.map(({ check }) => check)).toEqual(['queues', 'rules']);
  });

  it("needs, as the controller's role, nothing that the shipped policy lacks, and says what it could not look at", async () => {
    const on = await open();
    const allowing = createAllowing({ account: DEFAULT_ACCOUNT, region: DEFAULT_REGION });
    on.simulator.switches.permits = (request) => request.client !== 'role' || allowing(request).length > 0;
    const { findings, unseen } = await examineStage(on, { client: 'role' });
    expect(findings).toEqual([]);
    const matters = unseen.map((one) => one.slice(0, one.indexOf(':')));
    expect(new Set(matters)).toEqual(new Set(['rules', 'dead letters', 'round trip']));
  });
});

async function urlOf(on: Stage, name: string): Promise<string> {
  const { QueueUrl = '' } = await on.person.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
  return QueueUrl;
}

async function attributesOf(on: Stage, name: string): Promise<Partial<Record<string, string>>> {
  const QueueUrl = await urlOf(on, name);
  const { Attributes } = await on.person.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  return Attributes ?? {};
}

async function setAttributes(on: Stage, name: string, Attributes: Record<string, string>): Promise<void> {
  const QueueUrl = await urlOf(on, name);
  await on.person.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
}
