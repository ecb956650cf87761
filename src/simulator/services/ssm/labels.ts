import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { type Document, requiredTexts, wholeNumber } from '../members.ts';
import { type Backend, parameterNotFound } from './backend.ts';
import { readName } from './names.ts';
import { newestVersion, type Parameter, type ParameterVersion } from './state.ts';

const LABELS_MAX = 10;
const LABEL = { min: 1, max: 100 } as const;

/** Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html */
export function labelParameterVersion(backend: Backend, input: Document, caller: Caller): unknown {
  const { name, labels, parameter, version } = readRequest(backend, 'LabelParameterVersion', input, caller);
  const good = labels.filter(isLabel);
  const kept = [...new Set([...version.labels, ...good])];
  if (kept.length > LABELS_MAX) {
    throw new AwsError(
      'ParameterVersionLabelLimitExceeded',
      'A parameter version can have a maximum of ten labels.',
    );
  }
  const moved = parameter.versions.map((other) => ({
    ...other,
    labels: other === version ? kept : other.labels.filter((label) => !good.includes(label)),
  }));
  if (good.length > 0) backend.change('LabelParameterVersion', name, { ...parameter, versions: moved });
  return { InvalidLabels: labels.filter((label) => !isLabel(label)), ParameterVersion: version.version };
}

/** Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UnlabelParameterVersion.html */
export function unlabelParameterVersion(backend: Backend, input: Document, caller: Caller): unknown {
  const { labels, parameter, version } = readRequest(backend, 'UnlabelParameterVersion', input, caller);
  const removed = labels.filter((label) => version.labels.includes(label));
  backend.replace({
    ...parameter,
    versions: parameter.versions.map((other) =>
      other === version
        ? { ...other, labels: other.labels.filter((label) => !removed.includes(label)) }
        : other,
    ),
  });
  return { RemovedLabels: removed, InvalidLabels: labels.filter((label) => !removed.includes(label)) };
}

interface LabelRequest {
  readonly name: string;
  readonly labels: readonly string[];
  readonly parameter: Parameter;
  readonly version: ParameterVersion;
}

function readRequest(backend: Backend, action: string, input: Document, caller: Caller): LabelRequest {
  const name = readName(input);
  const labels = requiredTexts(input, 'Labels', { min: 1, max: LABELS_MAX }, LABEL);
  const wanted = wholeNumber(input, 'ParameterVersion');
  backend.authorize(action, name, caller);
  const parameter = backend.store.actual(name);
  if (parameter === undefined) throw parameterNotFound();
  const version =
    wanted === undefined
      ? newestVersion(parameter)
      : parameter.versions.find((candidate) => candidate.version === wanted);
  if (version === undefined) {
    throw new AwsError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${wanted} of ${name}. Verify the version and try again.`,
    );
  }
  return { name, labels, parameter, version };
}

function isLabel(label: string): boolean {
  return /^[a-zA-Z_.-][a-zA-Z0-9_.-]*$/.test(label) && !/^(aws|ssm)/i.test(label);
}
