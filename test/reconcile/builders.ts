import type { Work } from '../../src/reconcile/controller.ts';
import type { Failure } from '../../src/reconcile/errors.ts';
import type { Action, Plan } from '../../src/reconcile/plan.ts';
import { EMPTY_STATUS, type Status } from '../../src/reconcile/status.ts';

export const NOW = Date.UTC(2026, 0, 5, 12);

export function someAction(changes: Partial<Action> = {}): Action {
  return { id: 'services/web/update', type: 'updateService', resource: 'service shop-web', ...changes };
}

export function somePlan(changes: Partial<Plan> = {}): Plan {
  return { actions: [], differences: [], conditions: [], memory: undefined, parameters: {}, ...changes };
}

export function someStatus(changes: Partial<Status> = {}): Status {
  return { ...EMPTY_STATUS, ...changes };
}

export function someWork(changes: Partial<Work> = {}): Work {
  return {
    key: { account: '123456789012', region: 'us-east-1', kind: 'app', name: 'shop' },
    causes: [{ id: 'event:1' }],
    beganAt: NOW,
    ...changes,
  };
}

export const NO_ANSWER: Failure = { kind: 'unknown', code: 'TimeoutError', message: 'no answer.' };
export const DENIED: Failure = { kind: 'denied', code: 'AccessDeniedException', message: 'not authorized.' };
