import type { Operation } from '../../region.ts';
import { type Document, flag, structure, text, wholeNumber } from '../members.ts';
import { consumed, readUnits } from './capacity.ts';
import type { Database } from './database.ts';
import { invalid, invalidParameter } from './errors.ts';
import { type Condition, parseCondition } from './expressions/condition.ts';
import { holds } from './expressions/evaluate.ts';
import { type KeyTest, parseKeyCondition, passes } from './expressions/key-condition.ts';
import { type Placeholders, readPlaceholders } from './expressions/placeholders.ts';
import { parseProjection } from './expressions/projection.ts';
import { pathsOf } from './expressions/walk.ts';
import { keyAttributes } from './keys.ts';
import { type Walk, type WalkedPage, walk } from './pages.ts';
import { project, projectionOn } from './paths.ts';
import { type Source, sourceOf } from './sources.ts';
import type { Table } from './table.ts';
import { type AttributeValue, attributeOf, type Item, readItem, typeOf } from './values.ts';

const SELECTS = ['ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES', 'SPECIFIC_ATTRIBUTES', 'COUNT'];
const SEGMENTS_MAX = 1_000_000;

/** Query and Scan. */
export function searchOperations(database: Database): Record<string, Operation> {
  return {
    Query: (input, caller) => {
      const table = database.open(input, 'Query', caller, text(input, 'IndexName'));
      const source = sourceOf(table, text(input, 'IndexName'), flag(input, 'ConsistentRead'));
      const members = ['KeyConditionExpression', 'FilterExpression', 'ProjectionExpression'];
      const placeholders = readPlaceholders(input, members);
      const tests = readKeyTests(input, source, placeholders);
      const request = readRequest(input, table, source, placeholders);
      return answer(input, table, source, request, queryWalk(database, input, source, tests, request));
    },
    Scan: (input, caller) => {
      const table = database.open(input, 'Scan', caller, text(input, 'IndexName'));
      const source = sourceOf(table, text(input, 'IndexName'), flag(input, 'ConsistentRead'));
      const placeholders = readPlaceholders(input, ['FilterExpression', 'ProjectionExpression']);
      const request = readRequest(input, table, source, placeholders);
      const items = inSegment(input, source.all(database.readingAt(request.isConsistent)), source);
      const page = walk({ ...request, items, compare: source.compareInScan });
      return answer(input, table, source, request, page);
    },
  };
}

interface SearchRequest extends Pick<Walk, 'startAfter' | 'limit' | 'accepts'> {
  readonly isConsistent: boolean;
  readonly countOnly: boolean;
  readonly shape: (item: Item) => Item;
}

function readRequest(
  input: Document,
  table: Table,
  source: Source,
  placeholders: Placeholders,
): SearchRequest {
  const filter = readFilter(input, source, placeholders);
  const projection = text(input, 'ProjectionExpression');
  const paths = projection === undefined ? undefined : parseProjection(projection, placeholders);
  placeholders.refuseUnused();
  const select = readSelect(input, source, paths !== undefined);
  return {
    isConsistent: flag(input, 'ConsistentRead'),
    countOnly: select === 'COUNT',
    shape: shapeOf(table, source, select, paths && projectionOn(paths)),
    limit: wholeNumber(input, 'Limit', { min: 1 }),
    accepts: (item) => filter === undefined || holds(filter, item),
    startAfter: readStartKey(input, source),
  };
}

function queryWalk(
  database: Database,
  input: Document,
  source: Source,
  { partition, sort }: KeyTests,
  request: SearchRequest,
): WalkedPage {
  const of = { [source.key.partition.name]: partition };
  if (request.startAfter !== undefined) checkStart(request.startAfter, source, partition);
  const isForward = (input.ScanIndexForward ?? undefined) === undefined || flag(input, 'ScanIndexForward');
  const found = source
    .partition(of, database.readingAt(request.isConsistent))
    .filter((item) => sort === undefined || passes(sort, attributeOf(item, source.key.sort?.name ?? '')));
  const compare = source.compareInPartition;
  if (isForward) return walk({ ...request, items: found, compare });
  return walk({ ...request, items: [...found].reverse(), compare: (a, b) => compare(b, a) });
}

interface KeyTests {
  readonly partition: AttributeValue;
  readonly sort: KeyTest | undefined;
}

/** One partition by equality, and perhaps a range of sort keys. Source: DynamoDB Query.KeyConditionExpressions.html */
function readKeyTests(input: Document, source: Source, placeholders: Placeholders): KeyTests {
  const expression = text(input, 'KeyConditionExpression');
  if (expression === undefined) {
    throw invalid(
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    );
  }
  const tests = parseKeyCondition(expression, placeholders);
  const { partition, sort } = source.key;
  const onPartition = tests.get(partition.name);
  const value = onPartition?.values[0];
  if (onPartition === undefined || value === undefined) {
    throw invalid(`Query condition missed key schema element: ${partition.name}`);
  }
  const onSort = sort && tests.get(sort.name);
  if (tests.size > 1 && onSort === undefined) {
    throw invalid(
      sort === undefined
        ? 'Query key condition not supported'
        : `Query condition missed key schema element: ${sort.name}`,
    );
  }
  if (onPartition.operator !== '=') throw invalid('Query key condition not supported');
  checkTypes(partition.type, onPartition);
  if (sort !== undefined && onSort !== undefined) checkTypes(sort.type, onSort);
  return { partition: value, sort: onSort };
}

function checkTypes(type: string, { values }: KeyTest): void {
  if (values.every((value) => typeOf(value) === type)) return;
  throw invalidParameter('Condition parameter type does not match schema type');
}

function readFilter(input: Document, source: Source, placeholders: Placeholders): Condition | undefined {
  const expression = text(input, 'FilterExpression');
  if (expression === undefined) return undefined;
  const filter = parseCondition('FilterExpression', expression, placeholders);
  if (input.KeyConditionExpression === undefined) return filter;
  const heads = pathsOf(filter).map(([head]) => head);
  const key = keyAttributes(source.key).find(({ name }) => heads.includes(name));
  if (key === undefined) return filter;
  throw invalid(
    `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${key.name}`,
  );
}

function readSelect(input: Document, source: Source, hasProjection: boolean): string {
  const whole = source.index === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES';
  const select = text(input, 'Select', { oneOf: SELECTS }) ?? (hasProjection ? 'SPECIFIC_ATTRIBUTES' : whole);
  if (hasProjection !== (select === 'SPECIFIC_ATTRIBUTES')) {
    throw invalid(
      hasProjection
        ? `Cannot specify the ProjectionExpression when choosing to get ${select}`
        : 'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    );
  }
  if (select === 'ALL_PROJECTED_ATTRIBUTES' && source.index === undefined) {
    throw invalidParameter('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
  if (
    select === 'ALL_ATTRIBUTES' &&
    source.index?.kind === 'global' &&
    source.index.projection.type !== 'ALL'
  ) {
    throw invalidParameter(
      `Select type ALL_ATTRIBUTES is not supported for global secondary index ${source.index.name} because its projection type is not ALL`,
    );
  }
  return select;
}

/** A local index fetches from the table what it lacks. */
function shapeOf(
  table: Table,
  source: Source,
  select: string,
  projected: ((item: Item) => Item) | undefined,
): (item: Item) => Item {
  if (select === 'ALL_ATTRIBUTES' && source.index?.kind === 'local') {
    return (item) => table.storage.get(item) ?? item;
  }
  return projected ?? ((item) => item);
}

function readStartKey(input: Document, source: Source): Item | undefined {
  const document = structure(input, 'ExclusiveStartKey');
  if (document === undefined) return undefined;
  const key = readItem(document);
  const isWhole =
    Object.keys(key).length === source.keyNames.length &&
    source.keyNames.every((name) => attributeOf(key, name) !== undefined);
  const fits = keyAttributes(source.key).every(({ name, type }) => {
    const value = attributeOf(key, name);
    return value !== undefined && typeOf(value) === type;
  });
  if (isWhole && fits) return key;
  throw invalid('The provided starting key is invalid');
}

function checkStart(start: Item, source: Source, partition: AttributeValue): void {
  const value = attributeOf(start, source.key.partition.name);
  if (value !== undefined && JSON.stringify(value) === JSON.stringify(partition)) return;
  throw invalid('The provided starting key is outside query boundaries based on provided conditions');
}

/** Parallel scans: each segment has its share of the partitions. Source: DynamoDB Scan.html#Scan.ParallelScan */
function inSegment(input: Document, items: readonly Item[], { key }: Source): readonly Item[] {
  const total = wholeNumber(input, 'TotalSegments', { min: 1, max: SEGMENTS_MAX });
  const segment = wholeNumber(input, 'Segment', { min: 0, max: SEGMENTS_MAX - 1 });
  if (total === undefined && segment === undefined) return items;
  if (total === undefined || segment === undefined) {
    const [absent, present] =
      total === undefined ? ['TotalSegments', 'Segment'] : ['Segment', 'TotalSegments'];
    throw invalid(
      `The ${absent} parameter is required but was not present in the request when ${present} parameter is present`,
    );
  }
  if (segment >= total) {
    throw invalid(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${segment} is not less than TotalSegments: ${total}`,
    );
  }
  const share = (item: Item): number => {
    const text = JSON.stringify(attributeOf(item, key.partition.name));
    return (
      [...text].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % SEGMENTS_MAX, 7) % total
    );
  };
  return items.filter((item) => share(item) === segment);
}

function answer(
  input: Document,
  table: Table,
  source: Source,
  request: SearchRequest,
  page: WalkedPage,
): Document {
  const { last } = page;
  const lastKey =
    last &&
    project(
      last,
      source.keyNames.map((name) => [name] as const),
    );
  return {
    ...(request.countOnly ? {} : { Items: page.items.map(request.shape) }),
    Count: page.items.length,
    ScannedCount: page.scannedCount,
    ...(lastKey === undefined ? {} : { LastEvaluatedKey: lastKey }),
    ...consumed(input, table, readUnits(page.scannedBytes, request.isConsistent)),
  };
}
