import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Attributes, attributeBytes, itemBytes, toAttribute, toAttributes } from '../aws/attributes.ts';
import { formatKey, type Key } from '../reconcile/key.ts';
import { type DatedCondition, parseStatus, type Status } from '../reconcile/status.ts';

/** DynamoDB takes 400 KB an item; the rest is left to what others may have put into it. */
const STATUS_BYTES_MAX = 350 * 1024;

/** A status does not fit into an item even without conditions. Nothing was stored. */
export class StatusTooLargeError extends Error {
  override readonly name = 'StatusTooLargeError';
}

/** Every member of a status has an attribute of its own name, so that a person can read it in the console. */
const MEMBERS: Readonly<Record<keyof Status, true>> = {
  revision: true,
  conditions: true,
  parameters: true,
  memory: true,
  attempts: true,
  intents: true,
  writes: true,
  failures: true,
  wake: true,
  unseen: true,
  synced: true,
  updatedAt: true,
  beganAt: true,
  handledRequests: true,
  approved: true,
};

const MEMBER_NAMES = Object.keys(MEMBERS);

/** The attributes to set and the names of those to remove; whatever else is in the item stays. */
export interface StatusChange {
  readonly set: Attributes;
  readonly remove: readonly string[];
}

/** A status as attributes; `writer` is a token of this one write, by which its writer knows it again. */
export function encodeStatus(key: Key, status: Status, writer: string): StatusChange {
  const { conditions, ...rest } = status;
  const set = toAttributes({ ...rest, key: formatKey(key), writer });
  const room = STATUS_BYTES_MAX - itemBytes(set);
  if (room < 0) {
    throw new StatusTooLargeError(
      `the status of ${formatKey(key)} needs ${itemBytes(set)} bytes without its conditions; ${STATUS_BYTES_MAX} are allowed`,
    );
  }
  set.conditions = { L: fitting(conditions, room) };
  return { set, remove: MEMBER_NAMES.filter((member) => set[member] === undefined) };
}

/** The status in an item; members it has and we do not know are ignored. */
export function decodeStatus(item: Readonly<Record<string, unknown>>): Status {
  return parseStatus(item, isRevision(item.revision) ? item.revision : 0);
}

/** Revisions are counted from 1; what else stands there is somebody's mistake. */
export const REVISION_MAX = Number.MAX_SAFE_INTEGER - 1;

function isRevision(found: unknown): found is number {
  return typeof found === 'number' && found >= 1 && found <= REVISION_MAX;
}

/** As many conditions as there is room for, and one more that says how many are missing. */
function fitting(conditions: readonly DatedCondition[], room: number): AttributeValue[] {
  const members = conditions.map(toAttribute);
  const sizes = members.map((member) => attributeBytes(member) + 1);
  if (sizes.reduce((sum, size) => sum + size, 0) <= room) return members;
  let left = room - attributeBytes(toAttribute(cutNote(conditions, 0)));
  const kept = sizes.findIndex((size) => {
    left -= size;
    return left < 0;
  });
  return [...members.slice(0, kept), toAttribute(cutNote(conditions, kept))];
}

function cutNote(conditions: readonly DatedCondition[], kept: number): DatedCondition {
  return {
    type: 'Supported',
    status: 'False',
    reason: 'TooManyConditions',
    message:
      `${conditions.length - kept} of ${conditions.length} conditions are not shown: they do not fit into one item of the ` +
      'table. Mend the ones that are shown and the others will appear.',
    since: Math.max(0, ...conditions.map((condition) => condition.since)),
  };
}
