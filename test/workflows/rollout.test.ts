import { describe, expect, it } from 'vitest';
import { getShortestPaths } from 'xstate/graph';
import {
  type DeploymentState,
  type ObservedDeployment,
  ROLLOUT_DEADLINE_MS,
  type RolloutObserved,
  rollout,
  rolloutContext,
} from '../../src/workflows/rollout.ts';
import { peekWorkflow, type Stepped, stepWorkflow } from '../../src/workflows/step.ts';
import { chartOf } from './chart.ts';

const NOW = 1_000_000;
const wish = { service: 'shop-web', digest: 'd1', restartFor: '', requestedAt: NOW };

function deployment(state: DeploymentState, changes: Partial<ObservedDeployment> = {}): ObservedDeployment {
  return { id: 'ecs-svc/1', createdAt: NOW + 1, state, matches: true, reason: `it is ${state}`, ...changes };
}

function observed(
  deployments: ObservedDeployment[],
  changes: Partial<RolloutObserved> = {},
): RolloutObserved {
  return { type: 'observed', at: NOW + 1000, deployments, breaker: true, ...changes };
}

/** Steps through observations with a JSON round trip before every step, as storing it would make. */
function follow(...events: RolloutObserved[]): Stepped {
  let stepped: Stepped | undefined;
  for (const event of events) {
    const stored: unknown = stepped === undefined ? undefined : JSON.parse(JSON.stringify(stepped.stored));
    stepped = stepWorkflow(rollout, stored, wish, event);
  }
  if (stepped === undefined) throw new Error('no event');
  return stepped;
}

describe('a rollout', () => {
  it('asks for the update until it sees a deployment, also after a crash before every answer', () => {
    for (const step of [follow(observed([])), follow(observed([]), observed([]), observed([]))]) {
      expect(step).toMatchObject({ state: 'updating', terminal: false });
      expect(step.effects.map((effect) => effect.type)).toEqual(['updateService']);
    }
  });

  it('follows the deployment it sees and asks for nothing more', () => {
    const step = follow(observed([]), observed([deployment('running')]));
    expect(step).toMatchObject({ state: 'stabilizing', effects: [], terminal: false });
    expect(rolloutContext(step.context).deployment).toBe('ecs-svc/1');
  });

  it.each([
    ['successful', 'complete'],
    ['failed', 'failed'],
    ['rolledBack', 'rolledBack'],
    ['stopped', 'superseded'],
  ] as const)('ends when the deployment is %s: %s, with ECS’s reason', (state, end) => {
    const step = follow(observed([]), observed([deployment('running')]), observed([deployment(state)]));
    expect(step).toMatchObject({ state: end, terminal: true, effects: [] });
    expect(rolloutContext(step.context).reason).toBe(`it is ${state}`);
  });

  it('reaches the verdict in one look when everything happened meanwhile', () => {
    expect(follow(observed([deployment('successful')])).state).toBe('complete');
  });

  it('follows a newer deployment of the same task definition, as a restart by hand makes', () => {
    const first = deployment('stopped');
    const second = deployment('running', { id: 'ecs-svc/2', createdAt: NOW + 5 });
    expect(follow(observed([deployment('running')]), observed([first, second])).state).toBe('stabilizing');
    expect(follow(observed([first, { ...second, state: 'successful' }])).state).toBe('complete');
  });

  it('is superseded by a newer deployment of another task definition', () => {
    const other = deployment('running', { id: 'ecs-svc/2', createdAt: NOW + 5, matches: false });
    expect(follow(observed([deployment('running')]), observed([deployment('stopped'), other])).state).toBe(
      'superseded',
    );
  });

  it('is not ended by a foreign deployment from before its own update', () => {
    const other = deployment('running', { matches: false });
    expect(follow(observed([other]))).toMatchObject({
      state: 'updating',
      effects: [{ type: 'updateService' }],
    });
  });

  it('remembers which deployment it follows, also when a newer one took its place, and when it ended', () => {
    const first = deployment('stopped');
    const second = deployment('running', { id: 'ecs-svc/2', createdAt: NOW + 5, reason: 'by hand' });
    const step = follow(observed([deployment('running')]), observed([first, second]));
    expect(rolloutContext(step.context)).toMatchObject({
      deployment: 'ecs-svc/2',
      deployedAt: NOW + 5,
      reason: 'by hand',
      endedAt: 0,
    });
    const ended = follow(observed([{ ...second, state: 'successful' }], { at: NOW + 9 }));
    expect(rolloutContext(ended.context)).toMatchObject({ deployment: 'ecs-svc/2', endedAt: NOW + 9 });
  });

  it('loses nothing of what it follows while a late read shows no deployment at all', () => {
    const step = follow(observed([deployment('running')]), observed([]));
    expect(step.state).toBe('stabilizing');
    expect(rolloutContext(step.context).deployment).toBe('ecs-svc/1');
  });

  it('is not superseded by the deployment before it, which a late read shows once more', () => {
    const before = deployment('successful', { id: 'ecs-svc/0', createdAt: NOW - 5, matches: false });
    const seen = [observed([]), observed([before, deployment('running')])];
    const late = follow(...seen, observed([before]));
    expect(late).toMatchObject({ state: 'stabilizing', terminal: false, effects: [] });
    expect(rolloutContext(late.context).deployment).toBe('ecs-svc/1');
    const ended = follow(...seen, observed([before]), observed([before, deployment('rolledBack')]));
    expect(ended.state).toBe('rolledBack');
  });

  it('fails at its deadline where no circuit breaker ends it, and waits for one where there is', () => {
    const late = { at: NOW + ROLLOUT_DEADLINE_MS };
    expect(follow(observed([deployment('running')], { ...late, breaker: false })).state).toBe('failed');
    expect(follow(observed([deployment('running')], { ...late, breaker: true })).state).toBe('stabilizing');
    const given = follow(
      observed([deployment('running', { reason: 'Exit code 3.' })], { ...late, breaker: false }),
    );
    expect(rolloutContext(given.context).reason).toMatch(/after 30 minutes.* Exit code 3\.$/);
  });

  it('stays ended whatever is observed later', () => {
    const ended = follow(observed([deployment('failed')]));
    const again = stepWorkflow(rollout, ended.stored, wish, observed([deployment('successful')]));
    expect(again).toMatchObject({ state: 'failed', effects: [] });
  });

  it('starts afresh from observation when what was stored is of another version or damaged', () => {
    for (const stored of [undefined, 7, { machine: 'rollout', revision: 0, snapshot: {} }, damaged()]) {
      expect(peekWorkflow(rollout, stored)).toBeUndefined();
      expect(stepWorkflow(rollout, stored, wish, observed([deployment('successful')])).state).toBe(
        'complete',
      );
    }
  });

  it('can reach every state', () => {
    const events = [
      observed([]),
      observed([deployment('running')]),
      observed([deployment('successful')]),
      observed([deployment('failed')]),
      observed([deployment('rolledBack')]),
      observed([deployment('running'), deployment('running', { id: 'ecs-svc/2', matches: false })]),
    ];
    const paths = getShortestPaths(rollout.machine, { input: wish, events });
    const reached = new Set(paths.map((path) => String(path.state.value)));
    expect([...reached].sort()).toEqual([...rollout.states].sort());
  });

  it('keeps its chart, so that a change of it shows in review', async () => {
    await expect(chartOf(rollout.machine)).toMatchFileSnapshot('rollout.chart.txt');
  });
});

function damaged(): unknown {
  const stored = structuredClone(follow(observed([])).stored);
  return { ...stored, snapshot: { status: 'active', value: 'updating', context: { service: 1 } } };
}
