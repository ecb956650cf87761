import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import type { Simulator } from '../../src/simulator/account.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION, SimulatedTransport } from '../../src/simulator/transport.ts';
import { directClients } from '../replay.ts';

/** Makes SDK clients, by our short names of services, that talk to a simulated account. */
export type OpenClients = (
  simulator: Simulator,
  requestHandler?: SimulatedTransport,
) => Readonly<Partial<Record<string, unknown>>>;

/** As replays have them. */
export const simulationClients: OpenClients = (simulator, requestHandler) => ({
  ...directClients(simulator, requestHandler),
});

/** As the SDK makes them when it is told nothing but where to send: signed, and with every middleware there is. */
export const defaultClients: OpenClients = (
  simulator,
  requestHandler = new SimulatedTransport(simulator),
) => {
  const options = {
    region: DEFAULT_REGION,
    credentials: { accessKeyId: DEFAULT_ACCOUNT, secretAccessKey: 'simulated' },
    requestHandler,
  };
  return {
    ssm: new SSMClient(options),
    ecs: new ECSClient(options),
    sqs: new SQSClient({ ...options, useQueueUrlAsEndpoint: false }),
    events: new EventBridgeClient(options),
    autoscaling: new ApplicationAutoScalingClient(options),
    dynamodb: new DynamoDBClient(options),
    sts: new STSClient(options),
    codebuild: new CodeBuildClient(options),
  };
};
