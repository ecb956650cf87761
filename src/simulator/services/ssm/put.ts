import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { type Document, defined, flag, requiredText, text } from '../members.ts';
import { readTags } from '../tags.ts';
import type { Backend } from './backend.ts';
import { checkNewName } from './names.ts';
import { parsePolicies } from './policies.ts';
import {
  checkDataType,
  checkType,
  checkValue,
  chooseKey,
  chooseTier,
  invalid,
  type PutRequest,
  TIERS,
} from './put-rules.ts';
import { newestVersion, PARAMETER_TYPES, type Parameter, type ParameterType, type Tier } from './state.ts';

const VERSIONS_MAX = 100;
const TAGS_MAX = 50;

/** Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html */
export function putParameter(backend: Backend, input: Document, caller: Caller): unknown {
  const request = readRequest(input);
  checkNewName(request.name, backend.arnOf(request.name));
  backend.authorize('PutParameter', request.name, caller);
  if (request.tags !== undefined) backend.authorize('AddTagsToResource', request.name, caller);
  const existing = backend.store.actual(request.name);
  const type = checkType(request, existing);
  const tier = chooseTier(request, existing, (counted) => backend.store.count(counted));
  checkValue(request, existing, tier);
  checkDataType(request, type);
  const keyId = chooseKey(request, existing, { type, known: backend.keys });
  // Source: https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
  if (keyId !== undefined) {
    backend.authorizeKey(tier === 'Advanced' ? 'GenerateDataKey' : 'Encrypt', keyId, caller);
  }
  const parameter = nextParameter(backend, request, { existing, type, tier, keyId, caller });
  backend.change(existing === undefined ? 'Create' : 'Update', parameter.name, parameter);
  return { Version: newestVersion(parameter).version, Tier: tier };
}

function readRequest(input: Document): PutRequest {
  const overwrite = flag(input, 'Overwrite');
  const tags = readTags(input, 'Tags', 1000);
  if (tags !== undefined && tags.size > TAGS_MAX) {
    throw new AwsError('TooManyTagsError', 'A parameter can have at most 50 tags.');
  }
  if (overwrite && tags !== undefined && tags.size > 0) {
    throw invalid(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  }
  const policies = text(input, 'Policies', { min: 1, max: 4096 });
  return defined({
    name: requiredText(input, 'Name', { min: 1, max: 2048 }).trim(),
    value: requiredText(input, 'Value', { min: 1, secret: true }),
    overwrite,
    tags,
    type: oneOf(text(input, 'Type', { oneOf: PARAMETER_TYPES }), PARAMETER_TYPES),
    description: text(input, 'Description', { max: 1024 }),
    allowedPattern: text(input, 'AllowedPattern', { max: 1024 }),
    keyId: text(input, 'KeyId', { min: 1, max: 256, pattern: /^([a-zA-Z0-9:/_-]+)$/ }),
    dataType: text(input, 'DataType', { max: 128 }),
    tier: oneOf(text(input, 'Tier', { oneOf: TIERS }), TIERS),
    policies: policies === undefined ? undefined : parsePolicies(policies),
  });
}

function nextParameter(
  backend: Backend,
  request: PutRequest,
  facts: {
    existing: Parameter | undefined;
    type: ParameterType;
    tier: Tier;
    keyId: string | undefined;
    caller: Caller;
  },
): Parameter {
  const { existing, type, tier, keyId, caller } = facts;
  const before = existing === undefined ? undefined : newestVersion(existing);
  const version = defined({
    version: (before?.version ?? 0) + 1,
    value: request.value,
    description: request.description ?? before?.description,
    allowedPattern: request.allowedPattern ?? before?.allowedPattern,
    keyId,
    dataType: request.dataType ?? before?.dataType ?? 'text',
    tier,
    policies: request.policies ?? before?.policies ?? [],
    labels: [],
    modifiedAt: backend.context.clock.now(),
    modifiedBy: `arn:aws:iam::${backend.context.account}:user/${caller.client}`,
  });
  return {
    name: existing?.name ?? request.name,
    type,
    tags: existing?.tags ?? request.tags ?? new Map(),
    versions: [...keptVersions(existing), version],
  };
}

/** Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html */
function keptVersions(existing: Parameter | undefined): Parameter['versions'] {
  if (existing === undefined || existing.versions.length < VERSIONS_MAX) return existing?.versions ?? [];
  const [oldest, ...rest] = existing.versions;
  if (oldest !== undefined && oldest.labels.length > 0) {
    throw new AwsError(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${existing.name} by calling the PutParameter API with the overwrite flag. Version ${oldest.version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    );
  }
  return rest;
}

function oneOf<Value extends string>(value: string | undefined, values: readonly Value[]): Value | undefined {
  return values.find((allowed) => allowed === value);
}
