import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../../src/simulator/errors.ts';
import {
  addNumbers,
  compareNumbers,
  normalNumber,
} from '../../../../src/simulator/services/dynamodb/numbers.ts';
import { fromPlain, toPlain } from '../../../../src/simulator/services/dynamodb/plain.ts';
import { openTable } from './kit.ts';

const members = [
  'TableName',
  'IndexName',
  'Key',
  'Item',
  'UpdateExpression',
  'ConditionExpression',
  'KeyConditionExpression',
  'FilterExpression',
  'ProjectionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'ExclusiveStartKey',
  'Limit',
  'RequestItems',
  'TransactItems',
  'KeySchema',
  'AttributeDefinitions',
  'TimeToLiveSpecification',
  'ReturnValues',
  'Select',
];

const caller = { client: 'test', accessKey: 'AKIA' };

describe('hostile input', () => {
  const { operations } = openTable().service;

  it.each(Object.keys(operations))('%s answers or refuses, and never breaks', async (operation) => {
    const document = fc.dictionary(fc.constantFrom(...members), fc.jsonValue({ maxDepth: 3 }));
    await fc.assert(
      fc.asyncProperty(document, fc.boolean(), async (input, named) => {
        const { service } = openTable({ items: [{ p: 'a', s: '1' }] });
        const key = { p: { S: 'a' }, s: { S: '1' } };
        const call = named ? { ...input, TableName: 'tab', Key: key, Item: key } : input;
        const perform = async () => service.operations[operation]?.(call, caller);
        const error = await perform().catch((thrown: unknown) => thrown);
        if (error instanceof Error) expect(error).toBeInstanceOf(AwsError);
      }),
      { numRuns: 60 },
    );
  });

  it('expressions made of scraps are refused or applied, and never break', () => {
    const scraps = fc.constantFrom(
      ...['SET', 'REMOVE', 'ADD', 'AND', 'NOT', 'BETWEEN', 'IN', 'size', 'a', '#n', ':v', '(', ')', '[', ']'],
      ...['0', '.', ',', '=', '<', '<>', '+', '-', 'if_not_exists', 'list_append', 'contains', '§'],
    );
    fc.assert(
      fc.property(
        fc.array(scraps, { maxLength: 12 }),
        fc.constantFrom('UpdateExpression', 'ConditionExpression'),
        (words, member) => {
          const { service } = openTable({ items: [{ p: 'a', s: '1', a: [1] }] });
          const input = {
            TableName: 'tab',
            Key: { p: { S: 'a' }, s: { S: '1' } },
            [member]: words.join(' '),
            ExpressionAttributeNames: { '#n': 'b' },
            ExpressionAttributeValues: { ':v': { N: '1' } },
          };
          try {
            service.operations.UpdateItem?.(input, caller);
          } catch (error) {
            expect(error).toBeInstanceOf(AwsError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('numbers', () => {
  const decimal = fc
    .tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.integer({ min: -20, max: 20 }))
    .map(([coefficient, exponent]) => `${coefficient}e${exponent}`);

  it('have one normal form', () => {
    fc.assert(
      fc.property(decimal, (text) => {
        const normal = normalNumber(text);
        expect(normalNumber(normal)).toBe(normal);
        expect(Number(normal)).toBeCloseTo(Number(text), 5);
        expect(compareNumbers(normal, text)).toBe(0);
      }),
    );
  });

  it('add and compare as numbers do', () => {
    const whole = fc.integer();
    fc.assert(
      fc.property(whole, whole, fc.integer({ min: -30, max: 30 }), (a, b, power) => {
        const scaled = (value: number): string => `${value}e${power}`;
        expect(compareNumbers(scaled(a), scaled(b))).toBe(Math.sign(a - b));
        expect(addNumbers(scaled(a), scaled(b))).toBe(normalNumber(scaled(a + b)));
        expect(addNumbers(scaled(a), scaled(b), -1n)).toBe(normalNumber(scaled(a - b)));
      }),
    );
  });
});

describe('plain JSON', () => {
  it('comes back as it was', () => {
    const leaf = [fc.string(), fc.boolean(), fc.integer(), fc.constant(null), fc.constant(0.1)];
    fc.assert(
      fc.property(fc.object({ values: leaf, maxDepth: 4 }), (document) => {
        expect(toPlain(fromPlain(document))).toEqual(document);
      }),
    );
  });
});
