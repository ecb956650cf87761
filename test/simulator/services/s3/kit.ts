import { S3Client } from '@aws-sdk/client-s3';
import type { SimulatorSwitches } from '../../../../src/simulator/region.ts';
import { type Bench, DEFAULT_ACCOUNT, DEFAULT_REGION, openBench } from '../../kit.ts';

export const BUCKET = 'shop-artifacts';

export interface S3Bench extends Bench {
  readonly s3: S3Client;
  load(section: unknown): void;
  dump(): unknown;
}

/** An account with a bucket, and a real client that talks to it. */
export function openS3(
  objects: Record<string, unknown> = {},
  switches: Partial<SimulatorSwitches> = {},
): S3Bench {
  const bench = openBench({ switches });
  const service = bench.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get('s3');
  if (service === undefined) throw new Error('the simulator has no S3');
  service.load({ buckets: { [BUCKET]: { objects } } });
  return {
    ...bench,
    s3: new S3Client({ ...bench.client(), endpoint: 'https://simulated.invalid', forcePathStyle: true }),
    load: (section) => service.load(section),
    dump: () => service.dump(),
  };
}
