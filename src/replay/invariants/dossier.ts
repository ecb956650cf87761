import type { LoggedCall } from '../../simulator/region.ts';
import type { Change } from '../changes.ts';
import type { Evidence } from '../evidence.ts';
import type { Snapshot } from '../snapshot.ts';
import { writesOf } from './calls.ts';
import { type History, historyOf } from './history.ts';
import { type Ownership, ownershipOf } from './ownership.ts';
import { type Passes, passesOf } from './passes.ts';
import { ofTypes, type People, peopleOf } from './people.ts';

/**
 * Evidence, put in order once, so that no invariant has to go through all of it for each thing it looks at: a case of a
 * week has ten thousands of changes, calls and passes.
 */
export interface Dossier extends Evidence {
  /** Calls that changed what people own, or tried to, in order. */
  readonly writes: readonly LoggedCall[];
  /** By how much reads lagged behind at most, at any time of the case. */
  readonly lagMs: number;
  /** Without what AWS refused them. */
  readonly people: People;
  readonly passes: Passes;
  readonly history: History;
  readonly ownership: Ownership;
}

/** Puts the evidence of a case in order. */
export function dossierOf(evidence: Evidence): Dossier {
  const { snapshot } = evidence;
  const writes = writesOf(evidence);
  const people = peopleOf({ timeline: happenedIn(evidence) });
  return {
    ...evidence,
    writes,
    lagMs: lagOf(evidence, people),
    people,
    passes: passesOf(evidence),
    history: historyOf(snapshot, people),
    ownership: ownershipOf(snapshot, writes, people),
  };
}

function happenedIn({ snapshot, steps }: Evidence): Snapshot['timeline'] {
  const refused = new Set<Change>(steps.flatMap((step) => step.refused.map(({ change }) => change)));
  return snapshot.timeline.filter((change) => !refused.has(change));
}

function lagOf({ snapshot }: Evidence, { changes }: People): number {
  return ofTypes(changes, ['weather']).reduce(
    (lagMs, { change }) => Math.max(lagMs, change.weather.staleReadsMs ?? 0),
    snapshot.aws?.staleReadsMs ?? 0,
  );
}

/** Whoever made a call knew what happened before this: it had begun to look then, and reads lag behind. */
export function knownUntil({ passes, lagMs }: Dossier, call: LoggedCall): number {
  return passes.lookedAt(call) - lagMs;
}
