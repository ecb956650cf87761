import type { Failure } from '../../reconcile/errors.ts';
import type { Condition } from '../../reconcile/plan.ts';
import type { Parameter } from '../../reconcile/reading.ts';

/** What happens while a list cannot be used. */
const UNCHANGED = 'Nobody is added and nobody goes until it is corrected.';

/** The condition for a list that makes no sense. `path` is the number of the entry, counted from 1. */
export function invalidList(
  parameter: Parameter,
  mistake: { readonly reason: string; readonly found: string; readonly path?: string },
): Condition {
  const { name, version } = parameter;
  const { path, reason, found } = mistake;
  const place = path === undefined ? name : `entry ${path} of ${name}`;
  return {
    type: 'Valid',
    status: 'False',
    reason,
    message:
      `${place} (version ${version}) is ${found}. Allowed: a StringList or a JSON array of e-mail addresses. ` +
      `${UNCHANGED} To correct it: ${correction(parameter)}`,
    parameter: name,
    version,
    ...(path === undefined ? {} : { path }),
  };
}

/** Parameter Store does not change the type of a parameter that exists. */
function correction({ name, type, version }: Parameter): string {
  const put = (value: string) =>
    `aws ssm put-parameter --name ${name} --type StringList --overwrite --value ${value}`;
  if (type === 'SecureString') return `aws ssm delete-parameter --name ${name} && ${put('ANNA@EXAMPLE.COM')}`;
  if (version < 2) return put('ANNA@EXAMPLE.COM,BEN@EXAMPLE.COM');
  const before = `aws ssm get-parameter --name ${name}:${version - 1} --query Parameter.Value --output text`;
  return `aws ssm put-parameter --name ${name} --overwrite --value "$(${before})"`;
}

export function unreadableParameter(name: string, failure: Failure): Condition {
  const next =
    failure.kind === 'denied'
      ? `Allow trimtab's role ssm:GetParameters on ${name}.`
      : 'trimtab tries again by itself.';
  return {
    type: 'Readable',
    status: 'False',
    reason: failure.code,
    message: `${name} could not be read: ${failure.message} Nobody is added and nobody goes. ${next}`,
    parameter: name,
  };
}

export function unreadableItems(count: number, failure: Failure): Condition {
  return {
    type: 'Readable',
    status: 'False',
    reason: failure.code,
    message: `${count} items of the index could not be read: ${failure.message} They are left as they are; trimtab tries again by itself.`,
    resource: 'index',
  };
}

/** Settings that may name the role are malformed; what they said before stays with who has it. */
export function invalidSettings(parameter: Parameter, found: string): Condition {
  return {
    type: 'Valid',
    status: 'False',
    reason: 'InvalidSetting',
    message:
      `user_role_arn of ${parameter.name} (version ${parameter.version}) is ${found}. Allowed: the ARN of an IAM role. ` +
      'Nobody is added until it is corrected; who is there keeps the role they have.',
    parameter: parameter.name,
    path: 'user_role_arn',
    version: parameter.version,
  };
}

/** Nothing says which role people take on. */
export function noRole(type: 'users' | 'administrators', settings: string | undefined): Condition {
  const flag = type === 'users' ? '--user-role-template' : '--administrator-role-template';
  const orSettings = settings === undefined ? '' : `"user_role_arn" in ${settings}, or `;
  return {
    type: 'Valid',
    status: 'False',
    reason: 'NoRole',
    message:
      `Nothing says which IAM role the ${type} take on, so nobody can be added. Put ${orSettings}start trimtab with ` +
      `${flag} 'arn:aws:iam::{account}:role/NAME'. Who leaves the list still goes.`,
    ...(settings === undefined ? {} : { parameter: settings, path: 'user_role_arn' }),
  };
}

/** Somebody else's items stand where ours would. */
export function contested(count: number, name: string): Condition {
  return {
    type: 'Owned',
    status: 'False',
    reason: 'Contested',
    resource: 'index',
    message:
      `${count} people of ${name} are in the index with an item that this key did not write: another tool did, another ` +
      'installation, or a list of the same name in another region of the account. trimtab leaves them alone. Delete those items, or the other list.',
  };
}
