import { AwsError } from '../../errors.ts';
import { type Document, defined, requiredText, text, texts } from '../members.ts';
import { isUnder, readHierarchy } from './names.ts';
import { newestVersion, PARAMETER_TYPES, type Parameter } from './state.ts';

/** One filter; different filters must all match, of its values one is enough. */
export interface Filter {
  readonly key: string;
  readonly option?: string;
  readonly values: readonly string[];
}

/**
 * Keys each operation takes.
 * Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
 */
const KEYS = {
  DescribeParameters: ['Path', 'Name', 'Type', 'KeyId', 'Tier', 'DataType'],
  GetParametersByPath: ['Type', 'KeyId', 'Label'],
} as const;

const KNOWN_VALUES: Readonly<Record<string, readonly string[]>> = {
  Type: PARAMETER_TYPES,
  Tier: ['Standard', 'Advanced', 'Intelligent-Tiering'],
};

/** Checks the filters of a request. */
export function readFilters(documents: readonly Document[], operation: keyof typeof KEYS): readonly Filter[] {
  const filters = documents.map((document, index) => readFilter(document, operation, index));
  for (const filter of filters) {
    if (filters.filter((other) => other.key === filter.key).length > 1) {
      throw new AwsError(
        'InvalidFilterKey',
        `The following filter is duplicated in the request: ${filter.key}. A request can contain only one occurrence of a specific filter.`,
      );
    }
  }
  return filters;
}

/** Whether `parameter` matches every filter. */
export function matchesFilters(parameter: Parameter, filters: readonly Filter[]): boolean {
  return filters.every((filter) => matches(parameter, filter));
}

function readFilter(document: Document, operation: keyof typeof KEYS, index: number): Filter {
  const prefix = `parameterFilters.${index + 1}.member.`;
  const key = requiredText(
    document,
    'Key',
    { min: 1, max: 132, pattern: /^(tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType)$/ },
    prefix,
  );
  const option = text(document, 'Option', { min: 1, max: 10 }, prefix);
  const values = texts(document, 'Values', { min: 1, max: 50 }, { min: 1, max: 1024 }, prefix);
  const isTag = key.startsWith('tag:');
  if (isTag ? operation !== 'DescribeParameters' : !KEYS[operation].some((known) => known === key)) {
    throw new AwsError(
      'InvalidFilterKey',
      `The following filter key is not valid: ${key}. Valid filter keys include: [${KEYS[operation].join(', ')}].`,
    );
  }
  if (values === undefined && !isTag) {
    throw new AwsError(
      'InvalidFilterValue',
      `The following filter values are missing : null for filter key ${key}.`,
    );
  }
  checkOption(key, option);
  return defined({ key, option, values: checkValues(key, values ?? []) });
}

function checkOption(key: string, option: string | undefined): void {
  if (option === undefined) return;
  const allowed = optionsOf(key);
  if (!allowed.includes(option)) {
    throw new AwsError(
      'InvalidFilterOption',
      `The following filter option is not valid: ${option}. Valid options include: [${allowed.join(', ')}].`,
    );
  }
}

function optionsOf(key: string): readonly string[] {
  if (key === 'Path') return ['Recursive', 'OneLevel'];
  if (key === 'Name') return ['BeginsWith', 'Equals', 'Contains'];
  return key === 'Label' ? ['Equals'] : ['BeginsWith', 'Equals'];
}

function checkValues(key: string, values: readonly string[]): readonly string[] {
  const known = KNOWN_VALUES[key];
  const stray = known === undefined ? undefined : values.find((value) => !known.includes(value));
  if (stray !== undefined) {
    throw new AwsError(
      'InvalidFilterValue',
      `The following filter value is not valid: ${stray}. Valid values include: [${known?.join(', ')}].`,
    );
  }
  if (key === 'Path' && values.some((value) => /^\/(aws|ssm)/i.test(value))) {
    throw new AwsError(
      'ValidationException',
      'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters, please specify within a global namespace.',
    );
  }
  return key === 'Path' ? values.map(readHierarchy) : values;
}

function matches(parameter: Parameter, filter: Filter): boolean {
  const { key, option, values } = filter;
  if (key === 'Path') {
    return values.some((hierarchy) => isUnder(parameter.name, hierarchy, option === 'Recursive'));
  }
  if (key === 'Label') {
    return parameter.versions.some((version) => version.labels.some((label) => values.includes(label)));
  }
  if (key.startsWith('tag:')) {
    const value = parameter.tags.get(key.slice('tag:'.length));
    return value !== undefined && (values.length === 0 || compares(value, option, values));
  }
  const found = fieldOf(parameter, key);
  return found !== undefined && compares(found, option, values);
}

function compares(found: string, option: string | undefined, values: readonly string[]): boolean {
  if (option === 'BeginsWith') return values.some((value) => found.startsWith(value));
  if (option === 'Contains') return values.some((value) => found.includes(value));
  return values.includes(found);
}

function fieldOf(parameter: Parameter, key: string): string | undefined {
  const newest = newestVersion(parameter);
  switch (key) {
    case 'Name':
      return parameter.name;
    case 'Type':
      return parameter.type;
    case 'KeyId':
      return newest.keyId;
    case 'Tier':
      return newest.tier;
    default:
      return newest.dataType;
  }
}
