import { asDocument, documentsIn } from '../documents.ts';
import type { Dice } from './dice.ts';
import type { ServiceSubject, Subjects } from './subjects.ts';
import type { Happening } from './timeline.ts';

/** What people, scripts and other controllers do behind our back, and what they type to ours. */
export function meddle(subjects: Subjects, rules: readonly string[], dice: Dice): readonly Happening[] {
  if (rules.length > 0 && dice.chance(0.25)) return [meddleWithRule(dice.pick(rules), dice)];
  if (subjects.services.length === 0 || dice.chance(0.15)) return type(subjects, dice);
  const service = dice.pick(subjects.services);
  return [dice.chance(0.4) ? meddleWithScaling(service, dice) : meddleWithService(service, subjects, dice)];
}

function type({ apps }: Subjects, dice: Dice): readonly Happening[] {
  if (apps.length === 0) return [];
  return [{ type: dice.pick(['approve', 'request'] as const), app: dice.pick(apps) }];
}

function call(service: string, operation: string, input: Record<string, unknown>): Happening {
  return { type: 'call', service, operation, input };
}

function meddleWithService(service: ServiceSubject, { definitions }: Subjects, dice: Dice): Happening {
  const { cluster, name, arn } = service;
  const definition = definitions.find(({ family }) => family === name);
  const update = (changes: object) => call('ecs', 'UpdateService', { cluster, service: name, ...changes });
  switch (dice.between(0, 6)) {
    case 0:
      return update({ taskDefinition: name, forceNewDeployment: true });
    case 1:
      return call('ecs', 'TagResource', {
        resourceArn: arn,
        tags: [
          {
            key: 'trimtab:owner',
            value: dice.pick(['/apppack/apps/other', '/elsewhere/apps/shop', '', 'x']),
          },
        ],
      });
    case 2:
      return call('ecs', 'UntagResource', { resourceArn: arn, tagKeys: ['trimtab:owner'] });
    case 3:
      return call('ecs', 'DeleteService', { cluster, service: name, force: true });
    case 4:
      if (definition !== undefined)
        return call('ecs', 'RegisterTaskDefinition', withNewImage(definition, dice));
      return update({ desiredCount: 1 });
    default:
      return update({ desiredCount: dice.between(0, 6) });
  }
}

function withNewImage(definition: Readonly<Record<string, unknown>>, dice: Dice): Record<string, unknown> {
  const containers = documentsIn(definition.containerDefinitions);
  const image = `example.com/other:${dice.between(1, 99)}`;
  return { ...definition, containerDefinitions: containers.map((container) => ({ ...container, image })) };
}

function meddleWithScaling({ cluster, name }: ServiceSubject, dice: Dice): Happening {
  const target = {
    ServiceNamespace: 'ecs',
    ResourceId: `service/${cluster}/${name}`,
    ScalableDimension: 'ecs:service:DesiredCount',
  };
  const min = dice.between(0, 3);
  switch (dice.between(0, 3)) {
    case 0:
      return call('autoscaling', 'DeregisterScalableTarget', target);
    case 1:
      return call('autoscaling', 'PutScalingPolicy', {
        ...target,
        PolicyName: dice.pick(['by-hand', 'trimtab-cpu']),
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 33,
          PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageMemoryUtilization' },
        },
      });
    case 2:
      return call('autoscaling', 'PutScheduledAction', {
        ...target,
        ScheduledActionName: 'night',
        Schedule: 'rate(5 minutes)',
        ScalableTargetAction: { MinCapacity: min, MaxCapacity: min + 1 },
      });
    default:
      return call('autoscaling', 'RegisterScalableTarget', {
        ...target,
        MinCapacity: min,
        MaxCapacity: min + dice.between(0, 4),
      });
  }
}

function meddleWithRule(rule: string, dice: Dice): Happening {
  switch (dice.between(0, 4)) {
    case 0:
      return call('events', 'DisableRule', { Name: rule });
    case 1:
      return call('events', 'RemoveTargets', { Rule: rule, Ids: ['0'] });
    case 2:
      return call('events', 'PutRule', {
        Name: rule,
        ScheduleExpression: 'rate(1 day)',
        Description: 'by hand',
      });
    case 3:
      return call('events', 'PutRule', { Name: rule, ScheduleExpression: 'cron(0 1 * * ? *)' });
    default:
      return call('events', 'PutTargets', {
        Rule: rule,
        Targets: [{ Id: 'other', Arn: 'arn:aws:sqs:us-east-1:123456789012:elsewhere' }],
      });
  }
}

/** The rules that the controller made in a case: their names cannot be known before. */
export function rulesIn(
  calls: ReadonlyArray<{ readonly operation: string; readonly input: Readonly<Record<string, unknown>> }>,
): readonly string[] {
  const names = calls.flatMap(({ operation, input }) =>
    operation === 'PutRule' ? [String(asDocument(input).Name)] : [],
  );
  return [...new Set(names)].sort().slice(0, 10);
}
