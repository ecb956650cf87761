import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { ReadingClients } from '../../src/aws/reader.ts';
import type { LoggedCall } from '../../src/simulator/region.ts';
import { loadWorld } from '../../src/simulator/world.ts';
import { type Bench, DEFAULT_ACCOUNT, DEFAULT_REGION, openBench } from '../simulator/kit.ts';

/** Every client a reader uses, on one simulated account that holds `sections`. */
export function openAccount(
  sections: Readonly<Record<string, unknown>>,
  options: Parameters<typeof openBench>[0] = {},
): { bench: Bench; clients: ReadingClients } {
  const bench = openBench(options);
  loadWorld(bench.simulator, {
    version: 1,
    accounts: [{ id: DEFAULT_ACCOUNT, region: DEFAULT_REGION, ...sections }],
  });
  const settings = bench.client('reader');
  return {
    bench,
    clients: {
      ssm: new SSMClient(settings),
      ecs: new ECSClient(settings),
      events: new EventBridgeClient(settings),
      autoscaling: new ApplicationAutoScalingClient(settings),
      dynamodb: new DynamoDBClient(settings),
    },
  };
}

/** How often each operation was called: `ssm.GetParameters` → 2. */
export function countCalls(calls: readonly LoggedCall[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { service, operation } of calls) {
    const name = `${service}.${operation}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/**
 * A request handler that answers operations by hand, for what must come off the wire as no simulator would send
 * it, and for services that are not simulated. Documents are sent as JSON, texts as they are.
 */
export function handmade(
  answer: (operation: string, input: Record<string, unknown>) => unknown,
): ConstructorParameters<typeof SSMClient>[0] & { readonly calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    region: DEFAULT_REGION,
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: {
      async handle(request: { headers: Record<string, string>; body?: unknown }) {
        const operation = request.headers['x-amz-target']?.split('.').at(-1) ?? '';
        calls.push(operation);
        const reply = answer(operation, JSON.parse(textOf(request.body)));
        const body = new TextEncoder().encode(typeof reply === 'string' ? reply : JSON.stringify(reply));
        return { response: { statusCode: 200, headers: {}, body } };
      },
    },
  };
}

function textOf(body: unknown): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body);
}

/** Policies and targets by resource id; scheduled actions too. */
export interface ScalingState {
  readonly targets: ReadonlyArray<{ readonly ResourceId: string; readonly [member: string]: unknown }>;
  readonly policies: ReadonlyArray<{ readonly ResourceId: string; readonly [member: string]: unknown }>;
  readonly actions?: ReadonlyArray<{ readonly ResourceId: string; readonly [member: string]: unknown }>;
}

/**
 * Application Auto Scaling's reads, paged as AWS pages them.
 * Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingPolicies.html
 */
export function answerScaling(state: ScalingState) {
  const page = (member: string, size: number, all: readonly unknown[], input: Record<string, unknown>) => {
    const start = Number(input.NextToken ?? 0);
    const next = start + size < all.length ? { NextToken: String(start + size) } : {};
    return { [member]: all.slice(start, start + size), ...next };
  };
  return (operation: string, input: Record<string, unknown>) => {
    if (input.ServiceNamespace !== 'ecs') throw new Error('the namespace is required');
    if (input.ScalableDimension !== undefined && (input.ResourceId ?? input.ResourceIds) === undefined)
      throw new Error('a dimension needs a resource id');
    const ids = input.ResourceIds ?? (input.ResourceId === undefined ? undefined : [input.ResourceId]);
    const wanted = <Thing extends { readonly ResourceId: string }>(things: readonly Thing[] = []) =>
      Array.isArray(ids) ? things.filter((thing) => ids.includes(thing.ResourceId)) : things;
    if (operation === 'DescribeScalableTargets') {
      if (Array.isArray(ids) && ids.length > 50) throw new Error('at most 50 resource ids');
      return page('ScalableTargets', 50, wanted(state.targets), input);
    }
    if (operation === 'DescribeScalingPolicies') {
      const { PolicyNames: names } = input;
      const named = wanted(state.policies).filter(
        ({ PolicyName: name }) => !Array.isArray(names) || names.includes(name),
      );
      return page('ScalingPolicies', 10, named, input);
    }
    return page('ScheduledActions', 50, wanted(state.actions), input);
  };
}
