import { type Connection, connect, KINDS_AT_WORK } from '../compose.ts';
import { type Config, SETTINGS } from '../config.ts';
import { type Api, serveApi } from '../server/api.ts';
import { accessRoutes } from '../server/api-access.ts';
import { createTokenVerifier, type OidcSettings } from '../server/api-tokens.ts';
import { createKeyReader, rememberPaused } from '../server/dashboard/keys.ts';
import { dashboardRoutes } from '../server/dashboard/routes.ts';
import { createHealth } from '../server/health.ts';
import { serveProbes } from '../server/probes.ts';
import { openSimulation, type Simulation } from '../simulation.ts';
import { createAccessIndex } from '../store/access.ts';
import { joinListeners } from '../telemetry/listener.ts';
import { createTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import { startTrimtab } from '../trimtab.ts';
import type { CommandDefinition, Invocation } from './command.ts';
import { portOf, readWorldFile, SIMULATED_PORT, shellLines, stopped } from './simulate.ts';

export const runCommand: CommandDefinition = {
  name: 'run',
  summary: 'Run the controller until it is told to stop.',
  details: `Examples:
  trimtab run                                           in your account; install its queues, rules and table first
  trimtab run --mode observe                            look and report only
  trimtab run --simulate examples/worlds/shop.json      an account in this process, also served over HTTP

On SIGTERM it stops taking work, ends what is running (--drain-seconds), and exits. Nothing is lost by killing it:
every pass starts from what is there.

Exit code: 0 after draining, 1 an error at start.`,
  settings: SETTINGS.map((setting) => setting.name),
  options: [
    { flags: '--simulate <world>', help: 'run on a simulated account that starts as this file says' },
    {
      flags: '--simulate-port <number>',
      help: 'port the simulated account is served on',
      fallback: SIMULATED_PORT,
    },
  ],
  run,
};

async function run({ terminal, config, options }: Invocation): Promise<number> {
  const telemetry = createTelemetry(config, terminal, [...KINDS_AT_WORK]);
  const { log } = telemetry;
  const health = createHealth(terminal.clock);
  const simulation = await openIfAsked({ terminal, config, options });
  const connection = await connect(config, terminal, {
    ...(simulation === undefined ? {} : { simulation: simulation.edge }),
    onCall: (call) => telemetry.awsCall(call),
  });
  const paused = rememberPaused();
  const trimtab = await startTrimtab(connection, { listener: joinListeners(telemetry, paused), health });
  telemetry.metrics.watchLimiters(() => trimtab.limiters());
  const probes = await serveProbes({
    host: config.host,
    port: config.port,
    health,
    metrics: {
      contentType: telemetry.metrics.contentType,
      async render() {
        await trimtab.tellBacklog();
        return telemetry.metrics.render();
      },
    },
    failing: telemetry.failing,
  });
  const keys = createKeyReader(() => trimtab.statuses(), { paused, clock: terminal.clock });
  const api = await openApi(connection, telemetry, keys);
  const { account, region } = connection;
  log.info(
    { account, region, mode: config.mode, metrics: `${probes.url}/metrics`, api: api.url },
    'trimtab is running',
  );
  if (simulation !== undefined) {
    log.info({ endpoint: simulation.url }, 'the simulated account answers any AWS client');
    if (terminal.isTerminal) terminal.write(`\nIn another terminal:\n\n${shellLines(simulation.url)}\n`);
  }
  await stopped(terminal.stop);
  log.info({ seconds: config.drainSeconds }, 'stopping: taking no more work, ending what runs');
  const drained = await trimtab.stop();
  await Promise.all([probes.close(), api.close(), simulation?.close()]);
  log.info({ drained }, 'stopped');
  return 0;
}

/** Who is asked for a token may come from anywhere; without tokens only this machine may ask. */
function openApi(
  { config, clock, clients }: Connection,
  { failing }: Telemetry,
  keys: ReturnType<typeof createKeyReader>,
): Promise<Api> {
  const oidc = oidcOf(config);
  const index = createAccessIndex(clients.dynamodb, config.table);
  const verify = oidc === undefined ? undefined : createTokenVerifier(oidc, clock);
  return serveApi({
    host: oidc === undefined ? '127.0.0.1' : config.host,
    port: config.apiPort,
    localOnly: oidc === undefined,
    requestsPerMinute: config.apiRequestsPerMinute,
    trustedProxies: config.apiTrustedProxies,
    routes: [
      accessRoutes({ index, verify, failing }),
      dashboardRoutes({ keys, mode: config.mode, clock, index, verify, failing }),
    ],
    failing,
  });
}

/** `readConfig` sees to it that there are all three or none. */
function oidcOf({ oidcIssuer, oidcAudience, oidcJwksUri }: Config): OidcSettings | undefined {
  if (oidcIssuer === undefined || oidcAudience === undefined || oidcJwksUri === undefined) return undefined;
  return { issuer: oidcIssuer, audience: oidcAudience, jwksUri: oidcJwksUri };
}

async function openIfAsked({
  terminal,
  config,
  options,
}: Pick<Invocation, 'terminal' | 'config' | 'options'>): Promise<Simulation | undefined> {
  if (options.simulate === undefined) return undefined;
  const world = await readWorldFile(String(options.simulate));
  return openSimulation(config, terminal.clock, { world, port: portOf(options.simulatePort) });
}
