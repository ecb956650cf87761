import { expect, it } from 'vitest';
import { planApp } from '../../src/controllers/app/plan.ts';
import type { PlanContext } from '../../src/reconcile/controller.ts';
import { type Plan, sameJson } from '../../src/reconcile/plan.ts';
import type { Status } from '../../src/reconcile/status.ts';
import { fuzz } from '../../src/replay/fuzz/fuzzer.ts';
import type { ControllerWrapper } from '../../src/replay/rig.ts';
import { shipped } from './fuzz/kit.ts';

const RUNS = 40;
const SEED = 11;
const HOUR_MS = 3_600_000;

/** Sweeps rely on it: they do not plan again what was at rest and reads as it did, until the plan says it is stale. */
it('plans the same of the same facts until they are stale', async () => {
  let looks = 0;
  const moved: string[] = [];
  const wrap: ControllerWrapper = (controller) => ({
    ...controller,
    plan(facts, context) {
      const plan = controller.plan(facts, context);
      if (!isAtRest(plan, context)) return plan;
      looks += 1;
      const until = Math.min(context.now + HOUR_MS, plan.staleAt ?? Number.POSITIVE_INFINITY);
      for (const now of [context.now + 1, (context.now + until) / 2, until - 1]) {
        const later = planApp(facts, { ...context, now });
        if (!sameJson(later, plan)) moved.push(`${context.key.name} after ${now - context.now} ms`);
      }
      return plan;
    },
  });
  await fuzz(await shipped(), { runs: RUNS, seed: SEED, wrap, shrinkMax: 0 });
  expect(moved).toEqual([]);
  expect(looks).toBeGreaterThan(50);
}, 120_000);

function isAtRest(plan: Plan, { status }: PlanContext): boolean {
  const isIdle = plan.actions.length === 0 && plan.held === undefined && plan.wakeAt === undefined;
  return isIdle && isCalm(status) && sameJson(plan.memory, status.memory);
}

function isCalm({ wake, attempts, intents, failures, unseen, writes }: Status): boolean {
  const isQuiet = wake === undefined && failures === undefined && unseen === undefined;
  return isQuiet && attempts === 0 && intents.length === 0 && Object.values(writes).every(({ seen }) => seen);
}
