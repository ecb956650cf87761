import { appendFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { AccessRequest } from '../../src/simulator/region.ts';
import { DEFAULT_ACCOUNT } from '../../src/simulator/transport.ts';
import { type Allowing, createAllowing } from './enforce.ts';

/** A permission that some call of a scenario needed, and where that was. */
export interface Need {
  readonly action: string;
  readonly resource: string;
  readonly keys: Readonly<Record<string, string>>;
  /** The statements that allow it. */
  readonly sids: readonly string[];
  readonly file: string;
  readonly test: string;
}

/** The policy lane has what was needed written here, a line of JSON each. */
const NEEDS_FILE = process.env.TRIMTAB_POLICY_NEEDS;
/** And has a statement taken away, to see that somebody misses it. */
const WITHOUT = process.env.TRIMTAB_POLICY_WITHOUT;

/** Who looks on and changes things in a scenario, and roles that AWS's services work with, are not the controller. */
const OTHERS = /^(person$|arn:)|\.amazonaws\.com$/;

/** Holds the controllers of one scenario to the shipped policy. */
export interface Guard {
  readonly permits: (request: AccessRequest) => boolean;
  /** Throws when the policy lacked something, saying what. */
  check(): void;
}

const allowingOf = new Map<string, Allowing>();
const told = new Set<string>();

/** A guard for one stage. */
export function createGuard(): Guard {
  const denied = new Set<string>();
  return {
    permits(request) {
      if (OTHERS.test(request.client)) return true;
      const sids = allowingIn(request)(request);
      if (sids.length === 0) denied.add(`${request.action} on ${request.resource}`);
      else tell(request, sids);
      return sids.length > 0;
    },
    check() {
      if (denied.size === 0) return;
      throw new Error(`deploy/policy.json does not allow what was called: ${[...denied].join('; ')}`);
    },
  };
}

function allowingIn({ account, region }: AccessRequest): Allowing {
  const place = `${account}/${region}`;
  const home = account === DEFAULT_ACCOUNT;
  const known = allowingOf.get(place) ?? createAllowing({ account, region, home, without: WITHOUT });
  allowingOf.set(place, known);
  return known;
}

function tell({ action, resource, keys }: AccessRequest, sids: readonly string[]): void {
  if (NEEDS_FILE === undefined) return;
  const { testPath = '', currentTestName = '' } = expect.getState();
  const key = `${currentTestName} ${action} ${resource}`;
  if (told.has(key)) return;
  told.add(key);
  const need: Need = { action, resource, keys, sids, file: testPath, test: currentTestName };
  appendFileSync(NEEDS_FILE, `${JSON.stringify(need)}\n`);
}
