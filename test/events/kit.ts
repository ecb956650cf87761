import { readConfig } from '../../src/config.ts';
import { accessPaths } from '../../src/events/parameters.ts';
import type { RoutingOptions } from '../../src/events/routing.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../simulator/kit.ts';

export const EVENT_AT = Date.UTC(2026, 0, 5, 12, 0, 3);

/** Routing as an installation with apps only has it; nobody is known to own a service. */
export function someRouting(changes: Partial<RoutingOptions> = {}): RoutingOptions {
  return {
    prefix: '/apppack',
    kinds: new Set(['app', 'sweep']),
    manages: (account, region) => account === DEFAULT_ACCOUNT && region === DEFAULT_REGION,
    appsOfService: async () => [],
    accessPaths: accessPaths(readConfig({})),
    ...changes,
  };
}

/** A whole EventBridge envelope. */
export function envelope(
  detailType: string,
  detail: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    version: '0',
    id: 'e-1',
    'detail-type': detailType,
    source: 'aws.ssm',
    account: DEFAULT_ACCOUNT,
    time: '2026-01-05T12:00:03Z',
    region: DEFAULT_REGION,
    resources: [],
    detail,
    ...changes,
  };
}

export function parameterChange(name: string, id = 'e-1', operation = 'Update'): Record<string, unknown> {
  return envelope('Parameter Store Change', { name, operation, type: 'String' }, { id });
}
