import {
  type AttributeValue,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { SimulatorSwitches } from '../../../../src/simulator/region.ts';
import { type DynamoDbService, dynamoDbAmong } from '../../../../src/simulator/services/dynamodb/index.ts';
import { fromPlain, toPlain } from '../../../../src/simulator/services/dynamodb/plain.ts';
import { type Bench, DEFAULT_ACCOUNT, DEFAULT_REGION, openBench } from '../../kit.ts';

type Plain = Record<string, unknown>;
type Wire = Record<string, AttributeValue>;

/** An account with a real client and a table `tab` with the keys `p` and `s`, both text. */
export interface DynamoBench extends Bench {
  readonly dynamo: DynamoDBClient;
  readonly service: DynamoDbService;
  put(item: Plain, more?: Partial<PutItemCommandInput>): Promise<Plain | undefined>;
  get(p: string, s: string): Promise<Plain | undefined>;
  update(
    p: string,
    s: string,
    expression: string,
    more?: Partial<UpdateItemCommandInput>,
  ): Promise<Plain | undefined>;
}

export function openTable(
  options: { switches?: Partial<SimulatorSwitches>; seed?: number; items?: Plain[] } = {},
): DynamoBench {
  const bench = openBench(options);
  const client = new DynamoDBClient(bench.client());
  const service = dynamoDbAmong(bench.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION));
  service.load({
    tables: [{ name: 'tab', keys: { partition: 'p', sort: 's' }, items: options.items ?? [] }],
  });
  return {
    ...bench,
    dynamo: client,
    service,
    put: async (item, more = {}) => {
      const output = await client.send(new PutItemCommand({ TableName: 'tab', Item: wire(item), ...more }));
      return plain(output.Attributes);
    },
    get: async (p, s) => {
      const input = { TableName: 'tab', Key: wire({ p, s }), ConsistentRead: true };
      return plain((await client.send(new GetItemCommand(input))).Item);
    },
    update: async (p, s, expression, more = {}) => {
      const output = await client.send(
        new UpdateItemCommand({
          TableName: 'tab',
          Key: wire({ p, s }),
          UpdateExpression: expression,
          ReturnValues: 'ALL_NEW',
          ...more,
        }),
      );
      return plain(output.Attributes);
    },
  };
}

/** Plain JSON as attribute values, as the client wants them. */
export function wire(item: Plain): Wire {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, fromPlain(value) as AttributeValue]),
  );
}

/** Attribute values of the client as plain JSON. */
export function plain(item: Wire | undefined): Plain | undefined {
  if (item === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, toPlain(value as Parameters<typeof toPlain>[0])]),
  );
}

/** A set, which plain JSON has no form for. */
export const textSet = (...SS: string[]) => ({ $dynamodb: { SS } });
export const numberSet = (...NS: string[]) => ({ $dynamodb: { NS } });
