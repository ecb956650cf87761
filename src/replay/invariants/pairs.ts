import { digestOf } from '../../reconcile/plan.ts';
import { diffLines } from '../compare.ts';
import { endOf } from '../end.ts';
import type { Evidence } from '../evidence.ts';
import { paragraphsOf } from '../lines.ts';
import { subjectOf, tookEffect, writesOf } from './calls.ts';

/**
 * Invariants over two cases. I3 and I4 (whatever the way, the same desired state ends in the same world) and I5
 * (neither does a crash change it) are `sameEnd`; I5 also wants `sameEffects`; I21 is `sameTrace`.
 */

/** How two cases ended differently; revisions are numbered by how many there were, so they may differ. */
export function sameEnd(one: Evidence, other: Evidence): readonly string[] {
  return diffLines(endLines(one), endLines(other));
}

function endLines({ end }: Evidence): readonly string[] {
  return paragraphsOf({ end: endOf(end.observation) }).flatMap(({ lines }) =>
    lines.map((line) => line.replaceAll(/([A-Za-z0-9_-]):\d+(?=,|$)/g, '$1')),
  );
}

/** Creations and deletions that one case has and the other has not. */
export function sameEffects(one: Evidence, other: Evidence): readonly string[] {
  return diffLines(effectsOf(one), effectsOf(other));
}

function effectsOf(evidence: Evidence): readonly string[] {
  const effects = writesOf(evidence).filter(
    (call) => tookEffect(call) && /^(Register|Create|Delete|Run|Put)/.test(call.operation),
  );
  return effects.map((call) => `${call.operation} ${subjectOf(call)}`).sort();
}

/** Whether two cases were the same in every call and report. */
export function sameTrace(one: Evidence, other: Evidence): readonly string[] {
  const same = traceDigest(one) === traceDigest(other);
  return same ? [] : ['the two cases did not make the same calls and reports'];
}

/** Sixteen digits that stand for everything a case did. */
export function traceDigest({ calls, reports, failures, counts }: Evidence): string {
  return digestOf([calls, reports, failures, [...counts]]);
}
