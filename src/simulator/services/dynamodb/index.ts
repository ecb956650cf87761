import type { RegionContext, Service } from '../../region.ts';
import { type BatchShare, batchOperations } from './batches.ts';
import { Database } from './database.ts';
import { itemOperations } from './items.ts';
import { searchOperations } from './search.ts';
import { tableOperations } from './tables.ts';
import { Transactions } from './transactions.ts';
import { dumpTables, loadTables } from './world.ts';

/** DynamoDB, and a switch for what AWS does on busy days. */
export interface DynamoDbService extends Service {
  /** Lets batch calls do this many items at most and give the rest back as unprocessed. */
  readonly batches: BatchShare;
}

/** Tables of one account and region. Reads that are not consistent may lag, as the weather says. */
export function createDynamoDbService(context: RegionContext): DynamoDbService {
  const database = new Database(context);
  const transactions = new Transactions(database);
  const batches: BatchShare = { itemsMax: Number.POSITIVE_INFINITY };
  return {
    name: 'dynamodb',
    batches,
    operations: {
      ...tableOperations(database),
      ...itemOperations(database),
      ...searchOperations(database),
      ...batchOperations(database, batches),
      ...transactions.operations,
    },
    load: (section) => loadTables(database, transactions, section),
    dump: () => dumpTables(database, transactions),
  };
}

/** The DynamoDB service among `services`, for tests that make it busy. */
export function dynamoDbAmong(services: ReadonlyMap<string, Service>): DynamoDbService {
  const service = services.get('dynamodb');
  if (service !== undefined && 'batches' in service) return service as DynamoDbService; // Only DynamoDB has it.
  throw new Error('there is no DynamoDB among these services');
}
