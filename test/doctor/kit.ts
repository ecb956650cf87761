import { connect } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Look } from '../../src/doctor/finding.ts';
import { seededRandom } from '../../src/simulator/random.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION, SimulatedTransport } from '../../src/simulator/transport.ts';
import type { Stage } from '../scenario/stage.ts';

export interface Visit {
  readonly settings?: Readonly<Record<string, string>>;
  /** How far the doctor's clock is ahead. */
  readonly skewMs?: number;
  readonly probe?: boolean;
  /** Who asks: a person, or the controller's role. */
  readonly client?: string;
}

/** Runs the doctor on a staged account. */
export async function examineStage(on: Stage, visit: Visit = {}): Promise<Look> {
  const { skewMs = 0, probe = true, client = 'person' } = visit;
  const config = readConfig({ TRIMTAB_CLUSTER: 'main', ...visit.settings });
  const clock = {
    now: () => on.clock.now() + skewMs,
    setTimer: (delayMs: number, fire: () => void) => on.clock.setTimer(delayMs, fire),
  };
  const simulation = {
    account: DEFAULT_ACCOUNT,
    region: DEFAULT_REGION,
    requestHandler: new SimulatedTransport(on.simulator, { client }),
  };
  const connection = await on.drive(connect(config, { clock, random: seededRandom(7) }, { simulation }));
  return on.drive(examine(connection, { probe }));
}
