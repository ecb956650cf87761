import { z } from 'zod';
import type { RegionContext } from '../../region.ts';
import { defined } from '../members.ts';
import { compare } from '../paging.ts';
import { instantSchema, jsonOf, parseSection, tagsSchema, writeInstant } from '../sections.ts';
import { type Backend, DEFAULT_KEY } from './backend.ts';
import { checkSpelling } from './names.ts';
import { parsePolicies } from './policies.ts';
import { newestVersion, PARAMETER_TYPES, type Parameter, type ParameterVersion } from './state.ts';

const versionSchema = z.strictObject({
  /** 1 unless said. */
  version: z.int().min(1).optional(),
  value: z.string().min(1).max(8192).optional(),
  /** Instead of `value`: stored as JSON text. */
  json: z.unknown().optional(),
  description: z.string().optional(),
  allowedPattern: z.string().optional(),
  keyId: z.string().optional(),
  dataType: z.string().optional(),
  /** The smallest tier that holds the value unless said. */
  tier: z.enum(['Standard', 'Advanced']).optional(),
  policies: z.array(z.looseObject({ Type: z.string() })).optional(),
  labels: z.array(z.string()).optional(),
  /** The moment of loading unless said. */
  lastModifiedAt: instantSchema.optional(),
  lastModifiedUser: z.string().optional(),
});

const parameterSchema = versionSchema.extend({
  /** `String` unless said. */
  type: z.enum(PARAMETER_TYPES).optional(),
  tags: tagsSchema.optional(),
  /** Older versions, oldest first. */
  history: z.array(versionSchema).optional(),
});

/**
 * The section `ssm` of a world: `{"parameters": {"/apppack/apps/shop/scaling": {"json": {…}}}}`.
 * `keys` names the KMS keys that exist beside `alias/aws/ssm`.
 */
const sectionSchema = z.strictObject({
  keys: z.array(z.string().min(1)).optional(),
  parameters: z.record(z.string(), parameterSchema).optional(),
});

/** Replaces everything by what the section says; no events. */
export function loadSection(backend: Backend, section: unknown): void {
  const { keys, parameters } = parseSection(sectionSchema, section, 'ssm');
  const loaded = Object.entries(parameters ?? {}).map(([name, document]) =>
    readParameter(backend.context, name, document),
  );
  backend.clear();
  backend.keys.clear();
  for (const key of keys ?? []) backend.keys.add(key);
  for (const parameter of loaded) backend.replace(parameter);
}

/** Everything, as `loadSection` reads it. */
export function dumpSection(backend: Backend): unknown {
  const parameters = backend.store.allActual().sort((a, b) => compare(a.name, b.name));
  return {
    ...(backend.keys.size === 0 ? {} : { keys: [...backend.keys].sort(compare) }),
    parameters: Object.fromEntries(
      parameters.map((parameter) => [parameter.name, writeParameter(parameter)]),
    ),
  };
}

function readParameter(
  context: RegionContext,
  name: string,
  document: z.infer<typeof parameterSchema>,
): Parameter {
  const { type, tags, history, ...newest } = document;
  const kind = type ?? 'String';
  const place = `ssm.parameters.${name}`;
  try {
    checkSpelling(name);
    return {
      name,
      type: kind,
      tags: new Map(Object.entries(tags ?? {})),
      versions: [...(history ?? []), newest].map((version) => readVersion(context, version, kind)),
    };
  } catch (error) {
    throw new Error(
      `the world's section ${place} is wrong: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function readVersion(
  context: RegionContext,
  document: z.infer<typeof versionSchema>,
  type: Parameter['type'],
): ParameterVersion {
  const value = document.value ?? (document.json === undefined ? undefined : JSON.stringify(document.json));
  if (value === undefined) throw new Error('it has neither "value" nor "json"');
  const policies = document.policies === undefined ? [] : parsePolicies(JSON.stringify(document.policies));
  const advanced = policies.length > 0 || Buffer.byteLength(value) > 4096;
  return defined({
    version: document.version ?? 1,
    value,
    description: document.description,
    allowedPattern: document.allowedPattern,
    keyId: document.keyId ?? (type === 'SecureString' ? DEFAULT_KEY : undefined),
    dataType: document.dataType ?? 'text',
    tier: document.tier ?? (advanced ? 'Advanced' : 'Standard'),
    policies,
    labels: document.labels ?? [],
    modifiedAt: document.lastModifiedAt ?? context.clock.now(),
    modifiedBy: document.lastModifiedUser ?? `arn:aws:iam::${context.account}:user/world`,
  });
}

function writeParameter(parameter: Parameter): unknown {
  const history = parameter.versions.slice(0, -1);
  return defined({
    type: parameter.type,
    ...writeVersion(newestVersion(parameter)),
    tags: parameter.tags.size === 0 ? undefined : Object.fromEntries(parameter.tags),
    history: history.length === 0 ? undefined : history.map(writeVersion),
  });
}

function writeVersion(version: ParameterVersion): Record<string, unknown> {
  const json = jsonOf(version.value);
  return defined({
    ...(json === undefined ? { value: version.value } : { json }),
    version: version.version,
    description: version.description,
    allowedPattern: version.allowedPattern,
    keyId: version.keyId === DEFAULT_KEY ? undefined : version.keyId,
    dataType: version.dataType === 'text' ? undefined : version.dataType,
    tier: version.tier === 'Standard' ? undefined : version.tier,
    policies:
      version.policies.length === 0
        ? undefined
        : version.policies.map((policy): unknown => JSON.parse(policy.text)),
    labels: version.labels.length === 0 ? undefined : [...version.labels],
    lastModifiedAt: writeInstant(version.modifiedAt),
    lastModifiedUser: version.modifiedBy,
  });
}
