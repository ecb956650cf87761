import { readFileSync } from 'node:fs';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeRuleCommand, ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { inspectApps } from '../../src/compose.ts';
import { readStatements, renderPolicy, usualNames } from '../policy/source.ts';
import { openStage, type Stage } from '../scenario/stage.ts';
import { policyBlock, rulesBlock, splice, spliceTable, statementTable } from './render.ts';
import { resourcesOf, templatePath, templateText } from './template.ts';

const NAMES = usualNames({ account: '123456789012', region: 'us-east-1' });
const statements = readStatements();
const account = statements.filter(({ where }) => where === 'account');
/** A managed policy's, white space not counted. Source: IAM reference_iam-quotas.html */
const POLICY_CHARACTERS_MAX = 6144;

describe('the templates', () => {
  it('of the installation has the policy and the rules of the program (run with -u to write them)', async () => {
    const written = splice(templateText('ecs.yaml'), 'policy', policyBlock(statements));
    const whole = splice(written, 'rules', rulesBlock('queue'));
    await expect(whole).toMatchFileSnapshot(templatePath('ecs.yaml'));
  });

  it('of a further account has what of the policy is about accounts, and sends on what there are rules for', async () => {
    const written = splice(templateText('account.yaml'), 'policy', policyBlock(account));
    const whole = splice(written, 'rules', rulesBlock('bus'));
    await expect(whole).toMatchFileSnapshot(templatePath('account.yaml'));
  });

  it('stand beside a page that says what each statement is for', async () => {
    const path = new URL('../../docs/security.md', import.meta.url).pathname;
    const page = spliceTable(readFileSync(path, 'utf8'), 'statements', statementTable(statements));
    await expect(page).toMatchFileSnapshot(path);
  });

  it.each([
    ['ecs.yaml', 'ControllerPolicy', statements],
    ['account.yaml', 'AccountPolicy', account],
  ] as const)('%s gives exactly the policy the scenarios run under', (file, resource, tested) => {
    const document = resourcesOf(file, NAMES)[resource]?.Properties.PolicyDocument;
    expect(document).toEqual(renderPolicy(tested, NAMES));
    expect(JSON.stringify(document).length).toBeLessThan(POLICY_CHARACTERS_MAX);
  });
});

interface Target {
  readonly Id: string;
  readonly InputTransformer: unknown;
}

/** What a simulated installation gets, which is what the whole suite runs on, is what the template makes. */
describe('the template of the installation', () => {
  const resources = resourcesOf('ecs.yaml', NAMES);

  it('makes the rules that scenarios run with', async () => {
    const on = await openStage();
    const rules = Object.values(resources).filter(({ Type }) => Type === 'AWS::Events::Rule');
    const { Rules = [] } = await on.person.events.send(new ListRulesCommand({}));
    expect(rules.map(({ Properties }) => Properties.Name).sort()).toEqual(
      Rules.map(({ Name }) => Name).sort(),
    );
    for (const { Properties } of rules) {
      const Name = String(Properties.Name);
      const made = await on.person.events.send(new DescribeRuleCommand({ Name }));
      expect(JSON.parse(made.EventPattern ?? '')).toEqual(Properties.EventPattern);
      const { Targets = [] } = await on.person.events.send(new ListTargetsByRuleCommand({ Rule: Name }));
      const [target] = Properties.Targets as Target[];
      expect(target).toMatchObject({ Id: Targets[0]?.Id, InputTransformer: Targets[0]?.InputTransformer });
    }
    await on.stop();
  });

  it('makes the queues and the table that scenarios run with', async () => {
    const on = await openStage();
    for (const name of ['IntakeQueue', 'IntakeDeadQueue', 'WorkQueue', 'WorkDeadQueue']) {
      const { QueueName, ...properties } = resources[name]?.Properties ?? {};
      const made = await attributesOf(on, String(QueueName));
      const { VisibilityTimeout, MessageRetentionPeriod, FifoQueue, RedrivePolicy } = properties;
      if (VisibilityTimeout !== undefined) expect(made.VisibilityTimeout).toBe(String(VisibilityTimeout));
      if (MessageRetentionPeriod !== undefined)
        expect(made.MessageRetentionPeriod).toBe(String(MessageRetentionPeriod));
      expect(made.FifoQueue ?? 'false').toBe(String(FifoQueue ?? false));
      if (RedrivePolicy === undefined) continue;
      const { maxReceiveCount } = JSON.parse(made.RedrivePolicy ?? '{}') as { maxReceiveCount: number };
      expect((RedrivePolicy as { maxReceiveCount: number }).maxReceiveCount).toBe(maxReceiveCount);
    }
    const { Table } = await on.person.dynamodb.send(new DescribeTableCommand({ TableName: 'apppack' }));
    expect(resources.Table?.Properties).toMatchObject({
      KeySchema: Table?.KeySchema,
      AttributeDefinitions: Table?.AttributeDefinitions,
    });
    await on.stop();
  });
});

describe('the template of an app', () => {
  it('puts settings and users that trimtab takes', async () => {
    const { Settings, UserList } = resourcesOf('app.yaml', { Prefix: '/apppack', App: 'shop' });
    const [text = ''] = (Settings?.Properties.Value ?? []) as string[];
    const filled = text
      .replace(`\${UserRole}`, '"user_role_arn": "arn:aws:iam::123456789012:role/shop-users", ')
      .replaceAll(/\$\{\w+Arn\}/g, 'arn:aws:iam::123456789012:role/trimtab/shop-events')
      .replaceAll(/\$\{AssignPublicIp\}/g, 'DISABLED')
      .replaceAll(/\$\{\w+\}/g, 'main');
    const on = await openStage({ sections: { ecs: { clusters: [{ name: 'main' }] } } });
    const put = (resource: typeof Settings, Value: string) =>
      on.person.ssm.send(
        new PutParameterCommand({
          Name: String(resource?.Properties.Name),
          Type: resource?.Properties.Type === 'StringList' ? 'StringList' : 'String',
          Value,
        }),
      );
    await put(Settings, filled);
    await put(UserList, 'ann@example.com,bob@example.com');
    await on.clock.advance(60_000);
    const inspections = await on.drive(inspectApps(await on.visit(), ['shop', 'access/shop']));
    const conditions = inspections.flatMap((inspection) => inspection.conditions);
    expect(conditions.map(({ reason }) => reason)).toEqual(['NoScaling']);
    await on.stop();
  });
});

async function attributesOf(on: Stage, name: string): Promise<Partial<Record<string, string>>> {
  const { QueueUrl } = await on.person.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
  const { Attributes } = await on.person.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  return Attributes ?? {};
}
