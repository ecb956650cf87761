import type { ServiceLimits } from '../../limits.ts';
import type { BusPort, Operation, RegionContext, Service } from '../../region.ts';
import {
  createEventBus,
  deleteEventBus,
  describeEventBus,
  listEventBuses,
  listTagsForResource,
  tagResource,
  untagResource,
} from './buses.ts';
import { createDelivery, type FailedInvocation } from './delivery.ts';
import { createEventPlane, type EventPlane } from './plane.ts';
import { putEvents, testEventPattern } from './put-events.ts';
import { deleteRule, describeRule, listRuleNamesByTarget, listRules, putRule, switchRule } from './rules.ts';
import { dumpSection, loadSection } from './section.ts';
import { createEventsState, DEFAULT_BUS, type EventsState } from './state.ts';
import {
  type FailureDraw,
  listTargetsByRule,
  putTargets,
  removeTargets,
  type TargetEntry,
} from './targets.ts';

/** EventBridge, with what tests need beside the API. */
export interface EventsService extends Service {
  /**
   * Makes entries of PutTargets and RemoveTargets fail with `code` while the calls succeed, as EventBridge
   * does under load: those `predicate` picks, `times` of them.
   */
  failTargets(predicate: (entry: TargetEntry) => boolean, code: string, times: number): void;
  /** Invocations that were given up; without a dead-letter queue nothing else tells of them. */
  failedInvocations(): readonly FailedInvocation[];
}

/** The documented rates of PutEvents; regions not listed have the smallest. */
const PUT_EVENTS_PER_SECOND: Readonly<Record<string, number>> = {
  'us-east-1': 10_000,
  'us-west-2': 10_000,
  'eu-west-1': 10_000,
  'us-east-2': 2400,
  'eu-central-1': 2400,
};
const PUT_EVENTS_PER_SECOND_MIN = 400;

/**
 * EventBridge in one account and region. Its world section is described in section.ts.
 *
 * @param bus where the events of AWS services come from; it is set to take them.
 */
export function createEventsService(context: RegionContext, bus: BusPort): EventsService {
  const delivery = createDelivery(context);
  const state: EventsState = createEventsState(context, (...change) => plane.changed(...change));
  const plane: EventPlane = createEventPlane(context, state.rule, delivery.trigger);
  bus.hears = (envelope) => plane.hears(DEFAULT_BUS, envelope);
  bus.deliver = (envelope) => plane.receive(DEFAULT_BUS, envelope);
  const rules = createFailureRules();
  const operations = controlOperations(state, rules.draw);
  return {
    name: 'events',
    operations: {
      ...operations,
      PutEvents: (input, caller) => putEvents(context, plane, input, caller),
    },
    limits: limitsOf(context.region, Object.keys(operations)),
    load: (section) => loadSection(state, section),
    dump: () => dumpSection(state),
    failTargets: rules.add,
    failedInvocations: delivery.failures,
  };
}

function controlOperations(state: EventsState, draw: FailureDraw): Record<string, Operation> {
  return {
    PutRule: (input, caller) => putRule(state, input, caller),
    DeleteRule: (input, caller) => deleteRule(state, input, caller),
    DescribeRule: (input, caller) => describeRule(state, input, caller),
    EnableRule: (input, caller) => switchRule(state, 'EnableRule', input, caller),
    DisableRule: (input, caller) => switchRule(state, 'DisableRule', input, caller),
    ListRules: (input, caller) => listRules(state, input, caller),
    ListRuleNamesByTarget: (input, caller) => listRuleNamesByTarget(state, input, caller),
    PutTargets: (input, caller) => putTargets(state, draw, input, caller),
    RemoveTargets: (input, caller) => removeTargets(state, draw, input, caller),
    ListTargetsByRule: (input, caller) => listTargetsByRule(state, input, caller),
    CreateEventBus: (input, caller) => createEventBus(state, input, caller),
    DeleteEventBus: (input, caller) => deleteEventBus(state, input, caller),
    DescribeEventBus: (input, caller) => describeEventBus(state, input, caller),
    ListEventBuses: (input, caller) => listEventBuses(state, input, caller),
    TagResource: (input, caller) => tagResource(state, input, caller),
    UntagResource: (input, caller) => untagResource(state, input, caller),
    ListTagsForResource: (input, caller) => listTagsForResource(state, input, caller),
    TestEventPattern: (input, caller) => testEventPattern(state.context, input, caller),
  };
}

/**
 * The control plane shares 50 calls a second, PutEvents has its own rate.
 * Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 */
function limitsOf(region: string, controlPlane: readonly string[]): ServiceLimits {
  const events = PUT_EVENTS_PER_SECOND[region] ?? PUT_EVENTS_PER_SECOND_MIN;
  return {
    buckets: {
      control: { burst: 50, perSecond: 50 },
      events: { burst: events, perSecond: events },
    },
    operations: {
      ...Object.fromEntries(controlPlane.map((operation) => [operation, 'control'])),
      PutEvents: 'events',
    },
    refusal: { code: 'ThrottlingException', message: 'Rate exceeded' },
  };
}

/** Failures asked for by tests, each used up by the entries it hits. */
function createFailureRules(): {
  readonly add: EventsService['failTargets'];
  readonly draw: FailureDraw;
} {
  const rules: Array<{ predicate: (entry: TargetEntry) => boolean; code: string; left: number }> = [];
  return {
    add(predicate, code, times) {
      rules.push({ predicate, code, left: times });
    },
    draw(entry) {
      const rule = rules.find(({ predicate, left }) => left > 0 && predicate(entry));
      if (rule === undefined) return undefined;
      rule.left -= 1;
      return rule.code;
    },
  };
}
