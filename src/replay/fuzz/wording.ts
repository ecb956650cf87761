import { describeChange } from '../changes.ts';
import { formatElapsed } from '../instant.ts';
import type { FuzzFailure, FuzzProgress, FuzzResult } from './fuzzer.ts';
import type { Shares } from './shares.ts';

/** More of what happens in a failing case than this is counted. */
const CHANGES_SHOWN_MAX = 20;

/** `250 runs  21.4/s  edges 14, calls 1630, reasons 36  corpus 180  failures 0  controller 61 %, simulator 22 %`. */
export function progressLine(progress: FuzzProgress, elapsedMs: number, shares?: Shares): string {
  const { runs, coverage, corpus, failures } = progress;
  const speed = elapsedMs > 0 ? ((runs * 1000) / elapsedMs).toFixed(1) : '-';
  const parts = [
    `${runs} runs`,
    `${speed}/s`,
    `edges ${coverage.edge}, calls ${coverage.calls}, reasons ${coverage.reason}`,
    `corpus ${corpus}`,
    `failures ${failures}`,
    ...(shares === undefined
      ? []
      : [`controller ${percent(shares.controller)}, simulator ${percent(shares.simulator)}`]),
  ];
  return parts.join('  ');
}

/** What was found, and what to type to see it again; the last line is the same for the same seed. */
export function renderFuzz(result: FuzzResult, seed: number, files: readonly string[]): string {
  const failures = result.found.flatMap((failure, index) => failureLines(failure, files[index]));
  const verdict = result.found.length === 0 ? 'no promise was broken' : `${result.found.length} found`;
  return [...failures, `seed ${seed}: ${result.runs} runs, ${verdict}, digest ${result.digest}`, '']
    .map(printable)
    .join('\n');
}

function failureLines({ run, seed, violations, snapshot }: FuzzFailure, file = ''): readonly string[] {
  const startAt = Date.parse(snapshot.startAt);
  const shown = snapshot.timeline.slice(0, CHANGES_SHOWN_MAX);
  const more = snapshot.timeline.length - shown.length;
  return [
    `run ${run} broke a promise (seed ${seed}):`,
    ...violations.map(({ invariant, what }) => `  broken promise ${invariant}: ${what}`),
    ...shown.map(
      (change) => `  ${formatElapsed(Date.parse(change.at) - startAt)}  ${describeChange(change)}`,
    ),
    ...(more > 0 ? [`  and ${more} more`] : []),
    `  trimtab replay ${file}`,
    `  trimtab fuzz ${file} --seed ${seed} --runs 1`,
  ];
}

/** Names are other people's: none of them may move the cursor or change colours. */
function printable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, '\ufffd');
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
