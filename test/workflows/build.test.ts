import { describe, expect, it } from 'vitest';
import { getShortestPaths } from 'xstate/graph';
import { build, buildContext, DEPLOY_DEADLINE_MS } from '../../src/workflows/build.ts';
import { buildEffect } from '../../src/workflows/build-effect.ts';
import type { BuildObserved } from '../../src/workflows/build-observed.ts';
import { TASK_LOST_MS, type TaskState } from '../../src/workflows/release-task.ts';
import { peekWorkflow, type Stepped, stepWorkflow } from '../../src/workflows/step.ts';
import { chartOf } from './chart.ts';

const NOW = 1_000_000;
const input = { source: 'build:shop:1', at: NOW };
const NO_TASK: TaskState = { needed: false, seen: 'unknown', recorded: 'none', named: false };
const TASK: TaskState = { needed: true, seen: 'none', recorded: 'none', named: false };

/** A build that still runs, of an app without tasks, unless said. */
function observed(changes: Partial<BuildObserved> = {}): BuildObserved {
  return {
    type: 'observed',
    at: NOW,
    awayMs: 0,
    build: 'running',
    unwanted: false,
    content: 'usable',
    turn: true,
    overtaken: false,
    place: 'none',
    concluded: false,
    closed: 'no',
    answer: 'none',
    troubled: false,
    release: NO_TASK,
    postdeploy: NO_TASK,
    deployBehind: false,
    ...changes,
  };
}

const built = (changes: Partial<BuildObserved> = {}) => observed({ build: 'succeeded', ...changes });
const candidate = (changes: Partial<BuildObserved> = {}) =>
  built({ place: 'candidate', release: TASK, ...changes });
const current = (changes: Partial<BuildObserved> = {}) => built({ place: 'current', ...changes });

/** Steps through observations with a JSON round trip before every step, as storing it would make. */
function follow(...events: BuildObserved[]): Stepped {
  let stepped: Stepped | undefined;
  for (const event of events) {
    const stored: unknown = stepped === undefined ? undefined : JSON.parse(JSON.stringify(stepped.stored));
    stepped = stepWorkflow(build, stored, input, event);
  }
  if (stepped === undefined) throw new Error('no event');
  return stepped;
}

/** The state and what it asks for: `releasing runTask release`. */
function asked({ state, effects }: Stepped): string {
  const effect = buildEffect(effects);
  if (effect === undefined) return state;
  return [state, effect.type, ...('params' in effect ? [effect.params.task] : [])].join(' ');
}

describe('a build', () => {
  it.each<[string, BuildObserved, string]>([
    ['that runs is waited for', observed(), 'building'],
    [
      'that failed needs nothing more',
      observed({ build: 'failed', closed: 'failed', concluded: true }),
      'failed',
    ],
    ['of a review app nobody wants is skipped', built({ unwanted: true }), 'building skip'],
    ['that was skipped is over', built({ unwanted: true, closed: 'skipped' }), 'skipped'],
    ['waits for its turn', built({ turn: false }), 'waiting'],
    ['waits for its manifest', built({ content: 'unread' }), 'waiting'],
    ['whose manifest is no good is given up', built({ content: 'broken' }), 'waiting giveUp'],
    ['behind a younger one is superseded', built({ turn: false, overtaken: true }), 'waiting supersede'],
    ['without tasks is prepared too, so that its services are known', built(), 'waiting prepare'],
    [
      'without tasks is deployed once it is prepared',
      built({ place: 'candidate', answer: 'prepared' }),
      'promoting beginDeploy',
    ],
    ['with a release task has its family made first', built({ release: TASK }), 'waiting prepare'],
    ['with a postdeploy task too', built({ postdeploy: TASK }), 'waiting prepare'],
    ['makes the app look until it answers', candidate(), 'preparing nudge'],
    ['lets the app make families', candidate({ answer: 'preparing' }), 'preparing'],
    ['waits while the app cannot begin', candidate({ answer: 'blocked' }), 'preparing'],
    ['runs its release task', candidate({ answer: 'prepared' }), 'releasing runTask release'],
    [
      'is superseded before its task ran',
      candidate({ answer: 'prepared', overtaken: true }),
      'preparing supersede',
    ],
    [
      'lets a task end that runs already',
      candidate({ overtaken: true, release: { ...TASK, seen: 'running', recorded: 'started', named: true } }),
      'releasing',
    ],
    [
      'does not name a task that does not run yet',
      candidate({ release: { ...TASK, seen: 'pending', recorded: 'started' } }),
      'releasing',
    ],
    [
      'names a task once it runs',
      candidate({ release: { ...TASK, seen: 'running', recorded: 'started' } }),
      'releasing recordTask release',
    ],
    [
      'writes down a task it finds',
      candidate({ release: { ...TASK, seen: 'running' } }),
      'releasing recordTask release',
    ],
    [
      'closes a task that succeeded',
      candidate({ release: { ...TASK, seen: 'succeeded', recorded: 'started' } }),
      'releasing closeTask release',
    ],
    [
      'closes a task that failed',
      candidate({ release: { ...TASK, seen: 'failed' } }),
      'releasing closeTask release',
    ],
    [
      'starts nothing while ECS cannot be read',
      candidate({ answer: 'prepared', release: { ...TASK, seen: 'unknown' } }),
      'releasing',
    ],
    [
      'is deployed after its task',
      candidate({ release: { ...TASK, recorded: 'succeeded' } }),
      'promoting beginDeploy',
    ],
    [
      'runs its postdeploy task after its release task',
      candidate({ answer: 'prepared', release: { ...TASK, recorded: 'succeeded' }, postdeploy: TASK }),
      'postdeploying runTask postdeploy',
    ],
    [
      'is superseded after its task when a younger one waits',
      candidate({ overtaken: true, release: { ...TASK, recorded: 'succeeded' } }),
      'promoting supersede',
    ],
    ['makes the app look when it is to be deployed', current(), 'deploying nudge'],
    ['waits for services', current({ answer: 'rollingOut' }), 'deploying'],
    ['tells services apart', current({ answer: 'rollingOut', deployBehind: true }), 'deploying recordDeploy'],
    ['closes when services run it', current({ answer: 'complete' }), 'deploying closeDeploy'],
    ['closes when services do not', current({ answer: 'failed' }), 'deploying closeDeploy'],
    ['concludes what is closed', current({ closed: 'succeeded' }), 'concluding conclude'],
    [
      'gives way to a younger one while its services cannot be brought up',
      current({ answer: 'rollingOut', overtaken: true, troubled: true }),
      'deploying supersede',
    ],
    [
      'gives way while it cannot be begun',
      current({ answer: 'blocked', overtaken: true }),
      'deploying supersede',
    ],
    [
      'is let to its end by a younger one while it goes well',
      current({ answer: 'rollingOut', overtaken: true }),
      'deploying',
    ],
    ['goes on trying while nobody waits', current({ answer: 'rollingOut', troubled: true }), 'deploying'],
    [
      'that runs does not give way any more',
      current({ answer: 'complete', overtaken: true, troubled: true }),
      'deploying closeDeploy',
    ],
    ['is complete', built({ closed: 'succeeded', concluded: true }), 'complete'],
    ['is over when it failed', built({ closed: 'failed', concluded: true }), 'failed'],
    ['is over when it was superseded', built({ closed: 'superseded', concluded: true }), 'superseded'],
  ])('%s', (_title, event, expected) => {
    expect(asked(follow(event))).toBe(expected);
    // Whatever was remembered may be lost: the same look leads to the same state and asks for the same.
    expect(asked(follow(event, event, event))).toBe(expected);
  });

  it('asks for a task again until it is seen, and never after fifty minutes', () => {
    const wants = candidate({ answer: 'prepared' });
    const late = { ...wants, at: NOW + TASK_LOST_MS };
    expect(asked(follow(wants, { ...late, at: late.at - 1 }))).toBe('releasing runTask release');
    expect(asked(follow(wants, late))).toBe('releasing closeTask release');
  });

  it('counts the fifty minutes from the first intent, also when it remembers nothing', () => {
    const release: TaskState = { ...TASK, intendedAt: NOW };
    const wants = candidate({ answer: 'prepared', release, at: NOW + TASK_LOST_MS });
    expect(asked(follow(wants))).toBe('releasing closeTask release');
    const again = candidate({ release: { ...TASK, intendedAt: NOW + 60_000 }, at: NOW + TASK_LOST_MS });
    expect(asked(follow(candidate({ answer: 'prepared' }), again))).toBe('releasing closeTask release');
  });

  it('asks for a task only while its family stands, and counts nothing before', () => {
    const wants = candidate({ answer: 'prepared' });
    const unknown = candidate({ answer: 'prepared', release: { ...TASK, seen: 'unknown' } });
    const again = follow(unknown, candidate({ answer: 'preparing' }), candidate());
    expect(asked(again)).toBe('releasing nudge');
    expect(buildContext(again.context).askedAt.release).toBe(0);
    expect(asked(follow(unknown, candidate({ answer: 'preparing' }), wants))).toBe(
      'releasing runTask release',
    );
  });

  it('remembers when it first asked for a task', () => {
    const first = follow(candidate({ answer: 'prepared' }), candidate({ answer: 'prepared', at: NOW + 9 }));
    expect(buildContext(first.context).askedAt.release).toBe(NOW);
  });

  it('gives up what cannot be prepared or deployed in time', () => {
    const at = NOW + DEPLOY_DEADLINE_MS;
    expect(asked(follow(candidate(), candidate({ at })))).toBe('preparing giveUp');
    expect(asked(follow(current(), current({ answer: 'rollingOut', at })))).toBe('deploying closeDeploy');
    const unread = built({ content: 'unread' });
    expect(asked(follow(unread, { ...unread, at }))).toBe('waiting giveUp');
  });

  it('does not age while nobody looks', () => {
    const awayMs = 25 * 3_600_000;
    const at = NOW + awayMs;
    const going = current({ answer: 'rollingOut' });
    expect(asked(follow(candidate(), candidate({ at, awayMs })))).toBe('preparing nudge');
    expect(asked(follow(going, { ...going, at, awayMs }))).toBe('deploying');
    expect(asked(follow(going, { ...going, at, awayMs, overtaken: true }))).toBe('deploying');
    const late = { ...going, at: at + DEPLOY_DEADLINE_MS, awayMs };
    expect(asked(follow(going, late))).toBe('deploying closeDeploy');
    // ECS forgets its tasks, whoever looks.
    const wants = candidate({ answer: 'prepared' });
    expect(asked(follow(wants, candidate({ at, awayMs })))).toBe('releasing closeTask release');
  });

  it('gives way to a younger one after five minutes, however well it goes', () => {
    const going = current({ answer: 'rollingOut', overtaken: true });
    expect(asked(follow(going, { ...going, at: NOW + 299_999 }))).toBe('deploying');
    expect(asked(follow(going, { ...going, at: NOW + 300_000 }))).toBe('deploying supersede');
  });

  it('whose families vanish before its task was asked for holds nobody up', () => {
    const ready = candidate({ answer: 'prepared', release: { ...TASK, seen: 'unknown' } });
    const stuck = { ...ready, answer: 'blocked' as const };
    expect(asked(follow(ready, stuck))).toBe('releasing');
    expect(asked(follow(ready, { ...stuck, overtaken: true }))).toBe('releasing supersede');
    expect(asked(follow(ready, { ...stuck, at: NOW + DEPLOY_DEADLINE_MS }))).toBe('releasing giveUp');
  });

  it('whose task was asked for is never left out, whoever waits and however long', () => {
    const wants = candidate({ answer: 'prepared' });
    const unknown = candidate({ release: { ...TASK, seen: 'unknown' }, overtaken: true });
    expect(asked(follow(wants, unknown))).toBe('releasing nudge');
    const late = { ...unknown, answer: 'blocked' as const, at: NOW + 10 * DEPLOY_DEADLINE_MS };
    expect(asked(follow(wants, late))).toBe('releasing');
  });

  it('is skipped when its review app is not wanted any more before it was released', () => {
    const waits = built({ turn: false });
    expect(asked(follow(waits, { ...waits, unwanted: true }))).toBe('waiting skip');
    expect(asked(follow(waits, built({ unwanted: true, closed: 'skipped' })))).toBe('skipped');
  });

  it('begins again when somebody took it out of the release record', () => {
    expect(asked(follow(candidate(), built({ release: TASK })))).toBe('waiting prepare');
  });

  it('starts afresh from observation when what was stored is of another version or damaged', () => {
    for (const stored of [undefined, 7, { machine: 'build', revision: 0, snapshot: {} }]) {
      expect(peekWorkflow(build, stored)).toBeUndefined();
      expect(stepWorkflow(build, stored, input, current()).state).toBe('deploying');
    }
  });

  it('can reach every state', () => {
    const events = [
      observed(),
      built({ unwanted: true, closed: 'skipped' }),
      built({ turn: false }),
      candidate(),
      candidate({ release: { ...TASK, seen: 'running' } }),
      candidate({ release: { ...TASK, recorded: 'succeeded' }, postdeploy: TASK }),
      candidate({ release: { ...TASK, recorded: 'succeeded' } }),
      current({ answer: 'rollingOut' }),
      current({ closed: 'failed' }),
      built({ closed: 'succeeded', concluded: true }),
      built({ closed: 'failed', concluded: true }),
      built({ closed: 'superseded', concluded: true }),
    ];
    const paths = getShortestPaths(build.machine, { input, events });
    const reached = new Set(paths.map((path) => String(path.state.value)));
    expect([...reached].sort()).toEqual([...build.states].sort());
  });

  it('keeps its chart, so that a change of it shows in review', async () => {
    await expect(chartOf(build.machine)).toMatchFileSnapshot('build.chart.txt');
  });
});
