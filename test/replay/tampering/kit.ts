import type { Report } from '../../../src/reconcile/reconcile.ts';
import type { DatedCondition } from '../../../src/reconcile/status.ts';
import type { Change } from '../../../src/replay/changes.ts';
import type { Evidence } from '../../../src/replay/evidence.ts';
import type { ObservedApp, ServiceAround } from '../../../src/replay/observation.ts';
import type { LoggedCall } from '../../../src/simulator/region.ts';
import { instantAt, START } from '../kit.ts';

/** An invariant, what is changed in a good case so that it does not hold any more, the change, and what is said of it. */
export type Tampering = readonly [
  id: string,
  what: string,
  change: (evidence: Evidence) => Evidence,
  expected: RegExp,
];

export const PLACE = '123456789012/us-east-1';
export const SETTINGS = '/apppack/apps/shop/settings';
export const wokenKey = { account: '123456789012', region: 'us-east-1', kind: 'app', name: 'shop' } as const;

export const call = (members: Partial<LoggedCall>): LoggedCall => ({
  at: START + 700_000,
  endedAt: START + 700_000,
  client: 'controller',
  account: '123456789012',
  region: 'us-east-1',
  service: 'ecs',
  operation: 'UpdateService',
  input: { cluster: 'main', service: 'shop-web', desiredCount: 2 },
  code: 'OK',
  ...members,
});

export const withCalls = (evidence: Evidence, ...calls: LoggedCall[]): Evidence => ({
  ...evidence,
  calls: [...evidence.calls, ...calls],
});

/** The last pass over an app that wrote something, with some of its report changed. */
export function withPass(evidence: Evidence, changes: Partial<Report>, times = 1, everyMs = 1_000): Evidence {
  const last = evidence.reports.findLast(
    ({ report }) => report.work.key.name === 'shop' && report.actions.length > 0,
  );
  if (last === undefined) throw new Error('the good case has no writing pass');
  const { report } = last;
  const more = Array.from({ length: times }, (_, index) => {
    const at = START + 800_000 + index * everyMs;
    return { ...last, at, report: { ...report, conditions: [], startedAt: at, ...changes } };
  });
  return { ...evidence, reports: [...evidence.reports, ...more] };
}

/** Another pass over the same app at an instant, which may be before others. */
export function passAt(evidence: Evidence, seconds: number, changes: Partial<Report>): Evidence {
  const more = withPass(evidence, changes).reports.slice(evidence.reports.length);
  const at = START + seconds * 1_000;
  const moved = more.map((one) => ({ ...one, at, report: { ...one.report, startedAt: at, actions: [] } }));
  return { ...evidence, reports: [...evidence.reports, ...moved].sort((a, b) => a.at - b.at) };
}

/** What is said of an app at the end. */
export function withConditions(
  evidence: Evidence,
  app: string,
  conditions: readonly DatedCondition[],
): Evidence {
  const { end } = evidence;
  const statuses = new Map(end.statuses);
  const status = statuses.get(app);
  if (status !== undefined) statuses.set(app, { ...status, conditions });
  return { ...evidence, end: { ...end, statuses } };
}

export const condition = (since: number) => ({
  type: 'Valid' as const,
  status: 'False' as const,
  reason: 'InvalidSize',
  message: 'x',
  since,
});

export const foreign = (evidence: Evidence): Evidence => {
  const text = JSON.stringify(evidence.snapshot).replaceAll('/apppack/apps/shop"', '/other/apps/shop"');
  return { ...evidence, snapshot: JSON.parse(text) };
};

/** The same case with something more in its time line. */
export const withChanges = (evidence: Evidence, ...changes: Change[]): Evidence => {
  const timeline = [...evidence.snapshot.timeline, ...changes].sort(
    (a, b) => Date.parse(a.at) - Date.parse(b.at),
  );
  return { ...evidence, snapshot: { ...evidence.snapshot, timeline } };
};

export const byHand = (seconds: number, service: string, operation: string, input: object): Change => ({
  at: instantAt(seconds),
  type: 'call',
  service,
  operation,
  input: { ...input },
});

export const SHOP_ARN = 'arn:aws:ecs:us-east-1:123456789012:service/main/shop-web';
export const SHOP_TARGET = 'service/main/shop-web';

/** The end with each service changed. */
export const withServices = (evidence: Evidence, change: (one: ServiceAround) => ServiceAround): Evidence => {
  const { observation } = evidence.end;
  const services = observation.services.map(change);
  return { ...evidence, end: { ...evidence.end, observation: { ...observation, services } } };
};

export const withApps = (evidence: Evidence, change: (one: ObservedApp) => ObservedApp): Evidence => {
  const { observation } = evidence.end;
  return {
    ...evidence,
    end: { ...evidence.end, observation: { ...observation, apps: observation.apps.map(change) } },
  };
};

export const deletionOf = (resource: string) => ({
  type: 'applied' as const,
  result: undefined,
  action: { id: resource, type: 'delete', resource, deletes: true },
});
