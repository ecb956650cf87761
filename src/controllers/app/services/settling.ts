/** How long a change of config waits for the next one. */
export interface Pace {
  /** Revisions and restarts wait until config has been unchanged for this long. */
  readonly quietMs: number;
  /** They wait no longer than this from the first change that was not acted upon. */
  readonly quietMaxMs: number;
}

/**
 * What is remembered of config's changes: instants of our clock, so that deletions count too, but for changes that nobody
 * told us of, which were made when Parameter Store says, and not later than now.
 */
export interface Settling {
  /** Stands for the variables that were read last. */
  readonly versions: string;
  /** When they were seen to change last. */
  readonly changedAt: number;
  /** When the first change was seen that nobody acted upon yet; absent once config settled. */
  readonly unsettledAt?: number | undefined;
}

export interface Settled {
  readonly memory: Settling;
  /** When config settles, if it has not yet. */
  readonly settlesAt?: number;
}

/** What was read of config in this pass. */
export interface ConfigSeen {
  readonly versions: string;
  /** When the youngest variable was written, by Parameter Store's clock. */
  readonly youngestAt: number;
  /** When we were told of the last change that this pass is to see; nobody told of one that has no event. */
  readonly toldAt?: number | undefined;
  /** When we were told of the first one: looks at changes are put off. */
  readonly toldSince?: number | undefined;
  /** When a change was made that we were told of and that no read shows yet. */
  readonly unseenAt?: number | undefined;
}

/**
 * Decides whether config has come to rest. Seen for the first time it counts as changed when its youngest
 * variable was written, so an old one is at rest, and one that is just being imported is not.
 */
export function settleConfig(
  before: Settling | undefined,
  seen: ConfigSeen,
  pace: Pace,
  now: number,
): Settled {
  const changes = changesOf(before, seen, pace, now);
  // A read that shows nothing of what we were told just now may lag, so to be told is a change as well.
  const heardAt = Math.min(Math.max(seen.unseenAt ?? 0, seen.toldAt ?? 0), now);
  const isHeard = now < heardAt + pace.quietMs;
  const changedAt = isHeard ? Math.max(changes.changedAt, heardAt) : changes.changedAt;
  const unsettledAt = changes.unsettledAt ?? (isHeard ? heardAt : undefined);
  const settled = { memory: { versions: seen.versions, changedAt } };
  if (unsettledAt === undefined) return settled;
  const settlesAt = Math.min(changedAt + pace.quietMs, unsettledAt + pace.quietMaxMs);
  if (now >= settlesAt) return settled;
  return { memory: { ...settled.memory, unsettledAt }, settlesAt };
}

function changesOf(
  before: Settling | undefined,
  { versions, youngestAt, toldAt, toldSince }: ConfigSeen,
  { quietMs }: Pace,
  now: number,
): Omit<Settling, 'versions'> {
  if (before === undefined) {
    const changedAt = Math.min(youngestAt, now);
    return { changedAt, unsettledAt: changedAt };
  }
  if (before.versions !== versions) {
    // Another worker may have been told, and of a younger one; a deletion shows no time.
    const told = toldAt ?? (youngestAt > before.changedAt ? youngestAt : now);
    const changedAt = Math.min(Math.max(told, youngestAt), now);
    const beganAt = Math.min(Math.max(toldSince ?? changedAt, changedAt - quietMs), changedAt);
    return { changedAt, unsettledAt: before.unsettledAt ?? beganAt };
  }
  return before;
}
