import type { Connection } from '../compose.ts';
import { KINDS_AT_WORK } from '../compose.ts';
import { accessPaths } from '../events/parameters.ts';
import { type RuleDefinition, ruleDefinitions } from '../events/rules.ts';
import { deadLetterName, queueName } from '../installation.ts';

/** Names an installation should have, made of its settings. */
export interface Ground {
  readonly connection: Connection;
  readonly intake: QueueNames;
  readonly work: QueueNames;
  readonly rules: readonly RuleDefinition[];
  ruleName(definition: RuleDefinition): string;
  ruleArn(definition: RuleDefinition): string;
}

export interface QueueNames {
  readonly name: string;
  readonly setting: string;
  readonly arn: string;
  readonly deadName: string;
  readonly deadArn: string;
}

/** What the settings of a connection say there should be. */
export function createGround(connection: Connection): Ground {
  const { config, account, region } = connection;
  const partition = partitionOf(region);
  const arn = (service: string, resource: string) =>
    `arn:${partition}:${service}:${region}:${account}:${resource}`;
  const queue = (given: string, setting: string): QueueNames => {
    const name = queueName(given);
    const deadName = deadLetterName(name);
    return { name, setting, arn: arn('sqs', name), deadName, deadArn: arn('sqs', deadName) };
  };
  const intake = queue(config.intakeQueue, '--intake-queue');
  const ruleName = (definition: RuleDefinition) => `${intake.name}-${definition.name}`;
  return {
    connection,
    intake,
    work: queue(config.workQueue, '--work-queue'),
    rules: ruleDefinitions({
      prefix: config.prefix,
      kinds: KINDS_AT_WORK,
      accessPaths: accessPaths(config),
    }),
    ruleName,
    ruleArn: (definition) => arn('events', `rule/${ruleName(definition)}`),
  };
}

/** Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
