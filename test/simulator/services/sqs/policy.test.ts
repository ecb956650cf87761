import { describe, expect, it } from 'vitest';
import { policyAllows } from '../../../../src/simulator/services/sqs/policy.ts';
import { arnOf } from './kit.ts';

const rule = 'arn:aws:events:us-east-1:123456789012:rule/trimtab-ssm';
const request = {
  service: 'events.amazonaws.com',
  action: 'sqs:SendMessage',
  resource: arnOf('intake'),
  sourceArn: rule,
  sourceAccount: '123456789012',
};

const statement = {
  Effect: 'Allow',
  Principal: { Service: 'events.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: arnOf('intake'),
};

const allows = (...statements: unknown[]) =>
  policyAllows(JSON.stringify({ Version: '2012-10-17', Statement: statements }), request);

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
describe('a queue policy', () => {
  it.each([
    ['the statement AWS documents', {}],
    ['one of several services', { Principal: { Service: ['sns.amazonaws.com', 'events.amazonaws.com'] } }],
    ['everybody', { Principal: '*' }],
    ['everybody, written as an account', { Principal: { AWS: '*' } }],
    ['every action of SQS, in any case', { Action: ['SQS:*'] }],
    ['every resource', { Resource: '*' }],
    ['the source by its ARN', { Condition: { ArnEquals: { 'aws:SourceArn': rule } } }],
    [
      'the source by a pattern',
      { Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:events:*:*:rule/trimtab-*' } } },
    ],
    ['the source as text', { Condition: { StringEquals: { 'aws:SourceArn': [rule, 'x'] } } }],
    ['the account of the source', { Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } } }],
  ])('lets events in that allows %s', (_what, more) => {
    expect(allows({ ...statement, ...more })).toBe(true);
  });

  it.each([
    ['another service', { Principal: { Service: 'sns.amazonaws.com' } }],
    ['an account only', { Principal: { AWS: 'arn:aws:iam::123456789012:root' } }],
    ['another action', { Action: 'sqs:ReceiveMessage' }],
    ['another queue', { Resource: arnOf('work.fifo') }],
    ['another rule', { Condition: { ArnEquals: { 'aws:SourceArn': `${rule}-2` } } }],
    [
      'a pattern that crosses parts',
      { Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:*rule/trimtab-ssm' } } },
    ],
    ['a pattern as text', { Condition: { StringEquals: { 'aws:SourceArn': 'arn:aws:events:*' } } }],
    ['a condition nobody can meet', { Condition: { StringEquals: { 'aws:PrincipalTag/x': 'y' } } }],
    ['an operator that is not known', { Condition: { DateLessThan: { 'aws:SourceArn': rule } } }],
    ['nothing, for it has no resource', { Resource: undefined }],
  ])('keeps events out that allows %s', (_what, more) => {
    expect(allows({ ...statement, ...more })).toBe(false);
  });

  it('that denies wins over one that allows', () => {
    expect(allows(statement, { ...statement, Effect: 'Deny' })).toBe(false);
    const insecure = { Condition: { Bool: { 'aws:SecureTransport': false } } };
    expect(allows(statement, { ...statement, ...insecure, Effect: 'Deny', Principal: '*' })).toBe(true);
  });

  it('may have one statement without a list, and keeps everybody out when there is none', () => {
    expect(policyAllows(JSON.stringify({ Statement: statement }), request)).toBe(true);
    expect(policyAllows('{}', request)).toBe(false);
    expect(policyAllows('{"Statement":[7,null]}', request)).toBe(false);
    expect(policyAllows(undefined, request)).toBe(false);
  });
});
