import { invalid } from '../errors.ts';
import type { AttributeValue } from '../values.ts';
import { type Comparator, type Condition, type Operand, parseCondition } from './condition.ts';
import { beginsWith, compares } from './evaluate.ts';
import type { Placeholders } from './placeholders.ts';

/** What is asked of one key attribute. */
export interface KeyTest {
  readonly operator: Comparator | 'BETWEEN' | 'begins_with';
  readonly values: readonly AttributeValue[];
}

const MIRRORED: Readonly<Record<Comparator, Comparator>> = {
  '=': '=',
  '<>': '<>',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** Reads a key condition: at most one test for each attribute. Source: DynamoDB Query.KeyConditionExpressions.html */
export function parseKeyCondition(source: string, placeholders: Placeholders): ReadonlyMap<string, KeyTest> {
  const tests = new Map<string, KeyTest>();
  collect(parseCondition('KeyConditionExpression', source, placeholders), tests);
  return tests;
}

/** Whether a key attribute passes a test. */
export function passes(test: KeyTest, value: AttributeValue | undefined): boolean {
  const [first, second] = test.values;
  if (test.operator === 'begins_with') return beginsWith(value, first);
  if (test.operator === 'BETWEEN') return compares('>=', value, first) && compares('<=', value, second);
  return compares(test.operator, value, first);
}

function collect(condition: Condition, tests: Map<string, KeyTest>): void {
  if (condition.kind === 'and') {
    collect(condition.left, tests);
    collect(condition.right, tests);
    return;
  }
  const [name, test] = readTest(condition);
  if (tests.has(name)) throw invalid('KeyConditionExpressions must only contain one condition per key');
  tests.set(name, test);
}

function readTest(condition: Condition): [string, KeyTest] {
  if (condition.kind === 'compare') return readComparison(condition);
  if (condition.kind === 'between') {
    const values = [givenValue(condition.low), givenValue(condition.high)];
    return [keyName(condition.operand), { operator: 'BETWEEN', values }];
  }
  if (condition.kind === 'beginsWith') {
    return [keyName(condition.operand), { operator: 'begins_with', values: [givenValue(condition.prefix)] }];
  }
  throw invalid(`Invalid operator used in KeyConditionExpression: ${operatorName(condition)}`);
}

function readComparison({ comparator, left, right }: Condition & { kind: 'compare' }): [string, KeyTest] {
  if (comparator === '<>') throw invalid('Invalid operator used in KeyConditionExpression: <>');
  if (left.kind === 'path' || left.kind === 'size') {
    return [keyName(left), { operator: comparator, values: [givenValue(right)] }];
  }
  return [keyName(right), { operator: MIRRORED[comparator], values: [givenValue(left)] }];
}

function keyName(operand: Operand): string {
  if (operand.kind === 'size') throw invalid('KeyConditionExpressions cannot contain nested operations');
  if (operand.kind === 'value') {
    throw invalid('Invalid condition in KeyConditionExpression: No key attribute specified');
  }
  if (operand.path.length > 1) {
    throw invalid('KeyConditionExpressions cannot have conditions on nested attributes');
  }
  return operand.path[0];
}

function givenValue(operand: Operand): AttributeValue {
  if (operand.kind === 'value') return operand.value;
  if (operand.kind === 'size') throw invalid('KeyConditionExpressions cannot contain nested operations');
  throw invalid(
    'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition',
  );
}

function operatorName(condition: Condition): string {
  if (condition.kind === 'exists') return condition.wanted ? 'attribute_exists' : 'attribute_not_exists';
  if (condition.kind === 'type') return 'attribute_type';
  return condition.kind === 'contains' ? 'contains' : condition.kind.toUpperCase();
}
