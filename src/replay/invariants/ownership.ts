import type { LoggedCall } from '../../simulator/region.ts';
import { asDocument, documentsIn } from '../documents.ts';
import { groupBy } from '../grouping.ts';
import type { Snapshot } from '../snapshot.ts';
import { lastPart, tookEffect } from './calls.ts';
import { countBefore, countUntil, type Dated, inOrder } from './instants.ts';
import { ofTypes, type People } from './people.ts';

const OWNER_TAG = 'trimtab:owner';

/** What a service or rule was from an instant on: whose mark it bore, if any; or gone. */
export interface Owned extends Dated {
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
  /** What a thing was, in turn: what it was at an instant, and whatever it became after that and before another. */
  statesBetween(thing: string, from: number, before: number): readonly Owned[];
  /** How many services or rules bore the mark of an app just before an instant. */
  countMarked(app: string, kind: 'service' | 'rule', at: number): number;
  /** Whether a service ever bore a mark of this installation. */
  wasOurs(service: string): boolean;
}

/** Follows marks from the start of a case to its end. */
export function ownershipOf(snapshot: Snapshot, writes: readonly LoggedCall[], people: People): Ownership {
  const ours = `${String(snapshot.settings?.installation ?? snapshot.settings?.prefix ?? '/apppack')}/apps/`;
  const byHand = ofTypes(people.changes, ['call']).map(({ at, change }) => ({ ...change, at }));
  const later = [...writes.filter(tookEffect), ...byHand].flatMap((call) => eventOf(call, ours) ?? []);
  const events = inOrder([...atStart(snapshot, ours), ...later]);
  const states = groupBy(events, ({ thing }) => [thing]);
  const marked = groupBy(events, ({ owner }) => (owner === undefined ? [] : [owner]));
  const things = new Map([...marked].map(([owner, own]) => [owner, new Set(own.map(({ thing }) => thing))]));
  const everOurs = new Set(events.flatMap(({ thing, owner }) => (owner?.startsWith(ours) ? [thing] : [])));
  return {
    ours,
    statesBetween: (thing, from, before) => {
      const own = states.get(thing) ?? [];
      const end = countBefore(own, before);
      return own.slice(Math.max(0, Math.min(end, countUntil(own, from)) - 1), end);
    },
    countMarked: (app, kind, at) => {
      const candidates = [...(things.get(ours + app) ?? [])].filter((thing) => thing.startsWith(`${kind} `));
      return candidates.filter((thing) => {
        const own = states.get(thing) ?? [];
        return own[countBefore(own, at) - 1]?.owner === ours + app;
      }).length;
    },
    wasOurs: (service) => everOurs.has(`service ${service}`),
  };
}

function atStart({ world }: Snapshot, ours: string): readonly Owned[] {
  const account = world.accounts[0];
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
