import type { Clock } from '../reconcile/ports.ts';

/** What has to have happened once before this process does its work. */
export const PARTS = ['intake queue polled', 'work queue polled', 'first sweep queued'] as const;
export type Part = (typeof PARTS)[number];

export interface LoopHealth {
  readonly loop: string;
  readonly alive: boolean;
  readonly lastTurnMs: number;
  readonly boundMs: number;
}

export interface Liveness {
  readonly alive: boolean;
  readonly loops: readonly LoopHealth[];
}

export interface Readiness {
  readonly ready: boolean;
  /** What is missing, in words; empty when ready. */
  readonly missing: readonly string[];
}

/**
 * What the process says of itself. Liveness is about this process alone: a restart must be able to mend what it
 * tells, so a turn that met an AWS error is a turn like any other. Readiness is never about apps.
 */
export interface Health {
  /**
   * Registers an endless loop that takes at most `boundMs` a turn (waiting for SQS included). Call the returned
   * function on every turn, whatever came of it.
   */
  loop(name: string, boundMs: number): () => void;
  /** Notes that a part is there; more than once is fine. */
  done(part: Part): void;
  /** From now on not ready, and loops may end: the process drains. */
  drain(): void;
  liveness(): Liveness;
  readiness(): Readiness;
}

interface Loop {
  readonly name: string;
  readonly boundMs: number;
  turnedAt: number;
}

export function createHealth(clock: Clock): Health {
  const loops: Loop[] = [];
  const missing = new Set<Part>(PARTS);
  let isDraining = false;

  const healthOf = ({ name, boundMs, turnedAt }: Loop): LoopHealth => {
    const lastTurnMs = Math.max(0, clock.now() - turnedAt);
    return { loop: name, alive: isDraining || lastTurnMs <= boundMs, lastTurnMs, boundMs };
  };

  return {
    loop(name, boundMs) {
      const loop: Loop = { name, boundMs, turnedAt: clock.now() };
      loops.push(loop);
      return () => {
        loop.turnedAt = clock.now();
      };
    },
    done(part) {
      missing.delete(part);
    },
    drain() {
      isDraining = true;
    },
    liveness() {
      const all = loops.map(healthOf);
      return { alive: all.every((loop) => loop.alive), loops: all };
    },
    readiness() {
      const lacking = [...missing].map((part) => `not yet: ${part}`);
      const reasons = isDraining ? ['shutting down'] : lacking;
      return { ready: reasons.length === 0, missing: reasons };
    },
  };
}
