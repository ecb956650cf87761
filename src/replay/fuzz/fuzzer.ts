import { digestOf } from '../../reconcile/plan.ts';
import { traceDigest } from '../invariants/pairs.ts';
import type { Violation } from '../invariants.ts';
import { type CaseResult, runCase } from '../replayer.ts';
import type { BuildWrapper, ControllerWrapper } from '../rig.ts';
import type { Snapshot } from '../snapshot.ts';
import { Corpus } from './corpus.ts';
import { type Counts, Coverage, createObserver, type Wrappers } from './coverage.ts';
import { createDice, type Dice, seedOfRun } from './dice.ts';
import { mutate } from './mutate.ts';
import { rulesIn } from './people.ts';
import { shrink } from './shrink.ts';
import { pacified } from './timeline.ts';
import { TROUBLES, type Trouble } from './troubles.ts';

/** Failures after which looking for more is a waste: the first have to be mended. */
const FAILURES_MAX = 5;

/** Cases that are played at most to make a failure smaller. */
const SHRINK_MAX = 150;

export interface FuzzOptions {
  /** Cases to play, the given snapshots among them. */
  readonly runs: number;
  readonly seed: number;
  /** What may befall the controller; everything unless said. */
  readonly troubles?: readonly Trouble[];
  /** Failures after which to stop; a few unless said. */
  readonly failuresMax?: number;
  /** Cases to play at most to make a failure smaller; many unless said. */
  readonly shrinkMax?: number;
  /** Told after each run. */
  readonly onRun?: (progress: FuzzProgress) => void;
  /** Ends it after the run that goes on. */
  readonly stop?: AbortSignal;
  /** Put around the controllers of apps and builds: tests break planners with it. */
  readonly wrap?: ControllerWrapper;
  readonly wrapBuilds?: BuildWrapper;
}

export interface FuzzProgress {
  readonly runs: number;
  readonly coverage: Counts;
  readonly corpus: number;
  readonly failures: number;
}

/** A case in which an invariant did not hold. */
export interface FuzzFailure {
  /** The run that found it, counted from 1, and its seed. */
  readonly run: number;
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** The smallest snapshot that was found to show it; its own seed is in it. */
  readonly snapshot: Snapshot;
}

export interface FuzzResult extends FuzzProgress {
  readonly found: readonly FuzzFailure[];
  /** Stands for every call and report of every run: the same seed gives the same. */
  readonly digest: string;
}

/**
 * Plays the given snapshots as they are, then cases made from them and from whatever showed something new, and looks for
 * broken promises in each. Everything is decided by the seed.
 */
export async function fuzz(given: readonly Snapshot[], options: FuzzOptions): Promise<FuzzResult> {
  const { runs, seed, troubles = TROUBLES, failuresMax = FAILURES_MAX } = options;
  const session: Session = {
    coverage: new Coverage(),
    corpus: new Corpus(given.map((snapshot) => ({ snapshot, rules: [] }))),
    found: [],
    known: new Set(),
    options,
    digest: '',
  };
  let run = 0;
  while (run < runs && session.found.length < failuresMax && options.stop?.aborted !== true) {
    const dice = createDice(seedOfRun(seed, run));
    const snapshot = given[run] ?? make(session, troubles, seedOfRun(seed, run), dice);
    run += 1;
    await playOne(session, snapshot, run, dice);
    options.onRun?.(progressOf(session, run));
  }
  return { ...progressOf(session, run), found: session.found, digest: session.digest };
}

interface Session {
  readonly coverage: Coverage;
  readonly corpus: Corpus;
  readonly found: FuzzFailure[];
  /** Ways of failing that were reported. */
  readonly known: Set<string>;
  readonly options: FuzzOptions;
  digest: string;
}

function progressOf({ coverage, corpus, found }: Session, runs: number): FuzzProgress {
  return { runs, coverage: coverage.size, corpus: corpus.size, failures: found.length };
}

/** A case that nobody wrote. It keeps its seed, so whoever has the snapshot has all of it. */
function make({ corpus }: Session, troubles: readonly Trouble[], seed: number, dice: Dice): Snapshot {
  const parent = corpus.choose(dice);
  return {
    ...pacified(mutate(parent, () => corpus.choose(dice).snapshot, troubles, dice)),
    seed,
    about: 'made by trimtab fuzz',
  };
}

async function playOne(session: Session, snapshot: Snapshot, run: number, dice: Dice): Promise<void> {
  const observer = createObserver(session.options);
  const { violations, evidence } = await play(snapshot, observer);
  const digest = evidence === undefined ? violations : traceDigest(evidence);
  session.digest = digestOf([session.digest, digest]);
  if (violations.length > 0) return fail(session, snapshot, run, violations);
  if (evidence === undefined) return;
  const isNew = session.coverage.add(observer.features(evidence)) > 0;
  if (isNew) session.corpus.keep({ snapshot, rules: rulesIn(evidence.calls) }, dice);
}

interface Played {
  readonly violations: readonly Violation[];
  readonly evidence?: CaseResult;
}

/** Plays a case; one that ends in the middle breaks a promise as well. */
async function play(snapshot: Snapshot, { wrap, wrapBuilds }: Wrappers): Promise<Played> {
  try {
    const evidence = await runCase(snapshot, {
      ...(wrap === undefined ? {} : { wrap }),
      ...(wrapBuilds === undefined ? {} : { wrapBuilds }),
    });
    return { violations: evidence.violations, evidence };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return { violations: [{ invariant: 'crash', what }] };
  }
}

async function fail(
  session: Session,
  snapshot: Snapshot,
  run: number,
  violations: readonly Violation[],
): Promise<void> {
  const { known, found, options } = session;
  if (violations.every((one) => known.has(wayOf(one)))) return;
  for (const one of violations) known.add(wayOf(one));
  const wanted = new Set(violations.map(({ invariant }) => invariant));
  const stillFails = async (candidate: Snapshot) => {
    const played = await play(candidate, options);
    return played.violations.some(({ invariant }) => wanted.has(invariant));
  };
  const smallest = await shrink(snapshot, pacified, stillFails, options.shrinkMax ?? SHRINK_MAX);
  const shown = await play(smallest, options);
  for (const one of shown.violations) known.add(wayOf(one));
  const { violations: left } = shown;
  const about = `Found by trimtab fuzz --seed ${options.seed}, run ${run}: ${left[0]?.invariant} ${left[0]?.what}`;
  const seed = snapshot.seed ?? 1;
  found.push({ run, seed, violations: left, snapshot: { ...smallest, about: about.slice(0, 1000) } });
}

/** A violation without what is different in each case: instants, numbers, digests. */
function wayOf({ invariant, what }: Violation): string {
  return `${invariant} ${what.replaceAll(/[0-9a-f]{6,}|\d+/g, '#')}`;
}
