import { type DestinationStream, type Logger, pino } from 'pino';
import type { Clock } from '../reconcile/ports.ts';
import {
  describeBacklog,
  describeCall,
  describeFailure,
  describeIntake,
  describeReport,
  describeSweep,
  isEventful,
  type Line,
} from './describe.ts';
import { tellError } from './failure.ts';
import type { Listener } from './listener.ts';
import { formatText } from './text.ts';

export interface LogOptions {
  /** Least level that is written. */
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** One JSON object a line, or one line a person can read. */
  readonly format: 'json' | 'text';
  readonly clock: Clock;
  /** Whether text may be coloured; off by default. */
  readonly colour?: boolean;
  /** Where lines go. */
  readonly out: DestinationStream;
}

/** The log. Errors given as `error` or `err` are told without what AWS or a parser may have echoed. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'isLevelEnabled'>;

/** Makes the log. Lines carry no host name, no process id and nothing of the environment. */
export function createLog(options: LogOptions): Log {
  const { out, colour = false } = options;
  const text: DestinationStream = { write: (json) => void out.write(formatText(json, { colour })) };
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date(options.clock.now()).toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
      serializers: { err: tellIfError, error: tellIfError },
    },
    options.format === 'json' ? out : text,
  );
}

function tellIfError(value: unknown): unknown {
  return value instanceof Error ? tellError(value) : value;
}

/** Writes down what the loop tells. */
export function createLogListener(log: Log): Listener {
  const write = ({ level, message, fields }: Line) => log[level](fields, message);
  const isDebug = () => log.isLevelEnabled('debug');
  return {
    report(report) {
      if (isEventful(report) || isDebug()) describeReport(report).forEach(write);
    },
    failure: (failure) => write(describeFailure(failure)),
    work() {
      // Each pass has its line already; the waiting before it is a metric.
    },
    awsCall(call) {
      if (isDebug()) write(describeCall(call));
    },
    intake: (result) => write(describeIntake(result)),
    sweep: (sweep) => write(describeSweep(sweep)),
    backlog: (backlog) => write(describeBacklog(backlog)),
    listing() {
      // Says nothing new about any key.
    },
  };
}
