import type { CancelTimer } from '../../../reconcile/ports.ts';
import { randomUuid } from '../../random.ts';
import type { RegionContext } from '../../region.ts';
import { setAlarm } from '../alarm.ts';
import type { Document } from '../members.ts';
import { compare } from '../paging.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { nextScheduledTime, parseSchedule } from './schedule.ts';
import { type Rule, ruleArn } from './state.ts';

/** A scheduled rule runs somewhere within its minute. */
const WITHIN_MS = 60_000;

/** The side of EventBridge that events go through; it follows what callers put after a short while. */
export interface EventPlane {
  /** A rule was put or removed. */
  changed(bus: string, name: string, atOnce: boolean): void;
  /** Whether an event sets any rule off now. */
  hears(bus: string, event: Document): boolean;
  /** An event arrived on a bus. */
  receive(bus: string, event: Document): void;
}

interface LiveRule {
  readonly rule: Rule;
  readonly cancel: CancelTimer;
}

/** A rule that waits for events. */
interface Listener {
  readonly rule: Rule;
  readonly pattern: Pattern;
}

/** The listeners of a bus, by name, with a rule that was put, or without one that is gone. */
function withRule(listeners: readonly Listener[], name: string, rule: Rule | undefined): readonly Listener[] {
  const others = listeners.filter((other) => other.rule.name !== name);
  if (rule?.eventPattern === undefined) return others;
  const listener = { rule, pattern: compilePattern(rule.eventPattern) };
  return [...others, listener].sort((a, b) => compare(a.rule.name, b.rule.name));
}

/**
 * @param ruleOf the rule as callers last put it.
 * @param trigger is told of every rule that an event or its schedule sets off.
 */
export function createEventPlane(
  context: RegionContext,
  ruleOf: (bus: string, name: string) => Rule | undefined,
  trigger: (rule: Rule, event: Document) => void,
): EventPlane {
  const live = new Map<string, LiveRule>();
  const listeners = new Map<string, readonly Listener[]>();
  const keyOf = (bus: string, name: string): string => `${bus}/${name}`;
  const run = (bus: string, name: string, at: number): void => {
    const event = scheduledEvent(context, ruleArn(context, bus, name), at);
    for (const delayMs of scheduledRuns(context)) {
      context.clock.setTimer(delayMs, () => {
        const found = live.get(keyOf(bus, name));
        if (found !== undefined) trigger(found.rule, event);
      });
    }
  };
  const publish = (bus: string, name: string): void => {
    const key = keyOf(bus, name);
    const rule = ruleOf(bus, name);
    const before = live.get(key);
    const isOn = rule !== undefined && rule.state !== 'DISABLED';
    listeners.set(bus, withRule(listeners.get(bus) ?? [], name, isOn ? rule : undefined));
    if (!isOn) {
      before?.cancel();
      live.delete(key);
      return;
    }
    const goesOn = before !== undefined && hasSameSchedule(before.rule, rule);
    if (!goesOn) before?.cancel();
    const cancel = goesOn ? before.cancel : arm(context, rule, (at) => run(bus, name, at));
    live.set(key, { rule, cancel });
  };
  return {
    // "When you create or update a rule, allow a short period of time for changes to take effect."
    changed(bus, name, atOnce) {
      const staleReadsMs = context.weather.staleReadsMs;
      const lagMs = staleReadsMs > 0 && !atOnce ? Math.floor(context.random() * staleReadsMs) : 0;
      if (lagMs === 0) publish(bus, name);
      else context.clock.setTimer(lagMs, () => publish(bus, name));
    },
    receive(bus, event) {
      const hit = (listeners.get(bus) ?? []).filter(({ pattern }) => pattern.matches(event));
      for (const { rule } of hit) trigger(rule, event);
    },
    hears: (bus, event) => listeners.get(bus)?.some(({ pattern }) => pattern.matches(event)) === true,
  };
}

/**
 * Delays of the runs of one scheduled time: usually one, "in rare cases" two.
 * Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
 */
function scheduledRuns(context: RegionContext): readonly number[] {
  const { weather, random } = context;
  const delay = (): number => Math.floor(random() * WITHIN_MS);
  const twice = weather.duplicateEvents > 0 && random() < weather.duplicateEvents;
  return twice ? [delay(), delay()] : [delay()];
}

/** Calls `run` at every scheduled instant of the rule, until cancelled. */
function arm(context: RegionContext, rule: Rule, run: (at: number) => void): CancelTimer {
  const { clock } = context;
  const schedule = rule.scheduleExpression === undefined ? undefined : parseSchedule(rule.scheduleExpression);
  let cancel: CancelTimer = () => {};
  if (schedule === undefined) return cancel;
  const next = (after: number): void => {
    const at = nextScheduledTime(schedule, rule.startedAt, after);
    if (at === undefined) return;
    cancel = setAlarm(clock, at, () => {
      run(at);
      // A clock that was asleep does not make up for what it missed.
      next(Math.max(at, clock.now()));
    });
  };
  next(clock.now());
  return () => cancel();
}

function hasSameSchedule(before: Rule, after: Rule): boolean {
  return before.scheduleExpression === after.scheduleExpression && before.startedAt === after.startedAt;
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html */
function scheduledEvent(context: RegionContext, arn: string, at: number): Document {
  return {
    version: '0',
    id: randomUuid(context.random),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: context.account,
    time: new Date(at).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: context.region,
    resources: [arn],
    detail: {},
  };
}
