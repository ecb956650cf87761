import { AwsError } from '../../errors.ts';
import type { Tags } from '../tags.ts';
import { DEFAULT_KEY } from './backend.ts';
import type { Policy } from './policies.ts';
import { newestVersion, type Parameter, type ParameterType, type Tier } from './state.ts';

/** Source: https://docs.aws.amazon.com/general/latest/gr/ssm.html */
const BYTES_MAX: Readonly<Record<Tier, number>> = { Standard: 4096, Advanced: 8192 };
const COUNT_MAX: Readonly<Record<Tier, number>> = { Standard: 10_000, Advanced: 100_000 };
const DATA_TYPES: readonly string[] = ['text', 'aws:ec2:image', 'aws:ssm:integration'];

/** What a caller may ask for; Parameter Store picks one of the two real tiers. */
export const TIERS = ['Standard', 'Advanced', 'Intelligent-Tiering'] as const;

/** A PutParameter request whose members are well formed each by itself. */
export interface PutRequest {
  readonly name: string;
  readonly value: string;
  readonly overwrite: boolean;
  readonly type?: ParameterType;
  readonly tags?: Tags;
  readonly description?: string;
  readonly allowedPattern?: string;
  readonly keyId?: string;
  readonly dataType?: string;
  readonly tier?: (typeof TIERS)[number];
  readonly policies?: readonly Policy[];
}

/** The type the parameter will have; throws when what is there forbids it. */
export function checkType(request: PutRequest, existing: Parameter | undefined): ParameterType {
  if (existing === undefined) {
    if (request.type !== undefined) return request.type;
    throw invalid('A parameter type is required when you create a parameter.');
  }
  if (!request.overwrite || existing.name !== request.name) {
    throw new AwsError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  }
  if (request.type !== undefined && request.type !== existing.type) {
    throw new AwsError(
      'HierarchyTypeMismatchException',
      "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.",
    );
  }
  return existing.type;
}

/** The tier the parameter will have; `count` tells how many of a tier there are. */
export function chooseTier(
  request: PutRequest,
  existing: Parameter | undefined,
  count: (tier: Tier) => number,
): Tier {
  const present = existing === undefined ? undefined : newestVersion(existing).tier;
  if (present === 'Advanced' && request.tier === 'Standard') {
    throw invalid(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
    );
  }
  const tier = present === 'Advanced' ? present : wantedTier(request, count('Standard'));
  if (present !== tier && count(tier) >= COUNT_MAX[tier]) {
    throw new AwsError(
      'ParameterLimitExceeded',
      'You have exceeded the number of parameters for this AWS account. Delete one or more parameters and try again.',
    );
  }
  if (tier === 'Standard' && request.policies !== undefined && request.policies.length > 0) {
    throw invalid(
      'Parameter policies are only available for parameters that use the advanced-parameter tier.',
    );
  }
  return tier;
}

/** Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html */
function wantedTier(request: PutRequest, standardCount: number): Tier {
  if (request.tier !== 'Intelligent-Tiering') return request.tier ?? 'Standard';
  const needsAdvanced =
    Buffer.byteLength(request.value) > BYTES_MAX.Standard ||
    (request.policies !== undefined && request.policies.length > 0) ||
    standardCount >= COUNT_MAX.Standard;
  return needsAdvanced ? 'Advanced' : 'Standard';
}

/** Size, nesting and pattern of the value. */
export function checkValue(request: PutRequest, existing: Parameter | undefined, tier: Tier): void {
  if (Buffer.byteLength(request.value) > BYTES_MAX[tier]) {
    throw invalid(
      tier === 'Standard'
        ? 'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html'
        : 'Advanced tier parameters support a maximum parameter value of 8192 characters.',
    );
  }
  if (/\{\{.*\}\}/s.test(request.value)) {
    throw invalid('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.');
  }
  const pattern = request.allowedPattern ?? (existing && newestVersion(existing).allowedPattern);
  if (pattern !== undefined && pattern !== '') checkPattern(pattern, request.value);
}

function checkPattern(source: string, value: string): void {
  let pattern: RegExp;
  try {
    pattern = new RegExp(source);
  } catch {
    throw new AwsError(
      'InvalidAllowedPatternException',
      "The request doesn't meet the regular expression requirement.",
    );
  }
  if (!pattern.test(value)) {
    throw new AwsError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${source}`,
    );
  }
}

/** Data types other than text are for plain strings. */
export function checkDataType(request: PutRequest, type: ParameterType): void {
  if (request.dataType !== undefined && !DATA_TYPES.includes(request.dataType)) {
    throw invalid(
      `The following data type is not supported: ${request.dataType} (Data type names are all lowercase.)`,
    );
  }
  if (request.dataType === 'aws:ec2:image' && type !== 'String') {
    throw invalid('The data type aws:ec2:image is only supported for parameters of type String.');
  }
}

/** The key a SecureString will be encrypted with; none for other types. */
export function chooseKey(
  request: PutRequest,
  existing: Parameter | undefined,
  facts: { readonly type: ParameterType; readonly known: ReadonlySet<string> },
): string | undefined {
  if (facts.type !== 'SecureString') {
    if (request.keyId === undefined) return undefined;
    throw invalid('KeyId can only be used with a parameter of type SecureString.');
  }
  const keyId = request.keyId ?? (existing && newestVersion(existing).keyId) ?? DEFAULT_KEY;
  if (keyId === DEFAULT_KEY || facts.known.has(keyId)) return keyId;
  throw new AwsError('InvalidKeyId', `Key ${keyId} is not found.`);
}

/** The complaint about a request that is well formed and still refused. */
export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
