import { AwsError } from '../../errors.ts';
import { isDocument } from '../members.ts';

/**
 * Policies of advanced parameters.
 * Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
 */
export type Policy =
  | { readonly type: 'Expiration'; readonly text: string; readonly expiresAt: number }
  | { readonly type: 'ExpirationNotification'; readonly text: string; readonly beforeMs: number }
  | { readonly type: 'NoChangeNotification'; readonly text: string; readonly afterMs: number };

const POLICIES_MAX = 10;
const UNIT_MS: Readonly<Record<string, number>> = { Days: 86_400_000, Hours: 3_600_000 };

/** Reads the `Policies` member, a JSON array in a string; `[]` and `{}` take all policies away. */
export function parsePolicies(source: string): readonly Policy[] {
  let document: unknown;
  try {
    document = JSON.parse(source);
  } catch {
    throw new AwsError('InvalidPolicyAttributeException', 'The policies are not valid JSON.');
  }
  const items = Array.isArray(document) ? document : [document];
  const policies = items.filter((item) => !isDocument(item) || Object.keys(item).length > 0).map(parsePolicy);
  if (policies.length > POLICIES_MAX) {
    throw new AwsError(
      'PoliciesLimitExceededException',
      'You specified more than the maximum number of allowed policies for the parameter. The maximum is 10.',
    );
  }
  checkTogether(policies);
  return policies;
}

/** When the policy acts on a parameter last changed at `modifiedAt`; nothing when it never will. */
export function policyActsAt(
  policy: Policy,
  policies: readonly Policy[],
  modifiedAt: number,
): number | undefined {
  if (policy.type === 'Expiration') return policy.expiresAt;
  if (policy.type === 'NoChangeNotification') return modifiedAt + policy.afterMs;
  const expiration = policies.find((other) => other.type === 'Expiration');
  return expiration?.type === 'Expiration' ? expiration.expiresAt - policy.beforeMs : undefined;
}

function checkTogether(policies: readonly Policy[]): void {
  const expirations = policies.filter((policy) => policy.type === 'Expiration').length;
  const notifications = policies.some((policy) => policy.type === 'ExpirationNotification');
  if (expirations > 1 || (notifications && expirations === 0)) {
    throw new AwsError(
      'IncompatiblePolicyException',
      "There is a conflict in the policies specified for this parameter. You can't, for example, specify two Expiration policies for a parameter. Review your policies, and try again.",
    );
  }
}

function parsePolicy(item: unknown): Policy {
  if (!isDocument(item) || !isDocument(item.Attributes)) throw badAttribute();
  const text = JSON.stringify(item);
  if (item.Version !== '1.0') throw badAttribute();
  if (item.Type === 'Expiration') {
    const expiresAt = Date.parse(String(item.Attributes.Timestamp));
    if (Number.isNaN(expiresAt)) throw badAttribute();
    return { type: item.Type, text, expiresAt };
  }
  if (item.Type === 'ExpirationNotification') {
    return { type: item.Type, text, beforeMs: duration(item.Attributes.Before, item.Attributes.Unit) };
  }
  if (item.Type === 'NoChangeNotification') {
    return { type: item.Type, text, afterMs: duration(item.Attributes.After, item.Attributes.Unit) };
  }
  throw new AwsError(
    'InvalidPolicyTypeException',
    "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, ExpirationNotification, and NoChangeNotification.",
  );
}

function duration(amount: unknown, unit: unknown): number {
  const unitMs = typeof unit === 'string' ? UNIT_MS[unit] : undefined;
  if (unitMs === undefined || !/^[1-9]\d{0,5}$/.test(String(amount))) throw badAttribute();
  return Number(amount) * unitMs;
}

function badAttribute(): AwsError {
  return new AwsError('InvalidPolicyAttributeException', 'A policy attribute or its value is invalid.');
}
