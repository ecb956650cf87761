import { z } from 'zod';
import { SETTINGS } from '../config.ts';
import { worldSchema } from '../simulator/world.ts';
import { type Change, changeSchema, instant, weatherShape } from './changes.ts';
import { findHostility } from './guard.ts';
import { layoutJson } from './layout.ts';
import { outcomeSchema } from './outcome.ts';
import { redactChange, redactSections } from './redact.ts';

/** The format this build reads and writes. */
export const SNAPSHOT_FORMAT = 1;

/** Longer texts are no snapshots; 100,000 changes have about 30 million characters. */
export const SNAPSHOT_CHARACTERS_MAX = 128 * 1024 * 1024;

/** A time line may span this long: every day of it is played. */
const SPAN_MAX_MS = 31 * 86_400_000;

const settingsShape = z
  .partialRecord(z.enum(SETTINGS.map(({ name }) => name)), z.union([z.string(), z.number()]))
  .describe('settings of the controller, by their names in camel case');

/** The shape of a snapshot file. */
export const snapshotSchema = z
  .strictObject({
    $schema: z.string().optional(),
    snapshot: z.literal(SNAPSHOT_FORMAT).describe('version of this format'),
    about: z.string().min(1).max(1000).describe('the promise this snapshot keeps, or where it comes from'),
    recorded: z
      .strictObject({
        at: instant,
        by: z.string().max(100).describe('the program and its version'),
        apps: z.array(z.string()).optional().describe('the apps that were recorded, when not all were'),
        notes: z.array(z.string()).optional().describe('what could not be read'),
      })
      .optional(),
    startAt: instant.describe('when the world was as `world` says'),
    seed: z.int().min(0).max(0xffffffff).optional().describe('of ids, lags and chances; 1 unless said'),
    replicas: z.int().min(1).max(10).optional().describe('controllers on one queue; 1 unless said'),
    settings: settingsShape.optional(),
    aws: weatherShape
      .extend({
        limits: z.boolean().optional().describe("whether AWS's throttling applies; it does unless said"),
      })
      .optional()
      .describe('what AWS is like'),
    patienceSeconds: z
      .int()
      .min(1)
      .max(86_400)
      .optional()
      .describe('how long after the last change everything may take to settle; 3600 unless said'),
    world: worldSchema
      .describe('the account at the start; sections are those of `trimtab simulate`')
      .refine((world) => world.accounts.length === 1, 'a snapshot is of exactly one account'),
    timeline: z.array(changeSchema).describe('what happens to it, in order'),
    outcome: outcomeSchema.optional(),
  })
  .refine(isInOrder, { path: ['timeline'], message: 'its changes are not in order of time, from startAt on' })
  .refine(isBounded, { path: ['timeline'], message: 'it spans more than 31 days' });

function isInOrder(snapshot: { startAt: string; timeline: readonly Change[] }): boolean {
  let before = Date.parse(snapshot.startAt);
  return snapshot.timeline.every(({ at }) => {
    const now = Date.parse(at);
    const inOrder = now >= before;
    before = now;
    return inOrder;
  });
}

function isBounded(snapshot: { startAt: string; timeline: readonly Change[] }): boolean {
  const last = snapshot.timeline.at(-1)?.at ?? snapshot.startAt;
  return Date.parse(last) - Date.parse(snapshot.startAt) <= SPAN_MAX_MS;
}

/** An account, what happened to it, and what came of it. Holds no value of a config variable or secret. */
export type Snapshot = z.infer<typeof snapshotSchema>;

/** A text is no snapshot this build can use. The message is one line and quotes none of its values. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
}

/** Reads a snapshot; values that nobody should have kept are dropped. Throws `SnapshotError`. */
export function parseSnapshot(text: string, name = 'snapshot'): Snapshot {
  if (text.length > SNAPSHOT_CHARACTERS_MAX) {
    throw new SnapshotError(
      `${name} has ${text.length} characters; a snapshot has at most ${SNAPSHOT_CHARACTERS_MAX}`,
    );
  }
  const document = parseJson(text, name);
  const hostility = findHostility(document);
  if (hostility !== undefined) throw new SnapshotError(`${name} is no usable snapshot: ${hostility}`);
  checkFormat(document, name);
  const parsed = snapshotSchema.safeParse(document);
  if (parsed.success) return redactSnapshot(parsed.data);
  throw new SnapshotError(`${name} is no usable snapshot: ${describeIssue(parsed.error.issues[0])}`);
}

/** The snapshot without what it must not hold; one that holds nothing of it is given back equal. */
export function redactSnapshot(snapshot: Snapshot): Snapshot {
  const { world, timeline } = snapshot;
  const accounts = world.accounts.map((account) => redactSections(account));
  return { ...snapshot, world: { ...world, accounts }, timeline: timeline.map(redactChange) };
}

/** The engine's own message quotes what it found there, so only the place is taken from it, where it has one. */
function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const position = /position (\d+)/.exec(message)?.[1];
    const isCut = /^Unexpected end|^Unterminated/.test(message) || Number(position) >= text.trimEnd().length;
    if (isCut) {
      throw new SnapshotError(`${name} is not whole: it ends in the middle, after ${text.length} characters`);
    }
    const before = text.slice(0, Number(position ?? 0)).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    const place = position === undefined ? '' : `: line ${before.length}, column ${column}`;
    throw new SnapshotError(`${name} is not JSON${place}`);
  }
}

function checkFormat(document: unknown, name: string): void {
  const format =
    typeof document === 'object' && document !== null && 'snapshot' in document
      ? document.snapshot
      : undefined;
  if (format === SNAPSHOT_FORMAT) return;
  if (typeof format === 'number' && format > SNAPSHOT_FORMAT) {
    throw new SnapshotError(
      `${name} has format ${format}, this trimtab reads ${SNAPSHOT_FORMAT}: replay it with a newer one`,
    );
  }
  throw new SnapshotError(`${name} is no snapshot: it does not begin with "snapshot": ${SNAPSHOT_FORMAT}`);
}

function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'it does not have the right shape';
  const place = issue.path.map(String).join('.');
  const message = issue.message.replace(/\s+/g, ' ').slice(0, 200);
  return place === '' ? message : `${place.slice(0, 200)}: ${message}`;
}

/** What stands between the changes and the rest: a file that grows replaces it with every change. */
export const TIMELINE_END = '\n  ]\n}\n';

/** A snapshot as its file, in pieces. Reading it and writing it again gives the same text. */
export function* formatSnapshot(snapshot: Snapshot): Generator<string> {
  const { timeline, outcome, ...head } = snapshot;
  yield '{\n';
  for (const [name, value] of Object.entries(head)) {
    if (value !== undefined) yield* member(name, value, ',');
  }
  yield '  "timeline": [';
  for (const [index, change] of timeline.entries()) yield formatChange(change, index === 0);
  if (outcome === undefined) {
    yield TIMELINE_END;
    return;
  }
  yield '\n  ],\n';
  yield* member('outcome', outcome, '');
  yield '}\n';
}

/** One change as it stands in the file, with what separates it from the one before. */
export function formatChange(change: Change, isFirst: boolean): string {
  return `${isFirst ? '' : ','}\n${[...layoutJson(change, '    ')].join('\n')}`;
}

function* member(name: string, value: unknown, after: string): Generator<string> {
  const lines = [...layoutJson(value, '  ')];
  const first = lines[0]?.trimStart() ?? '';
  const rest = lines.slice(1).map((line) => `\n${line}`);
  yield `  ${JSON.stringify(name)}: ${first}`;
  yield* rest;
  yield `${after}\n`;
}
