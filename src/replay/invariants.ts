import type { Evidence } from './evidence.ts';
import { leavesNothing } from './invariants/clearing.ts';
import { retains, sparesTheRest } from './invariants/deleting.ts';
import { type Dossier, dossierOf } from './invariants/dossier.ts';
import { fliesSingly } from './invariants/flying.ts';
import { keepsStill, staysAtHome } from './invariants/owning.ts';
import { backsOff, doesNotSpin, fallsSilent, isFair, keepsToLimits } from './invariants/pacing.ts';
import { endsEveryBuild, neverTakesBack } from './invariants/recording.ts';
import { deploysWhatWorks, runsTasksOnce, servesTheYoungest } from './invariants/releasing.ts';
import { keepsSecrets } from './invariants/secrets.ts';
import { endsEverything, isHonest, losesNoWake, settles } from './invariants/settling.ts';
import { doesNotTravelBack, repeatsNothing } from './invariants/writing.ts';

/** Something that must hold in every case, whatever happens in it. */
export interface Invariant {
  /** `I9`; the numbers are the same in tests, reports and documentation. */
  readonly id: string;
  readonly promise: string;
  /** Explains each way in which it does not hold. Pure. */
  readonly check: (dossier: Dossier) => readonly string[];
}

/**
 * The invariants of one case. Those over two (I3, I4, I5, I21) are in invariants/pairs.ts; metrics (I19) are not
 * evidence of a case but what telemetry's own tests look at.
 */
export const INVARIANTS: readonly Invariant[] = [
  { id: 'I1', promise: 'once nothing changes, all is as desired and nothing is written', check: settles },
  { id: 'I2', promise: 'what was done is not done again', check: repeatsNothing },
  { id: 'I6', promise: 'nobody acts on what is known to be out of date', check: doesNotTravelBack },
  { id: 'I7', promise: 'one worker a key, one effect an intent', check: fliesSingly },
  { id: 'I8', promise: 'no change is lost', check: losesNoWake },
  { id: 'I9', promise: 'nothing of somebody else is touched', check: staysAtHome },
  { id: 'I10', promise: 'deletions are few, and none follow from a failed read', check: sparesTheRest },
  { id: 'I11', promise: 'services stay unless settings say otherwise', check: retains },
  { id: 'I12', promise: 'observed and paused apps are not written', check: keepsStill },
  { id: 'I13', promise: 'retries come later each time', check: backsOff },
  { id: 'I14', promise: 'no key keeps others waiting', check: isFair },
  { id: 'I15', promise: "calls stay below AWS's limits", check: keepsToLimits },
  { id: 'I16', promise: 'no key goes round in circles', check: doesNotSpin },
  { id: 'I17', promise: 'what is said of an app is true', check: isHonest },
  { id: 'I18', promise: 'no secret gets anywhere', check: keepsSecrets },
  { id: 'I20', promise: 'a stopped controller is silent', check: fallsSilent },
  { id: 'I22', promise: 'nothing is left half done', check: endsEverything },
  { id: 'I23', promise: 'a task of a release runs once, one at a time', check: runsTasksOnce },
  { id: 'I24', promise: 'what is told of a build is not taken back', check: neverTakesBack },
  { id: 'I25', promise: 'every build comes to an end that is told', check: endsEveryBuild },
  { id: 'I26', promise: 'the youngest release that works serves', check: servesTheYoungest },
  { id: 'I27', promise: 'a review app that is closed leaves nothing', check: leavesNothing },
  { id: 'I28', promise: 'what failed changes no service', check: deploysWhatWorks },
];

/** A way in which an invariant did not hold. */
export interface Violation {
  readonly invariant: string;
  readonly what: string;
}

/** More of one kind than this say nothing new. */
const EACH_MAX = 10;

/** Looks for everything that must not have happened. */
export function findViolations(evidence: Evidence): readonly Violation[] {
  const dossier = dossierOf(evidence);
  return INVARIANTS.flatMap(({ id, check }) =>
    check(dossier)
      .slice(0, EACH_MAX)
      .map((what) => ({ invariant: id, what })),
  );
}
