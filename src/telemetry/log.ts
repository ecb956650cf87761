import { type DestinationStream, type Logger, pino } from 'pino';
import type { Clock } from '../reconcile/ports.ts';
import {
  describeBacklog,
  describeCall,
  describeFailing,
  describeFailure,
  describeIntake,
  describePostponed,
  describeReport,
  describeSweep,
  describeTaskFailure,
  describeUnreadable,
  isEventful,
  type Line,
} from './describe.ts';
import { tellError } from './failure.ts';
import type { PartialListener } from './listener.ts';
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

/** Writes down what the loop tells. What a key waits for in the queues is for metrics: each pass has its line. */
export function createLogListener(log: Log): PartialListener {
  const write = ({ level, message, fields }: Line) => log[level](fields, message);
  const isDebug = () => log.isLevelEnabled('debug');
  return {
    report(report) {
      if (isEventful(report) || isDebug()) describeReport(report).forEach(write);
    },
    awsCall(call) {
      if (isDebug()) write(describeCall(call));
    },
    failure: (failure) => write(describeFailure(failure)),
    postponed: (key, why, delayMs) => write(describePostponed(key, why, delayMs)),
    unreadable: (messages) => write(describeUnreadable(messages)),
    failing: (doing, error) => write(describeFailing(doing, error)),
    intake: (result) => write(describeIntake(result)),
    sweep: (sweep) => write(describeSweep(sweep)),
    taskFailed: (failure) => write(describeTaskFailure(failure)),
    backlog: (backlog) => write(describeBacklog(backlog)),
  };
}
