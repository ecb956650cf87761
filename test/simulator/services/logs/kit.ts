import type { SimulatorSwitches } from '../../../../src/simulator/region.ts';
import { type EcsBench, openEcs } from '../ecs/kit.ts';

export const GROUP = '/shop';
export const STREAM = 'web/web/1';

/** An account with CloudWatch Logs; its calls are written by hand, as there is no client for them here. */
export interface LogsBench extends EcsBench {
  call(operation: string, input?: Record<string, unknown>): Promise<Document>;
  load(section: unknown): void;
  dump(): unknown;
  /** Writes lines one second apart, the last of them now. */
  put(lines: readonly string[], stream?: string): Promise<Document>;
}

/** A reply, with the members that tests look at. */
export interface Document extends Record<string, unknown> {
  readonly logGroups?: Record<string, unknown>[];
  readonly logStreams?: Record<string, unknown>[];
  readonly events?: { timestamp: number; message: string; logStreamName?: string; eventId?: string }[];
  readonly nextToken?: string;
  readonly nextForwardToken?: string;
  readonly nextBackwardToken?: string;
}

/** @param ecs goes into the ECS section of the account. */
export function openLogs(
  switches: Partial<SimulatorSwitches> = {},
  ecs: Record<string, unknown> = {},
): LogsBench {
  const bench = openEcs(ecs, { switches });
  const { requestHandler } = bench.client();
  const service = bench.simulator.region('123456789012', 'us-east-1').get('logs');
  if (service === undefined) throw new Error('the simulator has no CloudWatch Logs');
  const call = async (operation: string, input: Record<string, unknown> = {}): Promise<Document> => {
    const { response } = await requestHandler.handle({
      method: 'POST',
      headers: {
        'x-amz-target': `Logs_20140328.${operation}`,
        authorization: 'AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260105/us-east-1/logs/aws4_request',
      },
      body: JSON.stringify(input),
    });
    const document = JSON.parse(new TextDecoder().decode(response.body)) as Record<string, unknown>;
    if (response.statusCode === 200) return document;
    throw Object.assign(new Error(String(document.message)), { name: String(document.__type) });
  };
  return {
    ...bench,
    call,
    load: (section) => service.load(section),
    dump: () => service.dump(),
    put(lines, stream = STREAM) {
      const now = bench.clock.now();
      return call('PutLogEvents', {
        logGroupName: GROUP,
        logStreamName: stream,
        logEvents: lines.map((message, index) => ({
          timestamp: now - (lines.length - 1 - index) * 1000,
          message,
        })),
      });
    },
  };
}

/** An account with one group and one empty stream. */
export function openStream(switches: Partial<SimulatorSwitches> = {}): LogsBench {
  const bench = openLogs(switches);
  bench.load({ groups: { [GROUP]: { streams: { [STREAM]: {} } } } });
  return bench;
}

export function messages(document: Document): string[] {
  return (document.events ?? []).map(({ message }) => message);
}
