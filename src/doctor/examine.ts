import type { Connection } from '../compose.ts';
import { lookAtAccounts } from './accounts.ts';
import { CHECKS, join, type Look, SOUND } from './finding.ts';
import { createGround } from './ground.ts';
import { lookAtIdentity } from './identity.ts';
import { lookAtPermissions } from './permissions.ts';
import { lookAtQueues } from './queues.ts';
import { tryRoundTrip } from './round-trip.ts';
import { lookAtRules } from './rules.ts';
import { lookAtTable } from './table.ts';

export interface ExamineOptions {
  /** Whether to put a probe parameter and wait for a running controller to see it. */
  readonly probe: boolean;
}

/**
 * Looks at a whole installation from the outside, each matter once: what follows from something that is found already
 * is not found again. Changes nothing but the probe parameter, which it takes away.
 */
export async function examine(connection: Connection, { probe }: ExamineOptions): Promise<Look> {
  const ground = createGround(connection);
  const identity = lookAtIdentity(ground);
  // Elsewhere everything else would be wrong too.
  if (identity.findings.length > 0) return identity;
  const [queues, rules, table] = await Promise.all([
    lookAtQueues(ground),
    lookAtRules(ground),
    lookAtTable(ground),
  ]);
  const permissions = table.findings.length === 0 ? await lookAtPermissions(ground) : NOT_LOOKED;
  const accounts = table.findings.length === 0 ? await lookAtAccounts(ground) : SOUND;
  const usable = queues.usable && rules.usable && table.findings.length === 0;
  const round = probe
    ? await tryRoundTrip(ground, usable)
    : { findings: [], unseen: ['round trip: not asked for'] };
  const { findings, unseen } = join([queues, rules, table, permissions, accounts, round]);
  const order = ({ check }: { check: (typeof CHECKS)[number] }) => CHECKS.indexOf(check);
  return { findings: findings.toSorted((a, b) => order(a) - order(b)), unseen };
}

const NOT_LOOKED: Look = { findings: [], unseen: ['permissions: not tried without a table'] };
