import { isWildcardOnlyAction } from '@cloud-copilot/iam-simulate';
import { describe, expect, it } from 'vitest';
import type { AccessRequest } from '../../src/simulator/region.ts';
import { createAllowing } from './enforce.ts';
import { readStatements } from './source.ts';

const PLACE = { account: '123456789012', region: 'eu-west-1' };
const statements = readStatements();
const actions = statements.flatMap((statement) => statement.actions);

function allowing(action: string, resource: string, keys: Record<string, string> = {}): readonly string[] {
  const request: AccessRequest = { ...PLACE, client: 'controller', action, resource, keys };
  return createAllowing(PLACE)(request);
}

describe('the policy', () => {
  it('names every statement once and every action in full', () => {
    const sids = statements.map(({ sid }) => sid);
    expect(new Set(sids).size).toBe(sids.length);
    expect(actions.filter((action) => !/^[a-z0-9-]+:[A-Z][A-Za-z]+$/.test(action))).toEqual([]);
  });

  it('decrypts nothing, and of IAM only passes roles, to named services', () => {
    expect(actions.filter((action) => /^(kms|secretsmanager):/.test(action))).toEqual([]);
    expect(new Set(actions.filter((action) => action.startsWith('iam:')))).toEqual(new Set(['iam:PassRole']));
    const passing = statements.filter((statement) => statement.actions.includes('iam:PassRole'));
    expect(passing.map(({ conditions }) => Object.keys(conditions?.StringEquals ?? {}))).toEqual(
      passing.map(() => ['iam:PassedToService']),
    );
  });

  it('says "any resource" only of actions for which AWS knows none that would do', async () => {
    const anywhere = statements.filter(({ resources }) => resources.includes('*'));
    const narrower = [];
    for (const action of anywhere.flatMap((statement) => statement.actions)) {
      const [service = '', name = ''] = action.split(':');
      if (!(await isWildcardOnlyAction(service, name))) narrower.push(action);
    }
    // Lists of tasks are limited by container instances alone, which Fargate has none of.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    expect(narrower).toEqual(['ecs:ListTasks']);
  });

  it('lets a role be passed to tasks and to schedules, and to nothing else', () => {
    const role = 'arn:aws:iam::123456789012:role/shop-task';
    const to = (service: string) => allowing('iam:PassRole', role, { 'iam:PassedToService': service });
    expect(to('ecs-tasks.amazonaws.com')).toEqual(['HandRolesToTasks']);
    expect(to('events.amazonaws.com')).toEqual(['HandRolesToSchedules']);
    expect(to('lambda.amazonaws.com')).toEqual([]);
    expect(allowing('iam:PassRole', role)).toEqual([]);
  });

  it('reads parameters below the prefix, and no others', () => {
    const parameter = (name: string) => `arn:aws:ssm:eu-west-1:123456789012:parameter${name}`;
    expect(allowing('ssm:GetParameters', parameter('/apppack/apps/shop/scaling'))).toEqual(['ReadWishes']);
    expect(allowing('ssm:GetParametersByPath', parameter('/apppack/apps'))).toEqual(['ReadWishes']);
    expect(allowing('ssm:GetParameters', parameter('/billing/key'))).toEqual([]);
    expect(allowing('ssm:PutParameter', parameter('/apppack/apps/shop/scaling'))).toEqual([]);
  });

  it('changes rules of the names it gives, and no others', () => {
    const rule = (name: string) => `arn:aws:events:eu-west-1:123456789012:rule/${name}`;
    expect(allowing('events:DeleteRule', rule('shop-scheduler-e7f43462ac72-0'))).toEqual(['Schedule']);
    expect(allowing('events:DeleteRule', rule('nightly-backup'))).toEqual([]);
  });

  it('scales ECS services, and nothing else that can be scaled', () => {
    const target = 'arn:aws:application-autoscaling:eu-west-1:123456789012:scalable-target/0ec5';
    const of = (namespace: string, dimension: string) =>
      allowing('application-autoscaling:RegisterScalableTarget', target, {
        'application-autoscaling:service-namespace': namespace,
        'application-autoscaling:scalable-dimension': dimension,
      });
    expect(of('ecs', 'ecs:service:DesiredCount')).toEqual(['Autoscale']);
    expect(of('dynamodb', 'dynamodb:table:ReadCapacityUnits')).toEqual([]);
  });

  it('reaches no other account and no other queue or table', () => {
    expect(allowing('sqs:SendMessage', 'arn:aws:sqs:eu-west-1:123456789012:trimtab-intake')).toEqual([
      'UseQueues',
    ]);
    expect(allowing('sqs:SendMessage', 'arn:aws:sqs:eu-west-1:210987654321:trimtab-intake')).toEqual([]);
    expect(allowing('sqs:SendMessage', 'arn:aws:sqs:eu-west-1:123456789012:orders')).toEqual([]);
    expect(allowing('dynamodb:PutItem', 'arn:aws:dynamodb:eu-west-1:123456789012:table/orders')).toEqual([]);
  });
});
