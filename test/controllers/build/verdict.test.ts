import { describe, expect, it } from 'vitest';
import type { OneOffTask } from '../../../src/aws/build-shapes.ts';
import { isStuck, judgeTask, STUCK } from '../../../src/controllers/build/verdict.ts';

function task(changes: Partial<OneOffTask> = {}, container: object = {}): OneOffTask {
  return {
    arn: 'arn:aws:ecs:us-east-1:123456789012:task/main/1',
    definition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/shop-release:1',
    startedBy: 'trimtab/1',
    lastStatus: 'STOPPED',
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    createdAt: 1000,
    containers: [{ name: 'release', ...container }],
    ...changes,
  };
}

describe('a task of a release', () => {
  it.each(['PROVISIONING', 'PENDING', 'ACTIVATING', 'RUNNING'])('that is %s runs', (lastStatus) => {
    expect(judgeTask(task({ lastStatus }), 'release')).toEqual({ state: 'running' });
  });

  it.each(['DEACTIVATING', 'STOPPING', 'DEPROVISIONING', 'STOPPED'])(
    'that is %s is judged by its exit code at once',
    (lastStatus) => {
      expect(judgeTask(task({ lastStatus }, { exitCode: 0 }), 'release')).toEqual({ state: 'succeeded' });
      expect(judgeTask(task({ lastStatus }, { exitCode: 1 }), 'release').state).toBe('failed');
    },
  );

  it('whose exit code is not told yet is waited for until it has stopped', () => {
    expect(judgeTask(task({ lastStatus: 'DEPROVISIONING' }), 'release').state).toBe('running');
    expect(judgeTask(task(), 'release').state).toBe('failed');
  });

  it('is judged by its own container, not by those beside it', () => {
    const beside = { name: 'aws-guardduty-agent', exitCode: 0 };
    const failed = task({ containers: [beside, { name: 'release', exitCode: 1 }] });
    expect(judgeTask(failed, 'release').state).toBe('failed');
    const fine = task({
      containers: [
        { ...beside, exitCode: 137 },
        { name: 'release', exitCode: 0 },
      ],
    });
    expect(judgeTask(fine, 'release').state).toBe('succeeded');
    expect(judgeTask(task({ containers: [beside, beside] }), 'release').state).toBe('failed');
  });

  it.each<[string, OneOffTask, RegExp]>([
    ['an exit code', task({}, { exitCode: 3 }), /ended with exit code 3/],
    [
      'an image that cannot be pulled',
      task({ stopCode: 'TaskFailedToStart', stoppedReason: 'CannotPullContainerError: not found' }),
      /image could not be pulled.*execution role/,
    ],
    [
      'a secret that is missing',
      task({
        stopCode: 'TaskFailedToStart',
        stoppedReason:
          'ResourceInitializationError: unable to pull secrets or registry auth: invalid parameters: /apppack/apps/shop/config/A',
      }),
      /config variable/,
    ],
    [
      'a log group that is missing',
      task({ stoppedReason: 'ResourceInitializationError: failed to validate logger args: log group' }),
      /could not open its log/,
    ],
    [
      'another resource',
      task({ stoppedReason: 'ResourceInitializationError: failed to set up the network' }),
      /could not set the task up/,
    ],
    ['memory', task({}, { exitCode: 137, reason: 'OutOfMemoryError: killed' }), /out of memory.*scaling/],
    ['a killed process', task({}, { exitCode: 137 }), /out of memory/],
    [
      'a person who stopped it',
      task({ stopCode: 'UserInitiated', stoppedReason: 'Task stopped by user' }, { exitCode: 137 }),
      /stopped by hand/,
    ],
    ['trimtab that stopped it', task({ stopCode: 'UserInitiated', stoppedReason: STUCK }), /never started/],
    ['a lost host', task({ stopCode: 'SpotInterruption' }), /took the host away/],
    ['a command that is not there', task({}, { exitCode: 127 }), /could not be started/],
    ['nothing that is known', task({ stoppedReason: '' }), /never started \(ECS gives no reason\)/],
  ])('that failed for %s says so, and what to look at', (_title, one, reason) => {
    const verdict = judgeTask(one, 'release');
    expect(verdict.state === 'failed' ? verdict.reason : verdict).toMatch(reason);
  });

  it('that waits for a quarter of an hour is stuck', () => {
    const waits = task({ lastStatus: 'PENDING' });
    expect(isStuck(waits, 1000 + 899_999)).toBe(false);
    expect(isStuck(waits, 1000 + 900_000)).toBe(true);
    expect(isStuck(task({ lastStatus: 'RUNNING' }), 1000 + 999_999_999)).toBe(false);
  });
});
