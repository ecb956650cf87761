import { describe, expect, it } from 'vitest';
import { BugError, LeaseLostError, StatusConflictError } from '../../src/reconcile/errors.ts';
import { KINDS } from '../../src/reconcile/key.ts';
import { DENIED, NO_ANSWER, NOW, someAction, someWork } from '../reconcile/builders.ts';
import { APPLIED, openMetrics, someCondition, someKey, someReport } from './kit.ts';

describe('series that are there before anything happened', () => {
  it('has every result of every controller at 0, so that rates and alerts work from the first scrape', async () => {
    const scrape = await openMetrics().scrape();
    for (const controller of KINDS) {
      for (const result of ['success', 'error', 'requeue', 'requeue_after']) {
        expect(scrape.value('controller_runtime_reconcile_total', { controller, result })).toBe(0);
      }
      for (const name of ['errors', 'timeouts', 'panics']) {
        expect(scrape.value(`controller_runtime_reconcile_${name}_total`, { controller })).toBe(0);
      }
      expect(scrape.value('controller_runtime_terminal_reconcile_errors_total', { controller })).toBe(0);
      expect(scrape.value('controller_runtime_reconcile_time_seconds_count', { controller })).toBe(0);
      expect(scrape.value('controller_runtime_active_workers', { controller })).toBe(0);
      expect(scrape.value('controller_runtime_max_concurrent_reconciles', { controller })).toBe(10);
    }
  });

  it('has the work queue metrics of every controller, named by it twice as dashboards expect', async () => {
    const scrape = await openMetrics().scrape();
    for (const name of KINDS) {
      const labels = { name, controller: name };
      expect(scrape.value('workqueue_depth', labels)).toBe(0);
      expect(scrape.value('workqueue_adds_total', labels)).toBe(0);
      expect(scrape.value('workqueue_retries_total', labels)).toBe(0);
      expect(scrape.value('workqueue_unfinished_work_seconds', labels)).toBe(0);
      expect(scrape.value('workqueue_longest_running_processor_seconds', labels)).toBe(0);
      expect(scrape.value('workqueue_queue_duration_seconds_count', labels)).toBe(0);
      expect(scrape.value('workqueue_work_duration_seconds_bucket', { ...labels, le: '1e-8' })).toBe(0);
    }
  });

  it('tells version and process', async () => {
    const scrape = await openMetrics().scrape();
    expect(scrape.value('trimtab_build_info', { version: '1.2.3' })).toBe(1);
    expect(scrape.value('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(scrape.value('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(scrape.value('process_start_time_seconds')).toBeGreaterThan(1.7e9);
  });
});

describe('passes', () => {
  it('counts a pass once, under the result controller-runtime would give it', async () => {
    const { metrics, scrape } = openMetrics();
    metrics.report(someReport());
    metrics.report(someReport({ outcome: 'applied', actions: [APPLIED], wakeAt: NOW + 5000, synced: false }));
    metrics.report(someReport({ outcome: 'failed', wakeAt: NOW + 5000, attempts: 1, synced: false }));
    metrics.failure({ work: someWork(), error: new LeaseLostError('updating'), durationMs: 30_000 });
    metrics.failure({ work: someWork(), error: new StatusConflictError(), durationMs: 20 });
    metrics.failure({ work: someWork(), error: new Error('reading status: no route'), durationMs: 20 });
    const after = await scrape();
    const count = (result: string) =>
      after.value('controller_runtime_reconcile_total', { controller: 'app', result });
    expect([count('success'), count('requeue_after'), count('error'), count('requeue')]).toEqual([
      1, 1, 2, 2,
    ]);
    expect(after.value('controller_runtime_reconcile_errors_total', { controller: 'app' })).toBe(2);
    expect(after.value('controller_runtime_reconcile_timeouts_total', { controller: 'app' })).toBe(1);
    expect(after.value('controller_runtime_reconcile_panics_total', { controller: 'app' })).toBe(0);
    expect(after.value('controller_runtime_reconcile_time_seconds_count', { controller: 'app' })).toBe(6);
    expect(after.value('trimtab_actions_total', { type: 'updateService', outcome: 'applied' })).toBe(1);
    expect(after.value('trimtab_passes_total', { controller: 'app', outcome: 'applied' })).toBe(1);
  });

  it('counts a mistake of ours as a panic, however deep it lies', async () => {
    const { metrics, scrape } = openMetrics();
    const error = new Error('planning shop', { cause: new BugError('no plan') });
    metrics.failure({ work: someWork(), error, durationMs: 1 });
    metrics.failure({ work: someWork(), error: new TypeError('x is not a function'), durationMs: 1 });
    const after = await scrape();
    expect(after.value('controller_runtime_reconcile_panics_total', { controller: 'app' })).toBe(2);
    expect(after.value('controller_runtime_reconcile_errors_total', { controller: 'app' })).toBe(2);
  });

  it('calls a failed pass terminal only when nothing in it can heal by itself', async () => {
    const { metrics, scrape } = openMetrics();
    const failed = (failure: typeof DENIED) => ({ type: 'failed' as const, action: someAction(), failure });
    const terminal = async () =>
      (await scrape()).value('controller_runtime_terminal_reconcile_errors_total', { controller: 'app' });
    metrics.report(someReport({ outcome: 'failed', actions: [failed(DENIED), failed(NO_ANSWER)] }));
    expect(await terminal()).toBe(0);
    metrics.report(someReport({ outcome: 'failed', actions: [failed(DENIED)] }));
    expect(await terminal()).toBe(1);
  });

  it('tells wakes that were of use from those that had been replaced', async () => {
    const { metrics, scrape } = openMetrics();
    const work = someWork({ causes: [{ id: 'wake:77' }] });
    metrics.report(someReport({ work }));
    metrics.report(someReport({ work, outcome: 'dropped' }));
    const after = await scrape();
    expect(after.value('trimtab_wakes_total', { controller: 'app', result: 'used' })).toBe(1);
    expect(after.value('trimtab_wakes_total', { controller: 'app', result: 'dropped' })).toBe(1);
  });
});

describe('the local work queue', () => {
  it('follows a key from ready to done on the clock of the process', async () => {
    const { metrics, scrape, clock } = openMetrics();
    const key = someKey('shop');
    const labels = { name: 'app', controller: 'app' };
    metrics.work({ type: 'ready', key, redelivered: false });
    await clock.advance(3_000);
    expect((await scrape()).value('workqueue_depth', labels)).toBe(1);
    metrics.work({ type: 'started', key });
    await clock.advance(8_000);
    const running = await scrape();
    expect(running.value('workqueue_depth', labels)).toBe(0);
    expect(running.value('controller_runtime_active_workers', { controller: 'app' })).toBe(1);
    expect(running.value('workqueue_unfinished_work_seconds', labels)).toBe(8);
    expect(running.value('workqueue_longest_running_processor_seconds', labels)).toBe(8);
    metrics.work({ type: 'ended', key });
    const done = await scrape();
    expect(done.value('controller_runtime_active_workers', { controller: 'app' })).toBe(0);
    expect(done.value('workqueue_queue_duration_seconds_sum', labels)).toBe(3);
    expect(done.value('workqueue_work_duration_seconds_sum', labels)).toBe(8);
    expect(done.value('workqueue_adds_total', labels)).toBe(1);
  });

  it('forgets a key that was given back without a pass', async () => {
    const { metrics, scrape } = openMetrics();
    const key = someKey('shop');
    metrics.work({ type: 'ready', key, redelivered: true });
    metrics.postponed(key, 'storm', 3_000);
    metrics.work({ type: 'released', key });
    const after = await scrape();
    expect(after.value('workqueue_depth', { name: 'app', controller: 'app' })).toBe(0);
    expect(after.value('workqueue_retries_total', { name: 'app', controller: 'app' })).toBe(1);
    expect(after.value('trimtab_work_postponed_total', { controller: 'app', reason: 'storm' })).toBe(1);
  });

  it('counts a healthy look later as a retry, as client-go does', async () => {
    const { metrics, scrape } = openMetrics();
    metrics.report(someReport({ wakeAt: NOW + 5000 }));
    expect((await scrape()).value('workqueue_retries_total', { name: 'app', controller: 'app' })).toBe(1);
  });
});

describe('AWS calls', () => {
  it('counts them by operation and code, and throttles by service', async () => {
    const { metrics, scrape } = openMetrics();
    const call = { service: 'ecs', operation: 'UpdateService', durationMs: 120, throttled: false };
    metrics.awsCall({ ...call, code: 'OK' });
    metrics.awsCall({ ...call, code: 'ThrottlingException', throttled: true });
    const after = await scrape();
    const of = { service: 'ecs', operation: 'UpdateService' };
    expect(after.value('trimtab_aws_requests_total', { ...of, code: 'OK' })).toBe(1);
    expect(after.value('trimtab_aws_requests_total', { ...of, code: 'ThrottlingException' })).toBe(1);
    expect(after.value('trimtab_aws_request_duration_seconds_count', of)).toBe(2);
    expect(after.value('trimtab_aws_throttles_total', { service: 'ecs' })).toBe(1);
    expect(after.value('trimtab_aws_throttles_total', { service: 'ssm' })).toBe(0);
  });

  it('shows the limiters of all accounts together: calls added up, the lowest rate', async () => {
    const { metrics, scrape } = openMetrics();
    const limiter = { group: 'ecs/service-read', fullRatePerSecond: 16 };
    metrics.watchLimiters(() => [
      { ...limiter, waiting: 2, ratePerSecond: 16 },
      { ...limiter, waiting: 3, ratePerSecond: 4 },
    ]);
    const after = await scrape();
    expect(after.value('trimtab_limiter_waiting', { group: 'ecs/service-read' })).toBe(5);
    expect(after.value('trimtab_limiter_ratio', { group: 'ecs/service-read' })).toBe(0.25);
  });
});

describe('apps', () => {
  const at = { account: '123456789012', region: 'us-east-1' };
  const shop = { ...at, app: 'shop' };

  it('shows whether an app is as desired, and nothing of it once it is gone', async () => {
    const { metrics, scrape } = openMetrics();
    metrics.report(someReport());
    expect((await scrape()).value('trimtab_app_synced', shop)).toBe(1);
    metrics.report(someReport({ synced: false, conditions: [someCondition()] }));
    expect((await scrape()).value('trimtab_app_synced', shop)).toBe(0);
    metrics.report(someReport({ gone: true }));
    const after = await scrape();
    expect(after.of('trimtab_app_synced').size).toBe(0);
    expect([...after.series.keys()].filter((series) => series.includes('shop'))).toEqual([]);
    expect(after.value('trimtab_keys', { controller: 'app', state: 'unsynced' })).toBe(0);
  });

  it('is not brought back by the wake of an app that is gone', async () => {
    const { metrics, scrape } = openMetrics();
    metrics.report(someReport({ gone: true }));
    metrics.report(someReport({ outcome: 'dropped', synced: false }));
    expect((await scrape()).of('trimtab_app_synced').size).toBe(0);
  });

  it('drops what another replica saw going, and shows what it found', async () => {
    const { metrics, scrape } = openMetrics();
    metrics.report(someReport());
    metrics.report(someReport({ work: someWork({ key: someKey('elsewhere', { region: 'eu-west-1' }) }) }));
    const blog = { key: someKey('blog'), synced: false, paused: false, conditions: [someCondition()] };
    metrics.listing({ ...at, keys: [blog] });
    const after = await scrape();
    expect(after.value('trimtab_app_synced', shop)).toBeUndefined();
    expect(after.value('trimtab_app_synced', { ...at, app: 'blog' })).toBe(0);
    const elsewhere = { ...at, region: 'eu-west-1', app: 'elsewhere' };
    expect(after.value('trimtab_app_synced', elsewhere)).toBe(1);
  });

  it('shows nothing that it learnt long ago: another replica may know better by now', async () => {
    const { metrics, scrape, clock } = openMetrics();
    metrics.report(someReport({ synced: false, conditions: [someCondition()] }));
    await clock.advance(1_200_000);
    expect((await scrape()).value('trimtab_app_synced', shop)).toBe(0);
    await clock.advance(1);
    const after = await scrape();
    expect(after.of('trimtab_app_synced').size).toBe(0);
    expect(after.value('trimtab_keys', { controller: 'app', state: 'unsynced' })).toBe(0);
  });

  it('takes a listing of apps for no word about keys of other kinds', async () => {
    const { metrics, scrape } = openMetrics();
    metrics.report(someReport({ work: someWork({ key: someKey('shop', { kind: 'build' }) }) }));
    metrics.listing({ ...at, keys: [] });
    expect((await scrape()).value('trimtab_keys', { controller: 'build', state: 'synced' })).toBe(1);
  });

  it('shows a paused app as paused and counts it as nothing else', async () => {
    const { metrics, scrape } = openMetrics();
    metrics.report(someReport({ outcome: 'observed', synced: false, paused: 'holidays' }));
    const paused = await scrape();
    expect(paused.value('trimtab_app_paused', shop)).toBe(1);
    expect(paused.value('trimtab_keys', { controller: 'app', state: 'paused' })).toBe(1);
    expect(paused.value('trimtab_keys', { controller: 'app', state: 'unsynced' })).toBe(0);
    metrics.report(someReport());
    expect((await scrape()).of('trimtab_app_paused').size).toBe(0);
  });

  it('counts conditions over all keys and leaves a healed one at 0', async () => {
    const { metrics, scrape } = openMetrics();
    const work = someWork({ key: someKey('blog') });
    metrics.report(someReport({ conditions: [someCondition(), someCondition({ path: 'web.memory' })] }));
    metrics.report(someReport({ work, conditions: [someCondition()] }));
    const labels = { type: 'Valid', status: 'False', reason: 'BadSize' };
    expect((await scrape()).value('trimtab_conditions', labels)).toBe(3);
    metrics.report(someReport());
    metrics.report(someReport({ work }));
    expect((await scrape()).value('trimtab_conditions', labels)).toBe(0);
  });

  it('shows at most five hundred apps one by one, those that need a person first, and counts all', async () => {
    const { metrics, scrape } = openMetrics();
    const keys = Array.from({ length: 1_200 }, (_, index) => ({
      key: someKey(`app-${index}`),
      synced: index < 1_190,
      paused: false,
      conditions: [],
    }));
    metrics.listing({ ...at, keys });
    const after = await scrape();
    expect(after.of('trimtab_app_synced').size).toBe(500);
    expect(after.value('trimtab_app_synced', { ...at, app: 'app-1195' })).toBe(0);
    expect(after.value('trimtab_keys', { controller: 'app', state: 'synced' })).toBe(1_190);
    expect(after.value('trimtab_keys', { controller: 'app', state: 'unsynced' })).toBe(10);
  });
});

describe('a key of any kind that is not as desired', () => {
  const place = { controller: 'build', account: '123456789012', region: 'us-east-1', name: 'shop' };
  const build = someWork({ key: someKey('shop', { kind: 'build' }) });
  const since = 'trimtab_key_unsynced_since_timestamp_seconds';

  it('is shown with when it began, however often it is looked at, until it is done', async () => {
    const { metrics, scrape, clock } = openMetrics();
    metrics.report(someReport({ work: build, synced: false }));
    await clock.advance(60_000);
    metrics.report(someReport({ work: build, synced: false }));
    expect((await scrape()).value(since, { ...place, state: 'changing' })).toBe(NOW / 1000);
    metrics.report(someReport({ work: build }));
    expect((await scrape()).of(since).size).toBe(0);
  });

  it('is shown with what is wrong with it, as old as the problem is', async () => {
    const { metrics, scrape } = openMetrics();
    const conditions = [
      someCondition({ type: 'RolledOut', reason: 'Failed', since: NOW - 90_000 }),
      someCondition({ type: 'Active', status: 'True', reason: 'Retained' }),
    ];
    metrics.report(someReport({ work: build, synced: false, conditions }));
    const after = await scrape();
    expect(after.value(since, { ...place, state: 'problem' })).toBe(NOW / 1000 - 90);
    expect(after.of('trimtab_key_problem').size).toBe(1);
    expect(after.value('trimtab_key_problem', { ...place, type: 'RolledOut', reason: 'Failed' })).toBe(1);
  });

  it('is not shown while it is paused', async () => {
    const { metrics, scrape } = openMetrics();
    metrics.report(
      someReport({ outcome: 'observed', synced: false, paused: 'x', conditions: [someCondition()] }),
    );
    const after = await scrape();
    expect(after.of(since).size + after.of('trimtab_key_problem').size).toBe(0);
  });

  it('is shown among five hundred at most, the oldest first', async () => {
    const { metrics, scrape } = openMetrics();
    for (let index = 0; index < 600; index += 1) {
      const conditions = [someCondition({ since: NOW - index * 1_000 })];
      metrics.report(
        someReport({ work: someWork({ key: someKey(`app-${index}`) }), synced: false, conditions }),
      );
    }
    const after = await scrape();
    expect(after.of(since).size).toBe(500);
    expect(Math.max(...after.of(since).values())).toBe(NOW / 1000 - 100);
  });
});

describe('scheduled tasks that failed', () => {
  const failed = 'trimtab_app_scheduled_task_failed_timestamp_seconds';
  const shop = { account: '123456789012', region: 'us-east-1', app: 'shop' };

  it('are counted, and shown with the last time for a day', async () => {
    const { metrics, scrape, clock } = openMetrics();
    expect((await scrape()).value('trimtab_scheduled_task_failures_total')).toBe(0);
    metrics.taskFailed({ key: someKey('shop') });
    await clock.advance(60_000);
    metrics.taskFailed({ key: someKey('shop') });
    const after = await scrape();
    expect(after.value('trimtab_scheduled_task_failures_total')).toBe(2);
    expect(after.value(failed, shop)).toBe(NOW / 1000 + 60);
    await clock.advance(86_400_001);
    expect((await scrape()).of(failed).size).toBe(0);
  });

  it('are forgotten with their app, and never more than five hundred apps', async () => {
    const { metrics, scrape } = openMetrics();
    for (let index = 0; index < 510; index += 1) metrics.taskFailed({ key: someKey(`app-${index}`) });
    metrics.taskFailed({ key: someKey('shop') });
    metrics.report(someReport({ gone: true }));
    const after = await scrape();
    expect(after.of(failed).size).toBe(499);
    expect(after.value(failed, shop)).toBeUndefined();
  });
});

describe('how long things take', () => {
  const change = { parameter: '/apppack/apps/shop/scaling', operation: 'Update', at: NOW - 2_000 };
  const told = someWork({ causes: [{ id: 'event:1', change }] });
  const woken = someWork({ causes: [{ id: 'wake:1' }] });
  const differs = [{ path: 'services/web/desiredCount', desired: 3, observed: 2 }];

  it('measures from the change an event told of to the pass that found it done', async () => {
    const { metrics, scrape } = openMetrics();
    metrics.report(someReport({ work: told, outcome: 'applied', synced: false, differences: differs }));
    metrics.report(someReport({ work: woken, startedAt: NOW + 5_000 }));
    const after = await scrape();
    expect(after.value('trimtab_change_delay_seconds_sum', { controller: 'app' })).toBe(2);
    expect(after.value('trimtab_converge_seconds_count', { controller: 'app' })).toBe(1);
    expect(after.value('trimtab_converge_seconds_sum', { controller: 'app' })).toBeCloseTo(7.05);
    expect(after.value('trimtab_drift_seconds_count', { controller: 'app' })).toBe(0);
  });

  it('measures how long drift nobody told of may have gone unseen', async () => {
    const { metrics, scrape, clock } = openMetrics();
    const swept = someWork({ causes: [{ id: 'sweep:8' }] });
    const state = { key: swept.key, paused: false, conditions: [] };
    const { account, region } = swept.key;
    metrics.report(someReport({ startedAt: NOW - 500_000 }));
    metrics.listing({ account, region, keys: [{ ...state, synced: true }] });
    await clock.advance(60_000);
    metrics.listing({ account, region, keys: [{ ...state, synced: false }] });
    const found = { work: swept, startedAt: NOW + 60_000, synced: false, differences: differs };
    metrics.report(someReport({ ...found, outcome: 'applied' }));
    const after = await scrape();
    expect(after.value('trimtab_drift_seconds_count', { controller: 'app' })).toBe(1);
    expect(after.value('trimtab_drift_seconds_sum', { controller: 'app' })).toBe(60);
  });

  it('leaves to another replica what was finished there', async () => {
    const { metrics, scrape } = openMetrics();
    metrics.report(someReport({ work: told, outcome: 'applied', synced: false, differences: differs }));
    const { account, region } = told.key;
    metrics.listing({
      account,
      region,
      keys: [{ key: told.key, synced: true, paused: false, conditions: [] }],
    });
    metrics.report(someReport({ startedAt: NOW + 3_600_000 }));
    expect((await scrape()).value('trimtab_converge_seconds_count', { controller: 'app' })).toBe(0);
  });
});

describe('queues and sweeps', () => {
  it('shows the backlog of SQS, and nothing rather than an old number', async () => {
    const { metrics, scrape } = openMetrics();
    metrics.backlog({ queue: 'trimtab-work.fifo', messages: { visible: 7, inFlight: 2, delayed: 1 } });
    const labels = { queue: 'trimtab-work.fifo' };
    const before = await scrape();
    expect(before.value('trimtab_queue_messages', { ...labels, state: 'visible' })).toBe(7);
    expect(before.value('trimtab_queue_messages', { ...labels, state: 'in_flight' })).toBe(2);
    metrics.backlog({ queue: 'trimtab-work.fifo' });
    expect((await scrape()).of('trimtab_queue_messages').size).toBe(0);
  });

  it('shows what lies in a dead-letter queue by itself, and not as work that waits', async () => {
    const { metrics, scrape } = openMetrics();
    const queue = 'trimtab-work-dead.fifo';
    metrics.backlog({ queue, messages: { visible: 2, inFlight: 1, delayed: 0 }, dead: true });
    const after = await scrape();
    expect(after.value('trimtab_dead_letter_messages', { queue })).toBe(3);
    expect(after.of('trimtab_queue_messages').size).toBe(0);
    metrics.backlog({ queue, dead: true });
    expect((await scrape()).of('trimtab_dead_letter_messages').size).toBe(0);
  });

  it('counts what came in, and how old it was when it was queued', async () => {
    const { metrics, scrape } = openMetrics();
    metrics.intake({ source: 'aws.ssm', result: 'queued', keys: 1, ageMs: 1_500 });
    metrics.intake({ source: 'other', result: 'malformed', keys: 0, ageMs: 900 });
    metrics.intake({ source: 'trimtab', result: 'queued', keys: 1, ageMs: 5_000 });
    const after = await scrape();
    expect(after.value('trimtab_intake_messages_total', { source: 'aws.ssm', result: 'queued' })).toBe(1);
    expect(after.value('trimtab_intake_messages_total', { source: 'other', result: 'malformed' })).toBe(1);
    expect(after.value('trimtab_intake_message_age_seconds_sum')).toBe(1.5);
  });

  it('tells when the account was last compared', async () => {
    const { metrics, scrape } = openMetrics();
    const at = { account: '123456789012', region: 'us-east-1' };
    metrics.sweep({ ...at, surveyed: 40, differing: 3, durationMs: 2_000 });
    const after = await scrape();
    expect(after.value('trimtab_sweep_last_success_timestamp_seconds', at)).toBe(NOW / 1000);
    expect(after.value('trimtab_sweep_keys', at)).toBe(40);
    expect(after.value('trimtab_sweep_differing_keys_total', at)).toBe(3);
    expect(after.value('trimtab_sweep_duration_seconds_sum')).toBe(2);
  });
});
