import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { type Document, defined, requiredText, requiredTexts, text } from '../members.ts';
import { compare } from '../paging.ts';
import { readTags, type Tags, tagList } from '../tags.ts';
import { listPage, NAME } from './rules.ts';
import {
  type Bus,
  busArn,
  DEFAULT_BUS,
  type EventsState,
  findRule,
  invalid,
  readBusName,
  refuseManaged,
  ruleArn,
} from './state.ts';

/** Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const BUSES_MAX = 100;
const TAGS_MAX = 50;
/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html */
const BUS_NAME = { min: 1, max: 256, pattern: /^[/.\-_A-Za-z0-9]+$/ } as const;

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html */
export function createEventBus(state: EventsState, input: Document, caller: Caller): unknown {
  const { context, buses } = state;
  const name = requiredText(input, 'Name', BUS_NAME);
  const description = text(input, 'Description', { max: 512 });
  const tags = readTags(input, 'Tags', TAGS_MAX) ?? new Map();
  context.authorize('events:CreateEventBus', busArn(context, name), caller);
  if (name.includes('/')) throw invalid("Event bus name must not contain '/'.");
  if (buses.has(name)) {
    throw new AwsError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
  }
  if (buses.size >= BUSES_MAX) {
    throw new AwsError(
      'LimitExceededException',
      'The requested resource exceeds the maximum number allowed.',
    );
  }
  buses.set(name, defined({ name, description, tags, createdAt: context.clock.now() }));
  return defined({ EventBusArn: busArn(context, name), Description: description });
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteEventBus.html */
export function deleteEventBus(state: EventsState, input: Document, caller: Caller): unknown {
  const name = requiredText(input, 'Name', BUS_NAME);
  state.context.authorize('events:DeleteEventBus', busArn(state.context, name), caller);
  if (name === DEFAULT_BUS) throw invalid('Cannot delete event bus default.');
  if (state.rulesOf(name).length > 0) {
    throw invalid(`Event bus ${name} cannot be deleted since it has rules.`);
  }
  state.buses.delete(name);
  return {};
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html */
export function describeEventBus(state: EventsState, input: Document, caller: Caller): unknown {
  const name = readBusName(state.context, input, 'Name');
  state.context.authorize('events:DescribeEventBus', busArn(state.context, name), caller);
  return showBus(state, findBus(state, name));
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListEventBuses.html */
export function listEventBuses(state: EventsState, input: Document, caller: Caller): unknown {
  const prefix = text(input, 'NamePrefix', BUS_NAME) ?? '';
  state.context.authorize('events:ListEventBuses', busArn(state.context, '*'), caller);
  const buses = [...state.buses.values()]
    .filter((bus) => bus.name.startsWith(prefix))
    .sort((a, b) => compare(a.name, b.name));
  const page = listPage(input, `ListEventBuses ${prefix}`, buses, (bus) => bus.name);
  return defined({ EventBuses: page.items.map((bus) => showBus(state, bus)), NextToken: page.nextToken });
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TagResource.html */
export function tagResource(state: EventsState, input: Document, caller: Caller): unknown {
  const tags = readTags(input, 'Tags', TAGS_MAX) ?? new Map<string, string>();
  const resource = findTagged(state, input, 'TagResource', caller);
  const merged: Tags = new Map([...resource.tags, ...tags]);
  if (merged.size > TAGS_MAX) throw invalid('Resource has too many tags.');
  resource.set(merged);
  return {};
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UntagResource.html */
export function untagResource(state: EventsState, input: Document, caller: Caller): unknown {
  const keys = requiredTexts(input, 'TagKeys', {}, { min: 1, max: 128 });
  const resource = findTagged(state, input, 'UntagResource', caller);
  resource.set(new Map([...resource.tags].filter(([key]) => !keys.includes(key))));
  return {};
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTagsForResource.html */
export function listTagsForResource(state: EventsState, input: Document, caller: Caller): unknown {
  return { Tags: tagList(findTagged(state, input, 'ListTagsForResource', caller).tags) };
}

function findTagged(
  state: EventsState,
  input: Document,
  action: string,
  caller: Caller,
): { readonly tags: Tags; set(tags: Tags): void } {
  const { context } = state;
  const arn = requiredText(input, 'ResourceARN', { min: 1, max: 1600 });
  context.authorize(`events:${action}`, arn, caller);
  const busStart = busArn(context, '');
  if (arn.startsWith(busStart)) {
    const bus = findBus(state, arn.slice(busStart.length));
    return { tags: bus.tags, set: (tags) => state.buses.set(bus.name, { ...bus, tags }) };
  }
  const [busName, name] = splitRuleArn(arn, ruleArn(context, DEFAULT_BUS, ''));
  const rule = findRule(state, busName, name);
  if (action !== 'ListTagsForResource') refuseManaged(rule);
  return { tags: rule.tags, set: (tags) => state.setRule(busName, name, { ...rule, tags }) };
}

function splitRuleArn(arn: string, start: string): readonly [string, string] {
  const rest = arn.startsWith(start) ? arn.slice(start.length) : undefined;
  const parts = rest?.split('/') ?? [];
  const name = parts.pop();
  if (name === undefined || !NAME.pattern.test(name)) {
    throw invalid(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
  }
  return [parts.length === 0 ? DEFAULT_BUS : parts.join('/'), name];
}

function findBus(state: EventsState, name: string): Bus {
  const bus = state.buses.get(name);
  if (bus !== undefined) return bus;
  throw new AwsError('ResourceNotFoundException', `Event bus ${name} does not exist.`);
}

function showBus(state: EventsState, bus: Bus): Record<string, unknown> {
  return defined({
    Name: bus.name,
    Arn: busArn(state.context, bus.name),
    Description: bus.description,
    CreationTime: bus.createdAt / 1000,
    LastModifiedTime: bus.createdAt / 1000,
  });
}
