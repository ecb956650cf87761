import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient, type SSMClientConfig } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { type DirectLine, sendDirectly } from './direct.ts';
import { type CallPorts, instrument, type Place } from './middleware.ts';
import { createRetry } from './retry.ts';
import { type Credentials, createStubSigner, type SigningScope } from './signer.ts';

/** How often a call that may be repeated is tried. */
const ATTEMPTS_MAX = 3;
const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** SQS holds a long poll for up to 20 s: that, and the time any request gets. */
const LONG_POLL_TIMEOUT_MS = 20_000 + REQUEST_TIMEOUT_MS;

/** Said to AWS in the user agent, so that calls can be told apart in CloudTrail. */
const APP_ID = 'trimtab';

/** Where a simulated account pretends to be; nothing is ever resolved or sent. */
const SIMULATED_ENDPOINT = 'https://simulated.invalid';

/** What a simulated account is called with unless somebody is named. */
const SIMULATED_KEYS = { accessKeyId: 'simulated', secretAccessKey: 'simulated' };

/** The SDK clients of one account and region. */
export interface Clients {
  readonly ssm: SSMClient;
  readonly ecs: ECSClient;
  /** Tries once: RegisterTaskDefinition, RunTask and forced UpdateService, which a repetition would do twice. */
  readonly ecsOnce: ECSClient;
  readonly sqs: SQSClient;
  readonly events: EventBridgeClient;
  readonly autoscaling: ApplicationAutoScalingClient;
  readonly dynamodb: DynamoDBClient;
  readonly sts: STSClient;
  readonly codebuild: CodeBuildClient;
  readonly s3: S3Client;
  readonly logs: CloudWatchLogsClient;
}

const repeating = (service: string): Place => ({ service, attemptsMax: ATTEMPTS_MAX });

/** What each client calls, and how often it tries. */
const PLACES: Readonly<Record<keyof Clients, Place>> = {
  ssm: repeating('ssm'),
  ecs: repeating('ecs'),
  ecsOnce: { service: 'ecs', attemptsMax: 1 },
  sqs: repeating('sqs'),
  events: repeating('events'),
  autoscaling: repeating('autoscaling'),
  dynamodb: repeating('dynamodb'),
  sts: repeating('sts'),
  codebuild: repeating('codebuild'),
  s3: repeating('s3'),
  logs: repeating('logs'),
};

type RequestHandler = NonNullable<SSMClientConfig['requestHandler']>;

export interface ClientOptions extends CallPorts {
  /** `us-east-1`; use `findRegion` for what the environment or profile says. */
  readonly region: string | undefined;
  /** Keys, or a function that fetches some; the SDK's own chain is used when none are given. */
  readonly credentials?: Credentials;
  /** Base address of all services. Without it the SDK's rules apply, `AWS_ENDPOINT_URL` among them. */
  readonly endpoint?: string;
  /**
   * A simulated account. Requests go to it instead of the network, unsigned and without waits between attempts,
   * and neither the environment nor AWS's configuration files are read.
   */
  readonly requestHandler?: RequestHandler;
  /** A simulated account again: the JSON protocols' clients ask it without writing and parsing texts. */
  readonly direct?: DirectLine;
}

/** No region is configured; the message says where to put one. */
class NoRegionError extends Error {
  override readonly name = 'NoRegionError';
  constructor(options?: ErrorOptions) {
    super(
      'no AWS region is configured: set AWS_REGION, or `region` in the AWS profile that is used',
      options,
    );
  }
}

/** The region that the environment (`AWS_REGION`) or the AWS profile names; throws `NoRegionError`. */
export async function findRegion(): Promise<string> {
  try {
    return await new STSClient({}).config.region();
  } catch (cause) {
    throw new NoRegionError({ cause });
  }
}

/** Builds the clients, once for each account and region: a client costs as much as three calls. */
export function createClients(options: ClientOptions): Clients {
  const { region } = options;
  if (region === undefined || region === '') throw new NoRegionError();
  const settings = (signingName: string, attemptsMax = ATTEMPTS_MAX) => ({
    ...(options.requestHandler === undefined
      ? realSettings(options)
      : simulatedSettings(options, options.requestHandler, { region, service: signingName })),
    region,
    cacheMiddleware: true,
    userAgentAppId: APP_ID,
    maxAttempts: attemptsMax,
    // A retry strategy keeps a budget, so each client gets its own: one service's bad day stays its own.
    retryStrategy: createRetry(attemptsMax, { instant: options.requestHandler !== undefined }),
  });
  const longPolls =
    options.requestHandler === undefined ? { requestHandler: timeouts(LONG_POLL_TIMEOUT_MS) } : {};
  const clients: Clients = {
    ssm: new SSMClient(settings('ssm')),
    ecs: new ECSClient(settings('ecs')),
    ecsOnce: new ECSClient(settings('ecs', 1)),
    // The address in a queue's URL is not where to send: behind AWS_ENDPOINT_URL it would lead to real AWS.
    sqs: new SQSClient({ ...settings('sqs'), ...longPolls, useQueueUrlAsEndpoint: false }),
    events: new EventBridgeClient(settings('events')),
    autoscaling: new ApplicationAutoScalingClient(settings('application-autoscaling')),
    dynamodb: new DynamoDBClient(settings('dynamodb')),
    sts: new STSClient(settings('sts')),
    codebuild: new CodeBuildClient(settings('codebuild')),
    s3: new S3Client({
      ...settings('s3'),
      // Names of buckets in the path: one endpoint then serves all of them, a simulated account's too.
      forcePathStyle: true,
      // A checksum of its own needs a body to be read twice; what is put is signed and goes over TLS.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // Looked up in the environment and in files otherwise.
      disableMultiregionAccessPoints: false,
      useArnRegion: false,
      disableS3ExpressSessionAuth: true,
    }),
    logs: new CloudWatchLogsClient(settings('logs')),
  };
  instrumentAll(clients, options);
  if (options.direct !== undefined) {
    const credentials = options.credentials ?? SIMULATED_KEYS;
    const direct = { ...options, line: options.direct, region, credentials };
    for (const name of DIRECT) sendDirectly(clients[name], PLACES[name], direct);
  }
  return clients;
}

function instrumentAll(clients: Clients, ports: CallPorts): void {
  instrument(clients.ssm, PLACES.ssm, ports);
  instrument(clients.ecs, PLACES.ecs, ports);
  instrument(clients.ecsOnce, PLACES.ecsOnce, ports);
  instrument(clients.sqs, PLACES.sqs, ports);
  instrument(clients.events, PLACES.events, ports);
  instrument(clients.autoscaling, PLACES.autoscaling, ports);
  instrument(clients.dynamodb, PLACES.dynamodb, ports);
  instrument(clients.sts, PLACES.sts, ports);
  instrument(clients.codebuild, PLACES.codebuild, ports);
  instrument(clients.s3, PLACES.s3, ports);
  instrument(clients.logs, PLACES.logs, ports);
}

/** All but those that speak another protocol than JSON: STS and S3 go on as they are. */
const DIRECT = [
  'ssm',
  'ecs',
  'ecsOnce',
  'sqs',
  'events',
  'autoscaling',
  'dynamodb',
  'codebuild',
  'logs',
] as const;

function realSettings(options: ClientOptions) {
  const { credentials, endpoint } = options;
  return {
    requestHandler: timeouts(REQUEST_TIMEOUT_MS),
    ...(credentials === undefined ? {} : { credentials }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

function timeouts(requestTimeout: number) {
  return { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout, throwOnRequestTimeout: true };
}

/** Whatever is not said here, the SDK would look up in the environment and in ~/.aws on the first call. */
function simulatedSettings(options: ClientOptions, requestHandler: RequestHandler, scope: SigningScope) {
  const credentials = options.credentials ?? SIMULATED_KEYS;
  return {
    requestHandler,
    credentials,
    signer: createStubSigner(credentials, scope),
    endpoint: options.endpoint ?? SIMULATED_ENDPOINT,
    retryMode: 'standard',
    authSchemePreference: [],
    disableClockSkewCorrection: true,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    accountIdEndpointMode: 'disabled' as const,
  };
}
