import type { LoggedCall } from '../../simulator/region.ts';
import { asDocument, documentsIn } from '../documents.ts';
import type { Evidence } from '../evidence.ts';
import { lagOf, lastPart, lookedAt, tookEffect, writesOf } from './calls.ts';

const OWNER_TAG = 'trimtab:owner';

/** What a service or rule was from an instant on: whose mark it bore, if any; or gone. */
export interface Owned {
  readonly at: number;
  /** `service shop-web`, `rule shop-nightly` */
  readonly thing: string;
  readonly there: boolean;
  /** `/apppack/apps/shop`; absent without a mark. */
  readonly owner?: string;
}

/** Who marked what, and when, whether people did or controllers. */
export interface Ownership {
  /** What marks of this installation begin with. */
  readonly ours: string;
  /** In order of time. */
  readonly events: readonly Owned[];
}

/** Follows marks from the start of a case to its end. */
export function ownershipOf(evidence: Evidence): Ownership {
  const { snapshot } = evidence;
  const ours = `${String(snapshot.settings?.installation ?? snapshot.settings?.prefix ?? '/apppack')}/apps/`;
  const made = writesOf(evidence).filter(tookEffect);
  const people = snapshot.timeline.flatMap((change) =>
    change.type === 'call' ? [{ ...change, at: Date.parse(change.at) }] : [],
  );
  const later = [...made, ...people].flatMap((call) => eventOf(call, ours) ?? []);
  return { ours, events: [...atStart(evidence, ours), ...later].sort((a, b) => a.at - b.at) };
}

function atStart({ snapshot }: Evidence, ours: string): readonly Owned[] {
  const account = snapshot.world.accounts[0];
  const at = Number.NEGATIVE_INFINITY;
  const services = documentsIn(asDocument(account?.ecs).services).map(({ name, tags }) =>
    owned(at, `service ${String(name)}`, tagIn(tags)),
  );
  const rules = documentsIn(asDocument(account?.events).rules).map(({ name, description }) =>
    owned(at, `rule ${String(name)}`, ownerIn(description, ours)),
  );
  return [...services, ...rules];
}

type Happened = Pick<LoggedCall, 'at' | 'operation' | 'input'>;

function eventOf({ at, operation, input }: Happened, ours: string): Owned | undefined {
  const { service = input.serviceName, resourceArn, Name } = input;
  const marked = `service ${lastPart(resourceArn)}`;
  switch (operation) {
    case 'CreateService':
      return owned(at, `service ${lastPart(service)}`, tagIn(input.tags));
    case 'DeleteService':
      return { at, thing: `service ${lastPart(service)}`, there: false };
    case 'TagResource':
      return tagIn(input.tags) === undefined ? undefined : owned(at, marked, tagIn(input.tags));
    case 'UntagResource':
      return Array.isArray(input.tagKeys) && input.tagKeys.includes(OWNER_TAG)
        ? owned(at, marked, undefined)
        : undefined;
    // What a rule had and is not said again is gone.
    // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
    case 'PutRule':
      return owned(at, `rule ${String(Name)}`, ownerIn(input.Description, ours));
    case 'DeleteRule':
      return { at, thing: `rule ${String(Name)}`, there: false };
    default:
      return undefined;
  }
}

function owned(at: number, thing: string, owner: string | undefined): Owned {
  return { at, thing, there: true, ...(owner === undefined || owner === '' ? {} : { owner }) };
}

/** Whose mark a service gets that is made. */
export function ownerAsked({ input }: Pick<LoggedCall, 'input'>): string | undefined {
  return tagIn(input.tags);
}

function tagIn(tags: unknown): string | undefined {
  const tag = documentsIn(tags).find(({ key }) => key === OWNER_TAG);
  return tag === undefined ? undefined : String(tag.value);
}

/** The first word of a description that begins as our marks do; any other rule is somebody's. */
function ownerIn(description: unknown, ours: string): string | undefined {
  const [word = ''] = String(description ?? '').split(' ', 1);
  return word.startsWith(ours) ? word : undefined;
}

/**
 * What a thing was, in turn, while whoever made `call` may have looked at it and until the call: what a read that
 * lagged showed, and whatever happened since.
 */
export function statesBefore(
  evidence: Evidence,
  { events }: Ownership,
  call: LoggedCall,
  thing: string,
): readonly Owned[] {
  const since = lookedAt(evidence, call) - lagOf(evidence);
  const own = events.filter((event) => event.thing === thing && event.at < call.at);
  const first = own.findLastIndex(({ at }) => at <= since);
  return own.slice(Math.max(0, first));
}

/** Services or rules that bear the mark of an app at an instant. */
export function markedAt(
  { events, ours }: Ownership,
  app: string,
  kind: 'service' | 'rule',
  at: number,
): ReadonlySet<string> {
  const marked = new Set<string>();
  for (const event of events) {
    if (event.at >= at || !event.thing.startsWith(`${kind} `)) continue;
    if (event.there && event.owner === ours + app) marked.add(event.thing);
    else marked.delete(event.thing);
  }
  return marked;
}
