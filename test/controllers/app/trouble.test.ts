import { describe, expect, it } from 'vitest';
import type { StoppedTask } from '../../../src/controllers/app/services/deployments.ts';
import { explainStopped } from '../../../src/controllers/app/services/trouble.ts';
import { NOW, revisionArn } from './builders.ts';

const deployment = { taskDefinition: revisionArn('shop-web', 6), createdAt: NOW };

function stopped(changes: Partial<StoppedTask> = {}): StoppedTask {
  return {
    taskDefinition: deployment.taskDefinition,
    createdAt: NOW + 1_000,
    stoppedAt: NOW + 9_000,
    code: 'TaskFailedToStart',
    reason: '',
    containers: [{ name: 'web' }],
    ...changes,
  };
}

// Reasons as https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html prints them.
describe('why a task stopped', () => {
  it.each<[string, Partial<StoppedTask>, RegExp]>([
    [
      'an image that cannot be pulled',
      { reason: 'CannotPullContainerError: pull image manifest has been retried 1 time(s): not found' },
      /image could not be pulled/,
    ],
    [
      'a secret that is missing',
      {
        reason:
          'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: invalid parameters: /apppack/apps/shop/config/A',
      },
      /secret could not be read/,
    ],
    [
      'a log group that is missing',
      { reason: 'ResourceInitializationError: failed to validate logger args: signal: killed' },
      /could not be set up/,
    ],
    [
      'too little memory',
      {
        code: 'EssentialContainerExited',
        reason: 'Essential container in task exited',
        containers: [
          { name: 'web', exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
        ],
      },
      /exited with code 137.*more memory/,
    ],
    [
      'a kill without a reason',
      {
        code: 'EssentialContainerExited',
        reason: 'Essential container in task exited',
        containers: [{ name: 'web', exitCode: 137 }],
      },
      /most likely for its memory/,
    ],
    [
      'an exit',
      {
        code: 'EssentialContainerExited',
        reason: 'Essential container in task exited',
        containers: [
          { name: 'aws-guardduty-agent-1', exitCode: 0 },
          { name: 'web', exitCode: 3 },
        ],
      },
      /Container web exited with code 3\..*log/,
    ],
    [
      'health checks',
      { code: 'ServiceSchedulerInitiated', reason: 'Task failed ELB health checks in (target-group web)' },
      /does not pass its health checks/,
    ],
    [
      'a command that does not exist',
      { reason: 'CannotStartContainerError: Error response from daemon: exec: "serve": not found' },
      /command and entry point/,
    ],
    [
      'a lost host',
      { code: 'SpotInterruption', reason: 'Your Spot Task was interrupted.' },
      /nothing is wrong/,
    ],
    ['nothing that is known', { reason: 'Something new' }, /Something new\. It never started\./],
  ])('is told for %s', (_what, task, words) => {
    expect(explainStopped([stopped(task)], deployment)).toMatch(words);
  });

  it('is told by the task that stopped last of those the deployment made', () => {
    const tasks = [
      stopped({ reason: 'first', stoppedAt: NOW + 2_000 }),
      stopped({ reason: 'last', stoppedAt: NOW + 3_000 }),
      stopped({ reason: 'older', createdAt: NOW - 1, stoppedAt: NOW + 8_000 }),
      stopped({ reason: 'other', taskDefinition: revisionArn('shop-web', 5), stoppedAt: NOW + 8_000 }),
      stopped({ reason: 'Scaling activity initiated by (deployment ecs-svc/1)', stoppedAt: NOW + 8_000 }),
    ];
    expect(explainStopped(tasks, deployment)).toBe('A task stopped: last. It never started.');
  });

  it('is not told at length, and not at all when no task tells', () => {
    const long = explainStopped([stopped({ reason: 'x'.repeat(5_000) })], deployment);
    expect(long.length).toBeLessThan(400);
    expect(explainStopped([], deployment)).toBe('');
  });
});
