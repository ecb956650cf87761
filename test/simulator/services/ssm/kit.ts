import { PutParameterCommand, type PutParameterCommandInput, SSMClient } from '@aws-sdk/client-ssm';
import type { SimulatorSwitches } from '../../../../src/simulator/region.ts';
import type { SsmService } from '../../../../src/simulator/services/ssm/index.ts';
import { type Bench, DEFAULT_ACCOUNT, DEFAULT_REGION, openBench } from '../../kit.ts';

export interface SsmBench extends Bench {
  readonly ssm: SSMClient;
  readonly service: SsmService;
  put(name: string, input?: Partial<PutParameterCommandInput>): Promise<number | undefined>;
}

/** A quiet account with an SSM client, and `put` with valid defaults. */
export function openSsm(switches: Partial<SimulatorSwitches> = {}): SsmBench {
  const bench = openBench({ switches });
  const ssm = new SSMClient(bench.client());
  // The map holds services by their common face; under this name stands the one with the extra switch.
  const service = bench.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get('ssm') as SsmService;
  return {
    ...bench,
    ssm,
    service,
    async put(name, input = {}) {
      const put = new PutParameterCommand({ Name: name, Value: 'value', Type: 'String', ...input });
      return (await ssm.send(put)).Version;
    },
  };
}

/** The wire name of the error a call fails with. */
export async function failure(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return error instanceof Error ? error.name : 'not an error';
  }
  return 'no error';
}
