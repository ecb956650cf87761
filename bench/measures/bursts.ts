import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import { sumUp } from '../counting.ts';
import type { Stand } from '../stand.ts';

/** All of it was taken in, looked at and deleted long before. */
const BURST_MS = 120_000;

export interface BurstCost {
  readonly passes: number;
  /** SSM, ECS, Application Auto Scaling and EventBridge calls of all of these passes. */
  readonly counted: number;
  readonly writes: number;
  /** SQS calls of the controller over the events. */
  readonly sqsCallsPerEvent: number;
}

/** Tells the controller of a parameter of an app so many times at once, though nothing has changed. */
export async function measureBurst(
  { stage, ...stand }: Stand,
  app: string,
  events: number,
): Promise<BurstCost> {
  const at = stage.clock.now();
  for (let event = 0; event < events; event += 1) {
    stage.simulator.emit(DEFAULT_ACCOUNT, DEFAULT_REGION, {
      source: 'aws.ssm',
      detailType: 'Parameter Store Change',
      resources: [
        `arn:aws:ssm:${DEFAULT_REGION}:${DEFAULT_ACCOUNT}:parameter/apppack/apps/${app}/config/VARIABLE_1`,
      ],
      detail: {
        operation: 'Update',
        name: `/apppack/apps/${app}/config/VARIABLE_1`,
        type: 'SecureString',
      },
    });
  }
  await stage.clock.advance(BURST_MS);
  const passes = stand.passesSince(at, app);
  const sqs = stand.callsSince(at).filter(({ service }) => service === 'sqs');
  return {
    passes: passes.length,
    counted: passes.reduce((sum, { calls }) => sum + sumUp(calls).counted, 0),
    writes: stage.writes(at).length,
    sqsCallsPerEvent: sqs.length / events,
  };
}
