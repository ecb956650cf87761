import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planApp } from '../../../src/controllers/app/plan.ts';
import { found } from '../../../src/reconcile/reading.ts';
import { someContext, someFacts, someService, unmarkedService } from './builders.ts';

const anyText = fc.oneof(
  fc.string(),
  fc.json(),
  fc.json().map((text) => text.slice(0, text.length / 2)),
);
const anyMember = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null), fc.constant([]));
const anyEntry = fc.dictionary(
  fc.constantFrom('cpu', 'memory', 'min_processes', 'max_processes', '__proto__'),
  anyMember,
);
const anyName = fc.oneof(fc.constantFrom('web', 'constructor', 'toString', 'shell', 'release'), fc.string());
const anyScaling = fc.oneof(anyText, fc.dictionary(anyName, fc.oneof(anyEntry, anyMember)));
const anyItem = fc.dictionary(fc.constantFrom('value', 'x'), fc.jsonValue()) as fc.Arbitrary<
  Record<string, unknown>
>;

describe('hostile desired state', () => {
  it('never makes reading or planning fail, whatever it says', () => {
    const documents = fc.record({
      scaling: anyScaling,
      settings: anyText,
      release: anyText,
      paused: anyText,
    });
    const property = fc.property(documents, anyItem, fc.jsonValue(), (written, item, memory) => {
      const facts = someFacts({
        documents: written,
        settingsItem: found(item),
        deployStatus: found(item),
        ecsConfig: found(item),
        services: [someService('web'), unmarkedService('worker')],
      });
      const plan = planApp(facts, someContext({ memory }));
      expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
      const again = planApp(facts, someContext({ memory: JSON.parse(JSON.stringify(plan.memory)) }));
      expect(again.memory).toEqual(plan.memory);
    });
    fc.assert(property, { numRuns: 400, seed: 4217 });
  });

  it.each(['toString', 'constructor', 'valueOf', 'hasOwnProperty'])(
    'may name a process %s, which every object seems to have',
    (process) => {
      const entry = { cpu: 512, memory: 1024, min_processes: 1, max_processes: 1 };
      const documents = { scaling: { [process]: entry } };
      for (const services of [[], [someService('web')], [someService(process)]]) {
        const plan = planApp(someFacts({ documents, services }), someContext());
        expect(plan.conditions.filter(({ status }) => status === 'False')).toEqual([]);
      }
    },
  );

  it('never writes a count or size that it does not state as a whole number in bounds', () => {
    const property = fc.property(anyScaling, (scaling) => {
      const facts = someFacts({ documents: { scaling }, services: [someService('web')] });
      for (const action of planApp(facts, someContext()).actions) {
        if (action.type !== 'updateService' || action.desiredCount === undefined) continue;
        expect(Number.isSafeInteger(action.desiredCount)).toBe(true);
        expect(action.desiredCount).toBeGreaterThanOrEqual(0);
        expect(action.desiredCount).toBeLessThanOrEqual(5000);
      }
    });
    fc.assert(property, { numRuns: 400, seed: 4217 });
  });

  it('never repeats in a condition what somebody pasted into the wrong place', () => {
    const canary = 'hunter2-5c1b9f';
    const texts = [
      canary,
      `"${canary}"`,
      `{"web":"${canary}"}`,
      `{"web":{"cpu":"${canary}"}}`,
      `{"web":{"cpu":512,"x":"${canary}`,
    ];
    for (const text of texts) {
      const facts = someFacts({ documents: { scaling: text, settings: text, release: text } });
      expect(JSON.stringify(planApp(facts, someContext()).conditions)).not.toContain(canary);
    }
  });
});
