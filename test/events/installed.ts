import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { ruleDefinitions } from '../../src/events/rules.ts';
import type { Kind } from '../../src/reconcile/key.ts';
import type { QueueBench } from '../queue/kit.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../simulator/kit.ts';

const INTAKE_ARN = `arn:aws:sqs:${DEFAULT_REGION}:${DEFAULT_ACCOUNT}:intake`;

/** Puts the installation's rules into the account, with the intake queue as their target. */
export async function installRules(bench: QueueBench, kinds: ReadonlySet<Kind>): Promise<void> {
  const { sqs, url } = bench.intakeQueue('setup');
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: INTAKE_ARN,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy } }));
  const events = new EventBridgeClient(bench.client('setup'));
  for (const { name, description, pattern, transformer } of ruleDefinitions({ prefix: '/apppack', kinds })) {
    const EventPattern = JSON.stringify(pattern);
    await events.send(new PutRuleCommand({ Name: name, Description: description, EventPattern }));
    const InputTransformer = { ...transformer, InputPathsMap: { ...transformer.InputPathsMap } };
    const Targets = [{ Id: 'intake', Arn: INTAKE_ARN, InputTransformer }];
    const put = await events.send(new PutTargetsCommand({ Rule: name, Targets }));
    if (put.FailedEntryCount !== 0) throw new Error(`${name}: ${put.FailedEntries?.[0]?.ErrorMessage}`);
  }
}
