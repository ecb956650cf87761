import type { Failure } from '../../../reconcile/errors.ts';
import type { Condition } from '../../../reconcile/plan.ts';
import type { AppNames } from '../names.ts';
import type { ObservedRule } from './observed.ts';
import { ruleResource } from './rule.ts';

/** The list of an app's rules could not be read. */
export function unreadableRules({ app }: AppNames, failure: Failure): Condition {
  const message = `The rules of ${app} could not be listed: ${failure.message} Its scheduled tasks stay as they are until they can.`;
  return { type: 'Readable', status: 'False', reason: failure.code, message, resource: `rules of ${app}` };
}

/** A rule has the name of one of ours and somebody else's description. */
export function contested(rule: ObservedRule, names: AppNames): Condition {
  const { name, managedBy } = rule;
  const whose =
    managedBy === undefined
      ? `does not carry the mark of ${names.app}`
      : `belongs to the AWS service ${managedBy}`;
  const settle =
    managedBy === undefined
      ? ` If nobody needs it: aws events list-targets-by-rule --rule ${name}, then remove-targets and delete-rule. If it is this app's, give it a description that begins with "${names.owner} ".`
      : '';
  const message = `Rule ${name} ${whose}, so it is left alone, and the tasks that were to be in it do not run.${settle}`;
  return { type: 'Owned', status: 'False', reason: 'Contested', message, resource: ruleResource(name) };
}

/** Nothing says with which role EventBridge may start tasks. */
export function noEventsRole(names: AppNames, hasSettings: boolean): Condition {
  const parameter = names.documents.settings ?? '';
  const message = `Nothing says which role EventBridge takes to run the scheduled tasks of ${names.app}, so no rule is written. It needs ecs:RunTask and ecs:TagResource for ${names.servicePrefix}scheduler, and iam:PassRole on the roles of its tasks. To say it for this app: ${settingsCommand(parameter, 'events_role_arn', '"ROLE-ARN"', hasSettings)} To say it for all apps, start trimtab with TRIMTAB_EVENTS_ROLE_ARN.`;
  return { type: 'Supported', status: 'False', reason: 'NoEventsRole', message, parameter };
}

/** Tasks on Fargate need a network and nothing says which. */
export function noNetwork(names: AppNames, process: string, hasSettings: boolean): Condition {
  const parameter = names.documents.settings ?? '';
  const value = '{"subnets":["SUBNET"],"securityGroups":["GROUP"],"assignPublicIp":"ENABLED"}';
  const message = `The scheduled tasks of ${names.app} run on Fargate like ${names.servicePrefix}${process}, which has no network configuration they could use, so no rule is written. To say it: ${settingsCommand(parameter, 'network', value, hasSettings)}`;
  return { type: 'Supported', status: 'False', reason: 'NoNetwork', message, parameter };
}

/** Adds a member to the app's settings, whatever else they say. */
function settingsCommand(parameter: string, member: string, value: string, hasSettings: boolean): string {
  const put = `aws ssm put-parameter --name ${parameter} --type String --overwrite --value`;
  if (!hasSettings) return `${put} '{"${member}":${value}}'`;
  const get = `aws ssm get-parameter --name ${parameter} --query Parameter.Value --output text`;
  return `${put} "$(${get} | jq -c '. + {"${member}":${value}}')"`;
}

/** There is no service yet whose image scheduled tasks could run. */
export function nothingToRun({ app }: AppNames, tasks: number): Condition {
  const what = tasks === 1 ? 'One scheduled task waits' : `${tasks} scheduled tasks wait`;
  const message = `${what} for the first service of ${app}: they run its image.`;
  return { type: 'Active', status: 'True', reason: 'NothingToRun', message, resource: `rules of ${app}` };
}

/** EventBridge takes no more rules. */
export function noRoom({ app }: AppNames, missing: number, wanted: number, againAt: number): Condition {
  const message = `EventBridge has no room for more rules (300 on the default event bus of an account and region, unless raised), so ${missing} of the ${wanted} rules of ${app} are missing and their tasks do not run. The others do. trimtab tries again at ${new Date(againAt).toISOString()}, or when the schedules change. Delete rules nobody needs, or have the quota "Rules" of Amazon EventBridge raised (aws service-quotas list-service-quotas --service-code events).`;
  return { type: 'Supported', status: 'False', reason: 'QuotaReached', message, resource: `rules of ${app}` };
}
