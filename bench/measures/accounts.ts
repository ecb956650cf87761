import type { Fault } from '../../src/simulator/faults.ts';
import { accountIds, accountWith, list, roleIn } from '../../test/scenario/accounts-hands.ts';
import { openStage, type Stage } from '../../test/scenario/stage.ts';

/** Accounts that are well, and after them one that is denied and one that is throttled. */
const HEALTHY = 48;
const BROKEN = 2;
const APPS = ['shop', 'blog'];
const WISHED = 2;
const THROTTLED_MS = 1_000;
/** What every call takes. */
const LATENCY_MS = 30;
const STEP_MS = 200;
const LIMIT_MS = 600_000;

/** How long the healthy accounts took to be as their parameters say. */
export interface AccountsCost {
  readonly aloneMs: number;
  readonly besideBrokenMs: number;
}

/** One pair: the same 48 accounts alone, and beside two that are broken. */
export async function measureAccounts(seed: number): Promise<AccountsCost> {
  return { aloneMs: await convergeMs(seed, 0), besideBrokenMs: await convergeMs(seed, BROKEN) };
}

async function convergeMs(seed: number, broken: number): Promise<number> {
  const ids = accountIds(HEALTHY + broken);
  const stage = await openStage({
    seed,
    others: ids.map((id) => accountWith(id, APPS, WISHED)),
    settings: { TRIMTAB_ACCOUNTS: 'table' },
    switches: { permits: undefined },
  });
  await list(stage, ids);
  const [denied, throttled] = ids.slice(HEALTHY);
  if (denied !== undefined) {
    stage.simulator.switches.denials.push({ action: 'sts:AssumeRole', resource: roleIn(denied) });
  }
  if (throttled !== undefined) stage.simulator.switches.faults.push(throttle(stage, throttled));
  stage.simulator.switches.faults.push({ kind: 'slow', client: 'controller', delayMs: LATENCY_MS });
  // Sweeps begin with a slot; every run begins at the same instant of one.
  await stage.clock.advance(1_000 + (seed % 10) * 100);
  const from = stage.clock.now();
  await stage.start();
  const healthy = new Set(ids.slice(0, HEALTHY));
  let updates = updatesIn(stage, healthy);
  while (updates.length < HEALTHY * APPS.length) {
    if (stage.clock.now() - from > LIMIT_MS) throw new Error('the healthy accounts did not converge');
    await stage.clock.advance(STEP_MS);
    updates = updatesIn(stage, healthy);
  }
  const took = Math.max(...updates) - from;
  stage.simulator.switches.faults.splice(0);
  await stage.stop();
  return took;
}

/** Lets a call a second through, of whatever service. */
function throttle(stage: Stage, account: string): Fault {
  let openAt = 0;
  return {
    kind: 'throttle',
    account,
    when() {
      const now = stage.clock.now();
      if (now < openAt) return true;
      openAt = now + THROTTLED_MS;
      return false;
    },
  };
}

/** When the services of some accounts were brought where they should be. */
function updatesIn(stage: Stage, accounts: ReadonlySet<string>): readonly number[] {
  return stage.simulator.calls
    .filter(
      ({ operation, code, account }) =>
        operation === 'UpdateService' && code === 'OK' && accounts.has(account),
    )
    .map(({ endedAt }) => endedAt);
}
