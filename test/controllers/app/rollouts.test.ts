import { describe, expect, it } from 'vitest';
import type { ServiceDeployment } from '../../../src/controllers/app/services/deployments.ts';
import { begunBy } from '../../../src/controllers/app/services/looking.ts';
import type { RememberedRollout } from '../../../src/controllers/app/services/memory.ts';
import type { ObservedService } from '../../../src/controllers/app/services/observed.ts';
import {
  followedIn,
  isDamaged,
  planRollout,
  type RolloutQuestion,
  type RolloutStep,
  type WishedRollout,
} from '../../../src/controllers/app/services/rollouts.ts';
import { found, unreadable } from '../../../src/reconcile/reading.ts';
import { DENIED, NOW, primary, revisionArn, someContext, someService } from './builders.ts';

const OLD = revisionArn('shop-web', 5);
const NEW = revisionArn('shop-web', 6);
const WISH: WishedRollout = {
  service: 'shop-web',
  digest: 'new',
  restartFor: '',
  taskDefinition: NEW,
  notBefore: 0,
};
const RESTART: WishedRollout = {
  ...WISH,
  digest: 'same',
  restartFor: 'v2',
  taskDefinition: OLD,
  notBefore: NOW - 10_000,
};

function serviceWith(changes: Partial<ObservedService> = {}): ObservedService {
  const facts = someService('web', { service: { deployments: [primary()], ...changes } });
  if (facts.reading.state !== 'found') throw new Error('the builder gives a service');
  return facts.reading.value;
}

/** The service while or after it is brought to another revision. */
function onto(taskDefinition: string, changes: Parameters<typeof primary>[0] = {}): ObservedService {
  const deployments = [
    primary({ taskDefinition, createdAt: NOW + 1_000, rolloutState: 'IN_PROGRESS', ...changes }),
  ];
  return serviceWith({ taskDefinition, deployments });
}

function deployment(status: string, changes: Partial<ServiceDeployment> = {}): ServiceDeployment {
  return {
    arn: 'deployment/1',
    createdAt: NOW + 1_000,
    status,
    reason: `It is ${status}.`,
    taskDefinition: NEW,
    tripped: false,
    ...changes,
  };
}

interface Asked {
  readonly service?: ObservedService;
  readonly wish?: WishedRollout | undefined;
  readonly before?: RememberedRollout | undefined;
  readonly deployments?: readonly ServiceDeployment[] | 'unread' | 'denied';
  readonly at?: number;
  readonly question?: Partial<RolloutQuestion>;
}

function step({
  service = serviceWith(),
  wish,
  before,
  deployments = [],
  at = NOW,
  question,
}: Asked): RolloutStep {
  const reading =
    deployments === 'unread'
      ? {}
      : { deployments: deployments === 'denied' ? unreadable(DENIED) : found(deployments) };
  return planRollout({
    service,
    facts: { ...someService(), ...(reading as object) },
    wish,
    waits: false,
    before,
    updatedAt: undefined,
    adopted: undefined,
    revisionOf: () => undefined,
    begun: () => undefined,
    context: someContext({}, { now: at }),
    ...question,
  });
}

const begun = (wish = WISH) => step({ wish }).remembered;
const showing = (...deployments: ServiceDeployment[]) =>
  step({ before: begun(), service: onto(NEW), deployments, at: NOW + 5_000 });
const rolledBack = () => showing(deployment('ROLLBACK_SUCCESSFUL')).remembered;

describe('a rollout', () => {
  it('begins with the update and is remembered; what becomes of that says when to look', () => {
    expect(step({ wish: WISH })).toMatchObject({ asks: true, conditions: [] });
    expect(step({ wish: WISH }).wakeAt).toBeUndefined();
    expect(followedIn({ progress: [{ process: 'web', rollout: begun() }] })).toEqual(
      new Map([['web', primary().createdAt]]),
    );
  });

  it('follows deployments since the config that it is for was written', () => {
    expect(begun(RESTART)?.since).toBe(RESTART.notBefore);
  });

  it('asks again until a deployment shows, but not while that cannot be read', () => {
    const before = begun();
    expect(step({ wish: WISH, before })).toMatchObject({ asks: true, shown: false });
    expect(step({ wish: WISH, before, deployments: [deployment('PENDING')] })).toMatchObject({
      asks: false,
      shown: true,
    });
    expect(step({ wish: WISH, before, deployments: 'unread' })).toMatchObject({
      asks: false,
      conditions: [],
    });
    expect(step({ wish: WISH, before, deployments: 'denied' })).toMatchObject({
      asks: false,
      conditions: [{ type: 'Readable', status: 'False', reason: 'AccessDeniedException' }],
    });
  });

  it('takes a deployment whose revision is not told yet for none', () => {
    const { taskDefinition: _unknown, ...untold } = deployment('PENDING');
    expect(step({ wish: WISH, before: begun(), deployments: [untold] })).toMatchObject({ asks: true });
  });

  it.each([
    ['SUCCESSFUL', false, undefined],
    ['ROLLBACK_SUCCESSFUL', false, 'RolledBack'],
    ['ROLLBACK_FAILED', false, 'Failed'],
    ['STOPPED', true, 'Failed'],
    ['STOP_REQUESTED', true, 'Failed'],
    ['STOP_REQUESTED', false, 'Progressing'],
    ['PENDING', false, 'Progressing'],
    ['IN_PROGRESS', false, 'Progressing'],
    ['ROLLBACK_IN_PROGRESS', false, 'RollingBack'],
    ['SOMETHING_NEW', false, 'Progressing'],
  ])('whose deployment is %s (tripped: %s) is %s', (status, tripped, reason) => {
    const { conditions, asks } = showing(deployment(status, { tripped }));
    expect(conditions.map((condition) => condition.reason)).toEqual(reason === undefined ? [] : [reason]);
    expect(asks).toBe(false);
  });

  it('is looked at further and further apart, a minute at most', () => {
    const looks = [0, 5_000, 20_000, 300_000].map((later) => {
      const { wakeAt = 0 } = step({
        before: begun(),
        service: onto(NEW),
        deployments: [deployment('IN_PROGRESS')],
        at: NOW + later,
      });
      return wakeAt - NOW - later;
    });
    expect(looks).toEqual([5_000, 5_000, 20_000, 60_000]);
  });

  it('that nothing ends is given up at thirty minutes, and looked at then', () => {
    const service = { ...onto(NEW), breaker: false };
    const deployments = [deployment('IN_PROGRESS')];
    const look = (at: number) => step({ before: begun(), service, deployments, at });
    expect(look(NOW + 1_790_000).wakeAt).toBe(NOW + 1_800_000);
    expect(look(NOW + 1_800_000).conditions).toMatchObject([{ status: 'False', reason: 'Failed' }]);
  });

  it('that never began is forgotten when nobody wants it any more, and kept while that is not known', () => {
    expect(step({ before: begun(), wish: undefined })).toEqual({ asks: false, conditions: [] });
    const kept = step({ before: begun(), question: { waits: true } });
    expect(kept).toMatchObject({ asks: false, remembered: { since: primary().createdAt } });
  });
});

describe('a rollout that failed', () => {
  const back = serviceWith();

  it('is not tried again for the same wish, and waits for nothing', () => {
    const again = step({ before: rolledBack(), service: back, wish: WISH, at: NOW + 60_000 });
    expect(again).toMatchObject({ asks: false, conditions: [{ status: 'False', reason: 'RolledBack' }] });
    expect(again).not.toHaveProperty('wakeAt');
    expect(again.remembered).toEqual(rolledBack());
  });

  it.each([
    ['another revision', { ...WISH, digest: 'newer', taskDefinition: revisionArn('shop-web', 7) }],
    ['other config', { ...WISH, restartFor: 'v3' }],
  ])('is tried for %s, and what it left behind is not taken for the new one', (_what, wish) => {
    const next = step({ before: rolledBack(), service: back, wish, at: NOW + 60_000 });
    expect(next).toMatchObject({ asks: true, conditions: [] });
    expect(next.remembered?.since).toBe(NOW + 1_001);
  });

  it('is forgotten when desired state goes back, and not while that cannot be told', () => {
    const before = rolledBack();
    expect(step({ before, service: back }).remembered).toBeUndefined();
    const waiting = step({ before, service: back, question: { waits: true } });
    expect(waiting).toMatchObject({ conditions: [{ reason: 'RolledBack' }] });
    expect(waiting.remembered).toEqual(before);
  });

  it('stays told while the service runs what did not work, until it works', () => {
    const before = showing(deployment('STOPPED', { tripped: true })).remembered;
    const stuck = step({ before, service: onto(NEW, { rolloutState: 'FAILED' }) });
    expect(stuck.conditions).toMatchObject([{ reason: 'Failed' }]);
    expect(step({ before, service: onto(NEW, { rolloutState: 'COMPLETED' }) }).conditions).toEqual([]);
  });

  it('of a restart is not healed by the deployment it was rolled back to', () => {
    const deployments = [deployment('ROLLBACK_SUCCESSFUL', { taskDefinition: OLD })];
    const ended = step({ before: begun(RESTART), deployments, wish: RESTART, at: NOW + 9_000 });
    expect(ended.conditions).toMatchObject([{ reason: 'RolledBack' }]);
    const later = { before: ended.remembered, wish: RESTART, at: NOW + 60_000 };
    expect(step(later)).toMatchObject({ asks: false, conditions: [{ reason: 'RolledBack' }] });
    const byHand = serviceWith({ deployments: [primary({ createdAt: NOW + 30_000 })] });
    expect(step({ ...later, wish: undefined, service: byHand }).conditions).toEqual([]);
  });

  it('says why its task stopped and what to type', () => {
    const stopped = found([
      {
        taskDefinition: NEW,
        createdAt: NOW + 2_000,
        stoppedAt: NOW + 4_000,
        code: 'TaskFailedToStart',
        reason: 'CannotPullContainerError: not found',
        containers: [],
      },
    ]);
    const deployments = found([deployment('ROLLBACK_SUCCESSFUL')]);
    const facts = { ...someService(), deployments, stopped };
    const { conditions } = step({ before: begun(), service: back, wish: WISH, question: { facts } });
    expect(conditions[0]?.message).toBe(
      'The rollout of shop-web that was asked for at 2026-01-05T12:00:00.000Z was rolled back by ECS. It is ROLLBACK_SUCCESSFUL. A task stopped: CannotPullContainerError: not found. The image could not be pulled: check its name and tag, that the execution role may pull it, and that the subnets reach the registry. It is not tried again until desired state changes. To try the same once more: aws ecs update-service --cluster production --service shop-web --task-definition shop-web:6',
    );
  });
});

describe('another deployment', () => {
  it('of the same revision takes the place of the one before it', () => {
    const first = deployment('STOPPED');
    const second = deployment('IN_PROGRESS', { arn: 'deployment/2', createdAt: NOW + 3_000 });
    expect(showing(second, first).conditions).toMatchObject([{ reason: 'Progressing' }]);
    expect(showing({ ...second, status: 'SUCCESSFUL' }, first)).toMatchObject({ conditions: [] });
  });

  it('of another revision supersedes it; that is told as long as the same is wished', () => {
    const other = { arn: 'deployment/2', createdAt: NOW + 3_000, taskDefinition: OLD };
    const deployments = [deployment('IN_PROGRESS', other), deployment('STOPPED')];
    const ended = step({ before: begun(), wish: WISH, deployments, at: NOW + 5_000 });
    expect(ended.conditions).toMatchObject([{ status: 'False', reason: 'Superseded' }]);
    const elsewhere = { ...WISH, digest: 'of another base' };
    expect(step({ before: ended.remembered, wish: elsewhere })).toMatchObject({ asks: true });
    expect(step({ before: ended.remembered }).remembered).toBeUndefined();
  });
});

describe('reads that lag', () => {
  it('do not begin another rollout from what ran before our update', () => {
    const wish = { ...WISH, digest: 'newer', taskDefinition: revisionArn('shop-web', 7) };
    const late = { before: begun(), wish, deployments: [], at: NOW + 2_000 };
    const held = step({ ...late, question: { updatedAt: NOW + 500 } });
    expect(held).toMatchObject({ asks: false, wakeAt: NOW + 5_500 });
    expect(held.remembered?.taskDefinition).toBe(NEW);
    expect(step({ ...late, question: { updatedAt: NOW - 3_000 } })).toMatchObject({ asks: true });
    expect(step({ ...late, service: onto(NEW), question: { updatedAt: NOW + 500 } })).toMatchObject({
      asks: true,
    });
  });

  it('do not hide a deployment that ECS answered to have begun', () => {
    const write = { digest: 'd', at: NOW, sent: 1, seen: false, corrections: [] };
    const answered = begunBy({ ...write, result: { deployment: 'ecs-svc/7', createdAt: NOW } }, 'd');
    expect(answered).toMatchObject({ id: 'ecs-svc/7', state: 'running', matches: true });
    const shown = step({ before: begun(RESTART), wish: RESTART, question: { begun: () => answered } });
    expect(shown).toMatchObject({ asks: false, shown: true });
    expect(
      begunBy({ ...write, result: { deployment: 'ecs-svc/7', createdAt: NOW } }, 'other'),
    ).toBeUndefined();
    expect(begunBy({ ...write, result: 'nonsense' }, 'd')).toBeUndefined();
  });
});

describe('what is remembered of a rollout', () => {
  it.each<[string, unknown]>([
    ['another version', { machine: 'rollout', revision: 0, snapshot: {} }],
    ['a state that is gone', { machine: 'rollout', revision: 1, snapshot: { value: 'dreaming' } }],
    ['nothing', undefined],
  ])('of %s is damaged, and followed no further', (_what, workflow) => {
    const before = { since: 0, workflow };
    expect(isDamaged(before)).toBe(true);
    expect(followedIn({ progress: [{ process: 'web', rollout: before }] }).size).toBe(0);
    expect(step({ before })).toEqual({ asks: false, conditions: [] });
  });

  it('survives being stored as JSON at every step', () => {
    let before = begun();
    for (const status of ['PENDING', 'IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_SUCCESSFUL']) {
      const stored: RememberedRollout = JSON.parse(JSON.stringify(before));
      before = step({ before: stored, service: onto(NEW), deployments: [deployment(status)] }).remembered;
    }
    expect(step({ before, wish: WISH }).conditions).toMatchObject([{ reason: 'RolledBack' }]);
  });
});
