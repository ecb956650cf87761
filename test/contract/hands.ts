import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { RunTaskCommand } from '@aws-sdk/client-ecs';
import { toAttributes } from '../../src/aws/attributes.ts';
import { BUCKET, worldOfBuilds } from '../scenario/builders.ts';
import { openStage, type Stage } from '../scenario/stage.ts';

/** Records that no orchestrator of ours would write, put into the table by hand. */

export const ARN = 'arn:aws:codebuild:us-east-1:123456789012:build/shop:0106da45-7697-4bb0-b66d-b3fbe2f07291';
export const SERVICE = 'arn:aws:ecs:us-east-1:123456789012:service/main/shop-web';
export const LIVE = 'cloudwatch:///apppack/shop#web/web/abc';

/** The account of `builders.ts` without any orchestrator; logs of build 7 are in its bucket. */
export async function openUnattended(): Promise<Stage> {
  const objects = Object.fromEntries(['build', 'test', 'release'].map((name) => [`7/${name}.log`, 'text']));
  const tasks = [{ family: 'shop-web', runSeconds: 7_200, exitCode: 0 }];
  const sections = { ...worldOfBuilds({ tasks }), s3: { buckets: { [BUCKET]: { objects } } } };
  return openStage({ sections });
}

export const log = (name: string) => `s3://${BUCKET}/7/${name}.log`;

/** Seconds of the stage's clock, so many ago. */
export function ago(on: Stage, seconds: number): number {
  return Math.floor(on.clock.now() / 1000) - seconds;
}

/** A phase that took a minute, and has been over for one. */
export function done(on: Stage, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { start: ago(on, 120), end: ago(on, 60), state: 'succeeded', ...more };
}

/** Build, test and finalize as they are when all went well. */
export function built(on: Stage): Record<string, unknown> {
  return {
    build: done(on, { arns: [ARN], logs: log('build') }),
    test: done(on, { logs: log('test') }),
    finalize: done(on),
  };
}

/** Writes a record; `raw` are attributes in DynamoDB's own form. */
export async function putRecord(
  on: Stage,
  members: Record<string, unknown>,
  { number = 7, sort = `BUILD#${String(number).padStart(10, '0')}`, raw = {} }: RecordOptions = {},
): Promise<void> {
  const item = toAttributes({
    primary_id: 'APP#shop',
    secondary_id: sort,
    app: 'shop',
    build_number: number,
    ...members,
  });
  await on.person.dynamodb.send(new PutItemCommand({ TableName: 'apppack', Item: { ...item, ...raw } }));
}

export interface RecordOptions {
  readonly number?: number;
  readonly sort?: string;
  readonly raw?: Record<string, AttributeValue>;
}

/** A task that runs for as long as the scene lasts. Gives its ARN. */
export async function startTask(on: Stage): Promise<string> {
  const networkConfiguration = { awsvpcConfiguration: { subnets: ['subnet-1'] } };
  const { tasks } = await on.person.ecsOnce.send(
    new RunTaskCommand({
      cluster: 'main',
      taskDefinition: 'shop-web:1',
      launchType: 'FARGATE',
      networkConfiguration,
    }),
  );
  return tasks?.[0]?.taskArn ?? '';
}
