import { DeleteParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { createClients } from '../src/aws/clients.ts';
import type { Limits } from '../src/aws/limits.ts';
import { requestPass } from '../src/compose.ts';
import type { Key } from '../src/reconcile/key.ts';
import type { Report } from '../src/reconcile/reconcile.ts';
import type { LoggedCall } from '../src/simulator/region.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION, SimulatedTransport } from '../src/simulator/transport.ts';
import { type Actor, openStage, type Stage } from '../test/scenario/stage.ts';
import { crowdWorld } from './crowd.ts';
import { appNames, PROFILE, type Profile, profileWorld, SCHEDULED_APPS_MAX } from './profile.ts';
import { fairSwitches, SETTINGS, SETTLE_MS } from './weather.ts';

export interface StandOptions {
  readonly apps?: number;
  readonly profile?: Profile;
  /** AWS's token buckets; off unless said. */
  readonly limits?: boolean;
  readonly settings?: Record<string, string>;
}

/** A whole controller on an account that was brought where its parameters say, and watched from then on. */
export interface Stand {
  readonly stage: Stage;
  readonly actor: Actor;
  readonly apps: readonly string[];
  /** Puts a parameter of an app, as people would: at once, and not throttled. */
  put(app: string, path: string, value: unknown): Promise<void>;
  /** Deletes a parameter of an app. */
  remove(app: string, path: string): Promise<void>;
  /** Calls of controllers that began at or after an instant. */
  callsSince(at: number): readonly LoggedCall[];
  /** Reports of passes over an app that began at or after an instant. */
  passesSince(at: number, app?: string): readonly Report[];
  /** Has an app looked at, waits for the pass and gives its report. */
  look(app: string, actor?: Actor): Promise<Report>;
  stop(): Promise<void>;
}

/**
 * Opens a stand. One of many apps begins with what a controller left behind that has seen them all, so that it
 * settles at once.
 */
export async function openStand(options: StandOptions = {}): Promise<Stand> {
  const { apps: count = 1, profile = PROFILE, settings = {} } = options;
  const apps = appNames(count);
  const isCrowd = count > (profile.schedules === 0 ? 1 : SCHEDULED_APPS_MAX);
  const stage = await openStage({
    sections: isCrowd ? await crowdWorld(count, profile) : profileWorld(apps, profile),
    switches: fairSwitches(),
    settings: { ...SETTINGS, ...settings },
  });
  // What was left behind is so old.
  if (isCrowd) await stage.clock.advance(SETTLE_MS);
  const actor = await stage.start();
  await stage.clock.advance(SETTLE_MS);
  stage.simulator.switches.limits = options.limits === true;
  return standOf(stage, actor, apps);
}

/** The key of an app on a stand. */
export function keyOf(name: string): Key {
  return { account: DEFAULT_ACCOUNT, region: DEFAULT_REGION, kind: 'app', name };
}

/** People do not wait for one another: the account's rates are tried by the controller alone. */
const UNLIMITED: Limits = { enter: async () => () => {}, numbers: () => [] };

function createPeople({ simulator, clock }: Stage) {
  const { ssm } = createClients({
    region: DEFAULT_REGION,
    clock,
    limits: UNLIMITED,
    requestHandler: new SimulatedTransport(simulator, { client: 'person' }),
    credentials: { accessKeyId: DEFAULT_ACCOUNT, secretAccessKey: 'simulated' },
  });
  return async (command: PutParameterCommand | DeleteParameterCommand): Promise<void> => {
    const { limits } = simulator.switches;
    simulator.switches.limits = false;
    if (command instanceof PutParameterCommand) await ssm.send(command);
    else await ssm.send(command);
    simulator.switches.limits = limits;
  };
}

function standOf(stage: Stage, actor: Actor, apps: readonly string[]): Stand {
  const passesSince = (at: number, app?: string, by: Actor = actor) =>
    by.reports.filter(
      ({ startedAt, work: { key } }) =>
        startedAt >= at && key.kind === 'app' && (app === undefined || key.name === app),
    );
  const send = createPeople(stage);
  return {
    stage,
    actor,
    apps,
    passesSince,
    callsSince: (at) => stage.simulator.calls.filter((call) => call.at >= at && call.client !== 'person'),
    put(app, path, value) {
      const Value = typeof value === 'string' ? value : JSON.stringify(value);
      const Type = path.startsWith('config/') ? 'SecureString' : 'String';
      const Name = `/apppack/apps/${app}/${path}`;
      return send(new PutParameterCommand({ Name, Value, Type, Overwrite: true }));
    },
    remove: (app, path) => send(new DeleteParameterCommand({ Name: `/apppack/apps/${app}/${path}` })),
    async look(app, by = actor) {
      const at = stage.clock.now();
      const { id } = await stage.drive(requestPass(by.connection, keyOf(app)));
      const asked = () =>
        passesSince(at, app, by).find((report) =>
          report.work.causes.some((cause) => cause.id === `request:${id}`),
        );
      await stage.clock.waitFor(`a pass over ${app}`, () => asked() !== undefined, 60_000);
      const report = asked();
      if (report === undefined) throw new Error(`there was no pass over ${app}`);
      return report;
    },
    stop: () => stage.stop(),
  };
}
