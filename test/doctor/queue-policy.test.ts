import { describe, expect, it } from 'vitest';
import { letsRuleSend } from '../../src/doctor/queue-policy.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:trimtab-intake';
const RULE = 'arn:aws:events:us-east-1:123456789012:rule/trimtab-intake-parameters';
const delivery = { queueArn: QUEUE, ruleArn: RULE, account: '123456789012' };

const ALLOW = {
  Effect: 'Allow',
  Principal: { Service: 'events.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: QUEUE,
};
const INSECURE = {
  Effect: 'Deny',
  Principal: '*',
  Action: 'sqs:*',
  Resource: QUEUE,
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};

function policy(...Statement: readonly unknown[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

function where(operator: string, key: string, value: unknown): unknown {
  return { ...ALLOW, Condition: { [operator]: { [key]: value } } };
}

describe('a queue policy', () => {
  it.each([
    ['a statement without conditions', policy(ALLOW)],
    ['one statement that is not in a list', JSON.stringify({ Statement: ALLOW })],
    [
      'actions and services in lists',
      policy({ ...ALLOW, Action: ['sqs:SendMessage'], Principal: { Service: ['events.amazonaws.com'] } }),
    ],
    ['a pattern of rules', policy(where('ArnLike', 'aws:SourceArn', RULE.replace('parameters', '*')))],
    ['the rule among others', policy(where('ArnEquals', 'aws:SourceArn', ['arn:x', RULE]))],
    ['the account', policy(where('StringEquals', 'AWS:SourceAccount', '123456789012'))],
    ['a refusal of what is not encrypted beside it', policy(ALLOW, INSECURE)],
  ])('lets a rule send by %s', (_name, text) => {
    expect(letsRuleSend(text, delivery)).toBe(true);
  });

  it.each([
    ['there is none', undefined],
    ['it is empty', ''],
    ['it is no JSON', '{'],
    ['it is for another service', policy({ ...ALLOW, Principal: { Service: 'sns.amazonaws.com' } })],
    ['it is for an account', policy({ ...ALLOW, Principal: { AWS: '123456789012' } })],
    ['it is about another action', policy({ ...ALLOW, Action: 'sqs:ReceiveMessage' })],
    ['it is about another queue', policy({ ...ALLOW, Resource: `${QUEUE}-dead` })],
    ['it is for another rule', policy(where('ArnEquals', 'aws:SourceArn', `${RULE}-2`))],
    [
      'it takes a pattern for a text',
      policy(where('StringEquals', 'aws:SourceArn', RULE.replace('parameters', '*'))),
    ],
    [
      'it depends on what EventBridge does not say',
      policy(where('StringEquals', 'aws:PrincipalOrgID', 'o-1')),
    ],
    ['another statement refuses it', policy(ALLOW, { ...ALLOW, Effect: 'Deny' })],
  ])('does not when %s', (_name, text) => {
    expect(letsRuleSend(text, delivery)).toBe(false);
  });
});
