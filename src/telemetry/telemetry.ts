import { KINDS, type Kind } from '../reconcile/key.ts';
import type { Clock } from '../reconcile/ports.ts';
import { VERSION } from '../version.ts';
import { joinListeners, type Listener } from './listener.ts';
import { createLog, createLogListener, type Log, type LogOptions } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';

/** The settings telemetry reads. */
export interface TelemetrySettings {
  readonly logLevel: LogOptions['level'];
  /** `auto` is text on a terminal, else JSON. */
  readonly logFormat: LogOptions['format'] | 'auto';
  readonly concurrency: number;
}

/** What telemetry needs of the process it runs in. */
export interface TelemetryPorts {
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Writes to standard output. */
  write(text: string): void;
}

/** Log and metrics of a process, listening together. */
export interface Telemetry extends Listener {
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Wires log and metrics for the kinds of keys this process works on. */
export function createTelemetry(
  settings: TelemetrySettings,
  ports: TelemetryPorts,
  controllers: readonly Kind[] = KINDS,
): Telemetry {
  const { clock, environment, isTerminal } = ports;
  const automatic = isTerminal ? 'text' : 'json';
  const log = createLog({
    level: settings.logLevel,
    format: settings.logFormat === 'auto' ? automatic : settings.logFormat,
    clock,
    // https://no-color.org: present and not empty means no colour.
    colour: isTerminal && (environment.NO_COLOR ?? '') === '',
    out: { write: (line) => ports.write(line) },
  });
  const metrics = createMetrics({
    version: VERSION,
    controllers,
    concurrency: settings.concurrency,
    clock,
  });
  return { ...joinListeners(metrics, createLogListener(log)), log, metrics };
}
