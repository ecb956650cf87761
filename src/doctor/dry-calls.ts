import {
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  DescribeScheduledActionsCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { BatchGetProjectsCommand, ListBuildsCommand } from '@aws-sdk/client-codebuild';
import { DeleteItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  DeleteRuleCommand,
  ListRulesCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { ChangeMessageVisibilityCommand, DeleteMessageCommand } from '@aws-sdk/client-sqs';
import { GetParametersByPathCommand, GetParametersCommand } from '@aws-sdk/client-ssm';
import { toAttributes } from '../aws/attributes.ts';
import { ownPartition } from '../store/table.ts';
import type { Ground } from './ground.ts';
import { PROBE_APP } from './probe.ts';

/** A call that changes nothing, whoever may do it: what it is about does not exist, or its arguments are refused. */
export interface DryCall {
  readonly action: string;
  readonly writes: boolean;
  send(): Promise<unknown>;
}

/** Every permission that can be tried without effect. Receiving, sending and handing over roles cannot. */
export function dryCalls(ground: Ground, queueUrls: readonly string[]): readonly DryCall[] {
  return [
    ...parameterCalls(ground),
    ...serviceCalls(ground),
    ...scalingCalls(ground),
    ...ruleCalls(ground),
    ...tableCalls(ground),
    ...queueUrls.flatMap((url) => queueCalls(ground, url)),
    ...buildCalls(ground),
  ];
}

function read(action: string, send: () => Promise<unknown>): DryCall {
  return { action, writes: false, send };
}

function write(action: string, send: () => Promise<unknown>): DryCall {
  return { action, writes: true, send };
}

function parameterCalls({ connection: { clients, config } }: Ground): readonly DryCall[] {
  const path = `${config.prefix}/apps/${PROBE_APP}`;
  return [
    read('ssm:GetParameters', () =>
      clients.ssm.send(new GetParametersCommand({ Names: [`${path}/scaling`] })),
    ),
    read('ssm:GetParametersByPath', () => clients.ssm.send(new GetParametersByPathCommand({ Path: path }))),
  ];
}

function serviceCalls({ connection }: Ground): readonly DryCall[] {
  const { ecs, ecsOnce } = connection.clients;
  const cluster = connection.config.cluster ?? 'default';
  const definition = `arn:aws:ecs:${connection.region}:${connection.account}:task-definition/${PROBE_APP}:1`;
  const service = { cluster, service: PROBE_APP };
  return [
    read('ecs:DescribeServices', () =>
      ecs.send(new DescribeServicesCommand({ cluster, services: [PROBE_APP] })),
    ),
    read('ecs:DescribeTaskDefinition', () =>
      ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: definition })),
    ),
    read('ecs:ListTasks', () => ecs.send(new ListTasksCommand({ cluster, family: PROBE_APP }))),
    write('ecs:UpdateService', () => ecs.send(new UpdateServiceCommand({ ...service, desiredCount: 0 }))),
    write('ecs:CreateService', () =>
      ecs.send(
        new CreateServiceCommand({
          cluster,
          serviceName: PROBE_APP,
          taskDefinition: definition,
          desiredCount: 0,
        }),
      ),
    ),
    write('ecs:DeleteService', () => ecs.send(new DeleteServiceCommand(service))),
    // A definition without containers is none.
    write('ecs:RegisterTaskDefinition', () =>
      ecsOnce.send(new RegisterTaskDefinitionCommand({ family: PROBE_APP, containerDefinitions: [] })),
    ),
    write('ecs:RunTask', () => ecsOnce.send(new RunTaskCommand({ cluster, taskDefinition: definition }))),
  ];
}

function scalingCalls({ connection: { clients, config } }: Ground): readonly DryCall[] {
  const { autoscaling } = clients;
  const scope = { ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount' } as const;
  const ResourceId = `service/${config.cluster ?? 'default'}/${PROBE_APP}`;
  const target = { ...scope, ResourceId };
  const TargetTrackingScalingPolicyConfiguration = {
    TargetValue: 50,
    PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' as const },
  };
  return [
    read('application-autoscaling:DescribeScalableTargets', () =>
      autoscaling.send(new DescribeScalableTargetsCommand({ ...scope, ResourceIds: [ResourceId] })),
    ),
    read('application-autoscaling:DescribeScalingPolicies', () =>
      autoscaling.send(new DescribeScalingPoliciesCommand(target)),
    ),
    read('application-autoscaling:DescribeScheduledActions', () =>
      autoscaling.send(new DescribeScheduledActionsCommand(target)),
    ),
    write('application-autoscaling:RegisterScalableTarget', () =>
      autoscaling.send(new RegisterScalableTargetCommand({ ...target, MinCapacity: 1, MaxCapacity: 1 })),
    ),
    write('application-autoscaling:DeregisterScalableTarget', () =>
      autoscaling.send(new DeregisterScalableTargetCommand(target)),
    ),
    write('application-autoscaling:PutScalingPolicy', () =>
      autoscaling.send(
        new PutScalingPolicyCommand({
          ...target,
          PolicyName: PROBE_APP,
          PolicyType: 'TargetTrackingScaling',
          TargetTrackingScalingPolicyConfiguration,
        }),
      ),
    ),
  ];
}

function ruleCalls({ connection: { clients } }: Ground): readonly DryCall[] {
  const { events } = clients;
  const Rule = `${PROBE_APP}-scheduler-0`;
  const Targets = [{ Id: PROBE_APP, Arn: `arn:aws:sqs:us-east-1:000000000000:${PROBE_APP}` }];
  return [
    read('events:ListRules', () => events.send(new ListRulesCommand({ NamePrefix: Rule }))),
    // No schedule has a rate of nothing.
    write('events:PutRule', () =>
      events.send(new PutRuleCommand({ Name: Rule, ScheduleExpression: 'rate(0 minutes)' })),
    ),
    write('events:DeleteRule', () => events.send(new DeleteRuleCommand({ Name: Rule }))),
    write('events:PutTargets', () => events.send(new PutTargetsCommand({ Rule, Targets }))),
    write('events:RemoveTargets', () => events.send(new RemoveTargetsCommand({ Rule, Ids: [PROBE_APP] }))),
  ];
}

/** Every write has a condition that does not hold, for the item is not there. */
function tableCalls({ connection }: Ground): readonly DryCall[] {
  const { dynamodb } = connection.clients;
  const TableName = connection.config.table;
  const partition = `${ownPartition(connection.account, connection.region)}#doctor`;
  const Key = toAttributes({ primary_id: partition, secondary_id: PROBE_APP });
  const never = { ConditionExpression: 'attribute_exists(primary_id)' };
  return [
    read('dynamodb:Query', () =>
      dynamodb.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'primary_id = :partition',
          ExpressionAttributeValues: toAttributes({ ':partition': partition }),
        }),
      ),
    ),
    write('dynamodb:PutItem', () => dynamodb.send(new PutItemCommand({ TableName, Item: Key, ...never }))),
    write('dynamodb:UpdateItem', () => dynamodb.send(new UpdateItemCommand({ TableName, Key, ...never }))),
    write('dynamodb:DeleteItem', () => dynamodb.send(new DeleteItemCommand({ TableName, Key, ...never }))),
  ];
}

function queueCalls({ connection: { clients } }: Ground, QueueUrl: string): readonly DryCall[] {
  const ReceiptHandle = PROBE_APP;
  return [
    write('sqs:DeleteMessage', () => clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))),
    write('sqs:ChangeMessageVisibility', () =>
      clients.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 })),
    ),
  ];
}

function buildCalls({ connection: { clients } }: Ground): readonly DryCall[] {
  const { codebuild } = clients;
  return [
    read('codebuild:ListBuilds', () => codebuild.send(new ListBuildsCommand({}))),
    read('codebuild:BatchGetProjects', () =>
      codebuild.send(new BatchGetProjectsCommand({ names: [PROBE_APP] })),
    ),
  ];
}
