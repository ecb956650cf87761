import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planApp } from '../../../../src/controllers/app/plan.ts';
import { INPUT_MAX } from '../../../../src/controllers/app/schedules/command.ts';
import { ecsTarget } from '../../../../src/controllers/app/schedules/targets.ts';
import { found } from '../../../../src/reconcile/reading.ts';
import { someContext, someFacts, someService } from '../builders.ts';
import { NEWEST, ROLE, rulesOf, someSourceFacts } from './kit.ts';

const fields = fc
  .array(fc.constantFrom('*', '?', '0', '0/5', 'MON-FRI', 'L', '60', '1,2', 'x', ''), { maxLength: 7 })
  .map((words) => words.join(' '));
const anySchedule = fc.oneof(
  fc.constant('0 3 * * ? *'),
  fields,
  fc.string(),
  fc.constantFrom('rate(1 hour)', '@daily', 'cron(cron(0 3 * * ? *))'),
);
const anyCommand = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.string({ unit: 'binary' }),
  fc.constant('x'.repeat(9_000)),
);
const anyTask = fc.record({ schedule: anySchedule, command: anyCommand }, { requiredKeys: [] });
const goodTask = fc.record({
  schedule: fc.constantFrom('0 3 * * ? *', '0 4 * * ? *'),
  command: fc.string({ minLength: 1, unit: 'binary' }).filter((text) => text.trim() !== ''),
});
const anyDocument = fc.oneof(
  fc.array(fc.oneof(anyTask, fc.jsonValue()), { maxLength: 12 }),
  fc.array(goodTask, { maxLength: 40 }),
  fc.jsonValue(),
  fc.json(),
);

const planOf = (scheduledTasks: unknown, memory: unknown = undefined) =>
  planApp(
    someFacts({
      documents: { scheduledTasks },
      services: [someService('web')],
      schedules: {
        rules: found(rulesOf([{ schedule: '0 3 * * ? *', command: './daily' }])),
        sources: [someSourceFacts()],
        newest: NEWEST,
        eventsRoleArn: ROLE,
      },
    }),
    someContext({ memory }),
  );

describe('hostile scheduled tasks', () => {
  it('never make planning fail, and are told in few words', () => {
    const property = fc.property(anyDocument, fc.jsonValue(), (document, memory) => {
      const plan = planOf(document, memory);
      expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
      for (const { message } of plan.conditions) expect(message.length).toBeLessThan(1_500);
    });
    fc.assert(property, { numRuns: 400, seed: 4217 });
  });

  it('change nothing while any of them is wrong', () => {
    const property = fc.property(
      fc.array(goodTask, { maxLength: 8 }),
      fc.nat(8),
      anyTask,
      (tasks, at, other) => {
        const plan = planOf([...tasks.slice(0, at), other, ...tasks.slice(at)]);
        const isWrong = plan.conditions.some(
          ({ parameter, status }) => parameter !== undefined && status === 'False',
        );
        if (isWrong) expect(plan.actions.filter(({ id }) => id.startsWith('schedules/'))).toEqual([]);
      },
    );
    fc.assert(property, { numRuns: 400, seed: 4217 });
  });

  it('become names, ids and inputs that EventBridge takes', () => {
    const property = fc.property(fc.array(goodTask, { maxLength: 40 }), (tasks) => {
      for (const action of planOf(tasks).actions) {
        if (action.type !== 'putTargets') continue;
        expect(action.rule).toMatch(/^[.\-_A-Za-z0-9]{1,64}$/);
        expect(action.content.tasks.length).toBeLessThanOrEqual(5);
        const targets = action.content.tasks.map((task) => ecsTarget(task, action.content.place, 'arn'));
        expect(new Set(targets.map(({ Id }) => Id)).size).toBe(targets.length);
        for (const { Id, Input } of targets) {
          expect(Id).toMatch(/^[.\-_A-Za-z0-9]{1,64}$/);
          expect(Input.length).toBeLessThanOrEqual(INPUT_MAX);
        }
      }
    });
    fc.assert(property, { numRuns: 200, seed: 4217 });
  });
});
