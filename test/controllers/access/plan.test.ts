import { describe, expect, it } from 'vitest';
import type { AccessFacts } from '../../../src/controllers/access/observed.ts';
import { planAccess } from '../../../src/controllers/access/plan.ts';
import { subjectOf } from '../../../src/controllers/access/subject.ts';
import { ADMINISTRATORS } from '../../../src/reconcile/key.ts';
import { planDigest } from '../../../src/reconcile/plan.ts';
import { ABSENT, found, type Reading, unreadable } from '../../../src/reconcile/reading.ts';
import { EMPTY_STATUS, type Status } from '../../../src/reconcile/status.ts';
import type { Item } from '../../../src/store/table.ts';

const ROLE = 'arn:aws:iam::123456789012:role/shop-user';
const OWNER = '/apppack/access/123456789012/us-east-1/shop';
const OWN: Reading<Item> = found({
  role_arn: ROLE,
  region: 'us-east-1',
  pipeline: false,
  trimtab_owner: OWNER,
});
const THROTTLED = { kind: 'throttled', code: 'ThrottlingException', message: 'Rate exceeded' } as const;

function keyOf(name: string) {
  return { account: '123456789012', region: 'us-east-1', kind: 'access', name } as const;
}

interface Look {
  readonly name?: string;
  /** Undefined when a list cannot be used. */
  readonly wanted?: readonly string[] | undefined;
  readonly listed?: boolean;
  readonly role?: string | undefined;
  readonly items?: Record<string, Reading<Item>>;
  readonly remains?: boolean;
  readonly status?: Partial<Status>;
}

/** A list of the shop's users, read; everybody wanted has an item unless said otherwise. */
function plan(look: Look = {}) {
  const { name = 'shop', listed = true, remains, status } = look;
  const role = 'role' in look ? look.role : ROLE;
  const wanted = 'wanted' in look ? look.wanted : ['anna@example.com'];
  const settings = {
    installation: '/apppack',
    prefix: '/apppack',
    userPath: '/apppack/apps/*/users',
    pipelineUserPath: '/apppack/pipelines/*/users',
    administratorPath: '/apppack/account/administrators',
  };
  const subject = subjectOf(keyOf(name), settings);
  if (subject === undefined) throw new Error('no subject');
  const items = look.items ?? Object.fromEntries((wanted ?? []).map((email) => [email, OWN]));
  const facts: AccessFacts = {
    state: 'read',
    subject,
    desired: {
      people: wanted && new Map(wanted.map((email) => [email, { pipeline: false }])),
      listed,
      role: { ...(role === undefined ? {} : { arn: role }), conditions: [] },
      conditions: [],
      parameters: {},
    },
    items: new Map(Object.entries(items)),
    searched: false,
    ...(remains === undefined ? {} : { remains: found(remains) }),
  };
  return planAccess(facts, { key: keyOf(name), status: { ...EMPTY_STATUS, ...status }, now: 1_000 });
}

function members(count: number): Record<string, Reading<Item>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`u${index}@example.com`, OWN]));
}

describe('the plan of a list of people', () => {
  it('is nothing when everybody is where they should be', () => {
    expect(plan()).toMatchObject({
      actions: [],
      differences: [],
      conditions: [],
      memory: { people: ['anna@example.com'] },
    });
  });

  it('leaves out whose item could not be read, remembers them, and says so', () => {
    const planned = plan({
      wanted: ['anna@example.com', 'ben@example.com'],
      items: {
        'anna@example.com': unreadable(THROTTLED),
        'ben@example.com': ABSENT,
        'chris@example.com': unreadable(THROTTLED),
      },
      status: { memory: { people: ['anna@example.com', 'chris@example.com'] } },
    });
    expect(planned.actions).toMatchObject([
      { puts: [{ key: { partition: 'USER#ben@example.com' } }], removals: [] },
    ]);
    expect(planned.conditions).toMatchObject([
      { type: 'Readable', status: 'False', reason: 'ThrottlingException' },
    ]);
    expect(planned.memory).toEqual({ people: ['anna@example.com', 'ben@example.com', 'chris@example.com'] });
  });

  it('takes nobody out and adds nobody while a list cannot be used', () => {
    expect(plan({ wanted: undefined, items: members(3) })).toMatchObject({ actions: [], differences: [] });
  });

  it('adds nobody without a role, and keeps the role of who is there', () => {
    const planned = plan({
      wanted: ['anna@example.com', 'ben@example.com'],
      role: undefined,
      items: { 'anna@example.com': OWN, 'ben@example.com': ABSENT, 'chris@example.com': OWN },
    });
    expect(planned.actions).toMatchObject([
      { puts: [], removals: [{ partition: 'USER#chris@example.com' }] },
    ]);
    expect(planned.differences).toMatchObject([{ observed: { missing: 1, surplus: 1 } }]);
  });

  it.each([
    [5, 5, false],
    [6, 12, false],
    [6, 11, true],
    [20, 20, true],
  ])('that takes away %i of %i people is held: %j', (gone, all, isHeld) => {
    const items = members(all);
    const planned = plan({ wanted: Object.keys(items).slice(gone), items });
    expect(planned.held !== undefined).toBe(isHeld);
    expect(planned.actions).toHaveLength(isHeld ? 0 : 1);
  });

  it('passes held removals when exactly they were approved', () => {
    const look = { wanted: [], items: members(8) };
    const approved = planDigest(plan(look).held?.actions ?? []);
    expect(plan({ ...look, status: { approved } })).toMatchObject({ actions: [{ removals: { length: 8 } }] });
    expect(plan({ ...look, items: members(9), status: { approved } }).held).toBeDefined();
  });

  it('takes everybody along when nothing is left of the app, and holds them while something is', () => {
    const look = { wanted: [], listed: false, items: members(20) };
    expect(plan({ ...look, remains: false })).toMatchObject({ actions: [{ removals: { length: 20 } }] });
    expect(plan({ ...look, remains: true }).held?.actions).toHaveLength(1);
    expect(plan({ ...look, items: {} }).gone).toBe(true);
  });

  it('holds the last administrator', () => {
    const item = found({
      role_arn: ROLE,
      region: 'us-east-1',
      trimtab_owner: OWNER.replace('shop', ADMINISTRATORS),
    });
    const look = { name: ADMINISTRATORS, items: { 'anna@example.com': item, 'ben@example.com': item } };
    expect(plan({ ...look, wanted: [] }).held?.reason).toContain(`trimtab approve access/${ADMINISTRATORS}`);
    expect(plan({ ...look, wanted: ['anna@example.com'] }).held).toBeUndefined();
  });
});
