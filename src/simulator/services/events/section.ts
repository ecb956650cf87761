import { z } from 'zod';
import { defined } from '../members.ts';
import { instantSchema, jsonOf, parseSection, tagsSchema, writeInstant } from '../sections.ts';
import { checkDraft, makeRule, NAME } from './rules.ts';
import { DEFAULT_BUS, type EventsState, type Rule, STATES, type Target } from './state.ts';
import { readTarget } from './target-input.ts';
import { checkTargets } from './targets.ts';

const busSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().optional(),
  tags: tagsSchema.optional(),
  createdAt: instantSchema.optional(),
});

const ruleSchema = z.strictObject({
  name: z.string().regex(NAME.pattern).max(NAME.max),
  /** `default` unless said. */
  bus: z.string().optional(),
  /** `ENABLED` unless said. */
  state: z.enum(STATES).optional(),
  description: z.string().max(512).optional(),
  scheduleExpression: z.string().max(256).optional(),
  /** A pattern, or the text of one. */
  eventPattern: z.union([z.string(), z.looseObject({})]).optional(),
  roleArn: z.string().optional(),
  managedBy: z.string().optional(),
  tags: tagsSchema.optional(),
  /** The moment of loading unless said; rates count from here. */
  startedAt: instantSchema.optional(),
  /** As PutTargets takes them and ListTargetsByRule shows them; `Input` may be an object. */
  targets: z.array(z.looseObject({ Id: z.string(), Arn: z.string() })).optional(),
});

/** The section `events` of a world: `{"rules": [{"name": …, "scheduleExpression": …, "targets": […]}]}`. */
const sectionSchema = z.strictObject({
  buses: z.array(busSchema).optional(),
  rules: z.array(ruleSchema).optional(),
});

/** Replaces everything by what the section says. */
export function loadSection(state: EventsState, section: unknown): void {
  const { buses, rules } = parseSection(sectionSchema, section, 'events');
  const names = new Set([DEFAULT_BUS, ...(buses ?? []).map((bus) => bus.name)]);
  const loaded = (rules ?? []).map((rule, index) => {
    try {
      return readRule(state, rule, names);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`the world's section events.rules.${index} (${rule.name}) is wrong: ${reason}`);
    }
  });
  state.clear();
  for (const { name, description, tags, createdAt } of buses ?? []) {
    const made = { createdAt: createdAt ?? state.context.clock.now() };
    state.buses.set(name, defined({ name, description, tags: new Map(Object.entries(tags ?? {})), ...made }));
  }
  for (const rule of loaded) state.setRule(rule.bus, rule.name, rule, true);
}

/** Everything, as `loadSection` reads it. */
export function dumpSection(state: EventsState): unknown {
  const buses = [...state.buses.values()].map((bus) =>
    defined({
      name: bus.name,
      description: bus.description,
      tags: bus.tags.size === 0 ? undefined : Object.fromEntries(bus.tags),
      createdAt: writeInstant(bus.createdAt),
    }),
  );
  return { buses, rules: state.allRules().map(writeRule) };
}

function readRule(
  state: EventsState,
  document: z.infer<typeof ruleSchema>,
  buses: ReadonlySet<string>,
): Rule {
  const { targets, tags, startedAt, managedBy, eventPattern, bus = DEFAULT_BUS, ...plain } = document;
  if (!buses.has(bus)) throw new Error(`there is no bus ${bus}`);
  const draft = defined({
    ...plain,
    state: document.state ?? 'ENABLED',
    eventPattern: typeof eventPattern === 'object' ? JSON.stringify(eventPattern) : eventPattern,
  });
  checkDraft(draft, bus);
  const made = makeRule(draft, {
    bus,
    existing: undefined,
    tags: new Map(Object.entries(tags ?? {})),
    now: startedAt ?? state.context.clock.now(),
  });
  const read = (targets ?? []).map((target, index) =>
    readTarget(state.context, withInputText(target), `targets.${index + 1}.member.`),
  );
  checkTargets(made, read);
  const filled = new Map<string, Target>(read.map((target) => [target.Id, target]));
  return defined({ ...made, managedBy, targets: filled });
}

function withInputText(target: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { Input } = target;
  return typeof Input === 'object' && Input !== null
    ? { ...target, Input: JSON.stringify(Input) }
    : { ...target };
}

function writeRule(rule: Rule): unknown {
  const pattern =
    rule.eventPattern === undefined ? undefined : (jsonOf(rule.eventPattern) ?? rule.eventPattern);
  return defined({
    name: rule.name,
    bus: rule.bus === DEFAULT_BUS ? undefined : rule.bus,
    state: rule.state,
    description: rule.description,
    scheduleExpression: rule.scheduleExpression,
    eventPattern: pattern,
    roleArn: rule.roleArn,
    managedBy: rule.managedBy,
    tags: rule.tags.size === 0 ? undefined : Object.fromEntries(rule.tags),
    startedAt: writeInstant(rule.startedAt),
    targets: [...rule.targets.values()].map(writeTarget),
  });
}

function writeTarget(target: Target): unknown {
  const input = typeof target.Input === 'string' ? jsonOf(target.Input) : undefined;
  return input === undefined ? target : { ...target, Input: input };
}
