import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { type Document, missing, requiredText, requiredTexts } from '../members.ts';
import { readTags, type Tags, tagList } from '../tags.ts';
import type { Backend } from './backend.ts';
import type { Parameter } from './state.ts';

const TAGS_MAX = 50;
const RESOURCE_TYPES = [
  'Document',
  'ManagedInstance',
  'MaintenanceWindow',
  'Parameter',
  'PatchBaseline',
  'OpsItem',
  'OpsMetadata',
  'Automation',
  'Association',
];

/** Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html */
export function addTagsToResource(backend: Backend, input: Document, caller: Caller): unknown {
  const added = readTags(input, 'Tags', 1000);
  if (added === undefined) throw missing('tags');
  const parameter = readParameter(backend, 'AddTagsToResource', input, caller);
  const tags: Tags = new Map([...parameter.tags, ...added]);
  if (tags.size > TAGS_MAX) {
    throw new AwsError('TooManyTagsError', 'The number of tags exceeds the limit of 50 tags per resource.');
  }
  backend.replace({ ...parameter, tags });
  return {};
}

/** Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_RemoveTagsFromResource.html */
export function removeTagsFromResource(backend: Backend, input: Document, caller: Caller): unknown {
  const keys = requiredTexts(input, 'TagKeys', {}, { min: 1, max: 128 });
  const parameter = readParameter(backend, 'RemoveTagsFromResource', input, caller);
  const tags = new Map([...parameter.tags].filter(([key]) => !keys.includes(key)));
  backend.replace({ ...parameter, tags });
  return {};
}

/** Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListTagsForResource.html */
export function listTagsForResource(backend: Backend, input: Document, caller: Caller): unknown {
  return { TagList: tagList(readParameter(backend, 'ListTagsForResource', input, caller).tags) };
}

function readParameter(backend: Backend, action: string, input: Document, caller: Caller): Parameter {
  const type = requiredText(input, 'ResourceType', { oneOf: RESOURCE_TYPES });
  const name = requiredText(input, 'ResourceId');
  backend.authorize(action, name, caller);
  const parameter = type === 'Parameter' ? backend.store.actual(name) : undefined;
  if (parameter !== undefined) return parameter;
  throw new AwsError(
    'InvalidResourceId',
    "The resource ID isn't valid. Verify that you entered the correct ID and try again.",
  );
}
