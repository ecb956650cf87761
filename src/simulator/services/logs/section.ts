import { z } from 'zod';
import { defined } from '../members.ts';
import { compare } from '../paging.ts';
import { instantSchema, parseSection, tagsSchema, writeInstant } from '../sections.ts';
import { RETENTION_DAYS } from './groups.ts';
import {
  appendEvents,
  GROUP_CLASSES,
  type LogEvent,
  type LogGroup,
  type LogStream,
  type LogsState,
  newGroup,
} from './state.ts';

const eventSchema = z.strictObject({
  /** The moment of loading unless said. */
  at: instantSchema.optional(),
  message: z.string().min(1),
  /** When it was written unless said. */
  ingestedAt: instantSchema.optional(),
});

const streamSchema = z.strictObject({
  createdAt: instantSchema.optional(),
  /** Lines of text, or with their times. */
  events: z.array(z.union([z.string().min(1), eventSchema])).optional(),
});

const groupSchema = z.strictObject({
  /** Lines never expire unless said. */
  retentionInDays: z
    .int()
    .refine((days) => RETENTION_DAYS.includes(days), {
      message: `one of ${RETENTION_DAYS.join(', ')} days`,
    })
    .optional(),
  /** `STANDARD` unless said. */
  logGroupClass: z.enum(GROUP_CLASSES).optional(),
  kmsKeyId: z.string().optional(),
  tags: tagsSchema.optional(),
  createdAt: instantSchema.optional(),
  streams: z.record(z.string().regex(/^[^:*]{1,512}$/), streamSchema).optional(),
});

/** The section `logs` of a world: `{"groups": {"/shop": {"streams": {"web/web/1f…": {"events": ["started"]}}}}}`. */
const sectionSchema = z.strictObject({
  groups: z.record(z.string().regex(/^[.\-_/#A-Za-z0-9]{1,512}$/), groupSchema).optional(),
});

/** Replaces everything by what the section says. */
export function loadSection(state: LogsState, section: unknown): void {
  const { groups } = parseSection(sectionSchema, section, 'logs');
  const loaded = Object.entries(groups ?? {}).map(([name, entry]) => readGroup(state, name, entry));
  state.groups.clear();
  for (const group of loaded) state.groups.set(group.name, group);
}

/** Everything, as `loadSection` reads it. */
export function dumpSection(state: LogsState): unknown {
  const groups = [...state.groups.values()].sort((a, b) => compare(a.name, b.name));
  return { groups: Object.fromEntries(groups.map((group) => [group.name, writeGroup(group)])) };
}

function readGroup(state: LogsState, name: string, entry: z.infer<typeof groupSchema>): LogGroup {
  const { streams = {}, tags, logGroupClass, ...plain } = entry;
  const group = newGroup(
    state,
    name,
    defined({ ...plain, groupClass: logGroupClass, tags: tags && new Map(Object.entries(tags)) }),
  );
  for (const [streamName, { createdAt, events = [] }] of Object.entries(streams)) {
    const now = state.context.clock.now();
    const stream: LogStream = { name: streamName, createdAt: createdAt ?? now, events: [] };
    const lines = events.map((event) => (typeof event === 'string' ? { message: event } : event));
    appendEvents(
      stream,
      lines.map(({ at = now, message, ingestedAt = at }) => ({ timestamp: at, message, ingestedAt })),
    );
    group.streams.set(streamName, stream);
  }
  return group;
}

function writeGroup(group: LogGroup): unknown {
  const streams = [...group.streams.values()].sort((a, b) => compare(a.name, b.name));
  return defined({
    retentionInDays: group.retentionInDays,
    logGroupClass: group.groupClass === 'STANDARD' ? undefined : group.groupClass,
    kmsKeyId: group.kmsKeyId,
    tags: group.tags.size === 0 ? undefined : Object.fromEntries(group.tags),
    createdAt: writeInstant(group.createdAt),
    streams: Object.fromEntries(
      streams.map(({ name, createdAt, events }) => [
        name,
        { createdAt: writeInstant(createdAt), events: events.map(writeEvent) },
      ]),
    ),
  });
}

function writeEvent({ timestamp, message, ingestedAt }: LogEvent): unknown {
  return defined({
    at: writeInstant(timestamp),
    message,
    ingestedAt: ingestedAt === timestamp ? undefined : writeInstant(ingestedAt),
  });
}
