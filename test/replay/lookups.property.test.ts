import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/replay/changes.ts';
import { mayBeOf } from '../../src/replay/invariants/calls.ts';
import { historyOf } from '../../src/replay/invariants/history.ts';
import { type Owned, ownershipOf } from '../../src/replay/invariants/ownership.ts';
import { passesOf } from '../../src/replay/invariants/passes.ts';
import { peopleOf } from '../../src/replay/invariants/people.ts';
import type { Snapshot } from '../../src/replay/snapshot.ts';
import { someKey, someReport } from '../telemetry/kit.ts';
import { instantAt, START, snapshotOf } from './kit.ts';
import { call } from './tampering/kit.ts';

/**
 * What invariants look up is what going through everything finds. Few instants and few names, so that things happen
 * at the same time, at the very bounds that are asked about, and to things whose names begin or end alike.
 */
const RUNS = { numRuns: 300 };
const EMPTY = snapshotOf({});

const second = fc.nat(9);
const span = fc.tuple(second, second).map(([a, b]) => ({ from: at(Math.min(a, b)), to: at(Math.max(a, b)) }));
const client = fc.constantFrom('controller', 'controller-2');
const app = fc.constantFrom('shop', 'shop:7', 'shop-pr7', 'blog');
const service = fc.constantFrom('shop-web', 'shop-pr7-web', 'blog-web', 'web');
const subject = fc.oneof(
  service.map((name) => `service main/${name}`),
  service.map((name) => `family ${name}`),
  fc.constant('rule shop-nightly'),
);
const parameter = fc
  .tuple(
    fc.constantFrom('/apppack/apps', '/apps/apps', '/apppack/pipelines'),
    app,
    fc.constantFrom('paused', 'config/A'),
  )
  .map((parts) => parts.join('/'));

const pass = fc
  .record({ client, app, startedAt: second, lasts: fc.nat(4) })
  .map(({ client, app, startedAt, lasts }) => ({
    step: 0,
    client,
    at: at(startedAt + lasts),
    report: someReport({
      startedAt: at(startedAt),
      work: { key: someKey(app), causes: [], beganAt: at(startedAt) },
    }),
  }));
/** They are told of when they end. */
const passes = fc.array(pass, { maxLength: 12 }).map((all) => all.toSorted((a, b) => a.at - b.at));

const subjectInput = fc.oneof(
  fc.record({ service }),
  fc.record({ serviceName: service, family: service }),
  fc.constant({ cluster: 'main' }),
);
const tags = app.map((name) => [{ key: 'trimtab:owner', value: `/apppack/apps/${name}` }]);
const marking = fc.oneof(
  fc.record({ operation: fc.constant('CreateService'), input: fc.record({ serviceName: service, tags }) }),
  fc.record({ operation: fc.constant('DeleteService'), input: fc.record({ service }) }),
  fc.record({ operation: fc.constant('UntagResource'), input: service.map(untagged) }),
);
const change: fc.Arbitrary<Change> = fc
  .tuple(
    second,
    fc.oneof(
      fc.record({ type: fc.constant('put' as const), name: parameter, value: fc.constantFrom('x', 'y') }),
      fc.record({ type: fc.constant('delete' as const), name: parameter }),
      fc.record({ type: fc.constant('approve' as const), app }),
      fc
        .oneof(fc.record({ operation: fc.constant('UpdateService'), input: subjectInput }), marking)
        .map((made) => ({ type: 'call' as const, service: 'ecs', ...made })),
    ),
  )
  .map(([seconds, what]) => ({ at: instantAt(seconds), ...what }));
const timeline = fc
  .array(change, { maxLength: 15 })
  .map((all) => all.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)));

function at(seconds: number): number {
  return START + seconds * 1000;
}

function untagged(name: string) {
  return { resourceArn: `arn:aws:ecs:x:1:service/main/${name}`, tagKeys: ['trimtab:owner'] };
}

describe('what invariants look up of passes', () => {
  it('is when whoever called had begun to look, and the pass it called in', () => {
    fc.assert(
      fc.property(passes, client, second, (reports, caller, seconds) => {
        const { lookedAt, around } = passesOf({ reports, failures: [] });
        const made = call({ client: caller, at: at(seconds) });
        const open = reports.filter(
          (one) => one.client === caller && one.report.startedAt <= made.at && one.at >= made.at,
        );
        expect(lookedAt(made)).toBe(Math.min(made.at, ...open.map(({ report }) => report.startedAt)));
        expect(around(made)).toBe(open[0]);
      }),
      RUNS,
    );
  });

  it('is whether one over what may own a subject ended, well or not', () => {
    fc.assert(
      fc.property(passes, passes, client, subject, span, (reports, failing, caller, about, { from, to }) => {
        const failures = failing.map(({ step, client, at, report }) => {
          return { step, client, at, what: 'x', key: `123456789012/us-east-1/app/${report.work.key.name}` };
        });
        const isOne = (one: (typeof reports)[number]) =>
          one.client === caller && mayBeOf(one.report.work.key.name, about) && one.at >= from && one.at <= to;
        const { hasEnded, hasFailed } = passesOf({ reports, failures });
        expect(hasFailed(caller, about, from, to)).toBe(failing.some(isOne));
        expect(hasEnded(caller, about, from, to)).toBe([...reports, ...failing].some(isOne));
      }),
      RUNS,
    );
  });
});

describe('what invariants look up of people', () => {
  it('is whether and how often they did something in a span, both its ends included', () => {
    fc.assert(
      fc.property(timeline, subject, parameter, app, span, (changes, about, name, who, { from, to }) => {
        const people = peopleOf({ timeline: changes });
        const during = changes.filter((one) => Date.parse(one.at) >= from && Date.parse(one.at) <= to);
        const ofParameters = during.flatMap((one) => ('name' in one ? [one.name] : []));
        const place = about.slice(about.indexOf(' ') + 1);
        expect(people.countChanges(from, to)).toBe(during.length);
        expect(people.haveMeddled(about, from, to)).toBe(
          during.some((one) => one.type === 'call' && isAbout(one.input, about)),
        );
        expect(people.haveAsked(place, from, to)).toBe(
          ofParameters.some((one) => place.replace('main/', '').startsWith(ownerOf(one))),
        );
        expect(people.haveChangedConfig(from, to)).toBe(ofParameters.some((one) => one.includes('/config/')));
        expect(people.haveDeleted(name, from, to)).toBe(
          during.some((one) => one.type === 'delete' && one.name === name),
        );
        expect(people.haveApproved(who, to)).toBe(
          changes.some((one) => one.type === 'approve' && one.app === who && Date.parse(one.at) <= to),
        );
      }),
      RUNS,
    );
  });

  function ownerOf(name: string): string {
    return /\/(?:apps|pipelines)\/([^/]+)\//.exec(name)?.[1] ?? '';
  }

  function isAbout({ service, serviceName, family }: Readonly<Record<string, unknown>>, about: string) {
    const names = [service, serviceName, family].flatMap((one) => (typeof one === 'string' ? [one] : []));
    return names.length === 0 || names.some((name) => about.endsWith(name));
  }
});

describe('what invariants look up of parameters', () => {
  const first = fc.uniqueArray(parameter, { maxLength: 4 });

  it('is every text that one had in a span', () => {
    fc.assert(
      fc.property(first, timeline, app, span, (names, changes, who, { from, to }) => {
        const ending = `/apps/${who}/paused` as const;
        const own = changes.filter((one) => 'name' in one && one.name.endsWith(ending));
        const texts: Array<string | undefined> = [
          names.some((name) => name.endsWith(ending)) ? '0' : undefined,
        ];
        for (const one of own) {
          const text = one.type === 'put' ? one.value : undefined;
          if (Date.parse(one.at) < from) texts.splice(0, texts.length, text);
          else if (Date.parse(one.at) <= to) texts.push(text);
        }
        expect(historyWith(names, changes).heldOver(ending, from, to)).toEqual(texts);
      }),
      RUNS,
    );
  });

  it('is whether an app had any at any time of a span', () => {
    fc.assert(
      fc.property(first, timeline, app, span, (names, changes, who, { from, to }) => {
        const known = new Set(names);
        const isThere = () => [...known].some((name) => name.includes(`/apps/${who}/`));
        let wasThere = false;
        for (const one of changes) {
          if (Date.parse(one.at) > to) break;
          if (Date.parse(one.at) > from) wasThere ||= isThere();
          if (one.type === 'put') known.add(one.name);
          if (one.type === 'delete') known.delete(one.name);
        }
        expect(historyWith(names, changes).isThere(who, from, to)).toBe(wasThere || isThere());
      }),
      RUNS,
    );
  });

  function historyWith(names: readonly string[], changes: readonly Change[]) {
    const parameters = Object.fromEntries(names.map((name) => [name, { value: '0' }]));
    const accounts = EMPTY.world.accounts.map((account) => ({ ...account, ssm: { parameters } }));
    return historyOf({ world: { ...EMPTY.world, accounts } }, peopleOf({ timeline: [...changes] }));
  }
});

describe('what invariants look up of marks', () => {
  const writes = fc.array(
    fc
      .tuple(second, marking)
      .map(([seconds, made]) => call({ ...made, at: at(seconds), endedAt: at(seconds) })),
    { maxLength: 8 },
  );

  it('is what a service was, and how many bear the mark of an app', () => {
    fc.assert(
      fc.property(writes, timeline, service, app, span, (made, changes, name, who, { from, to }) => {
        const snapshot: Snapshot = { ...EMPTY, timeline: changes };
        const ownership = ownershipOf(snapshot, made, peopleOf(snapshot));
        const everything = ownership.statesBetween(`service ${name}`, -Infinity, Infinity);
        const before = everything.filter((state) => state.at < to);
        const start = before.findLastIndex((state) => state.at <= from);
        expect(ownership.statesBetween(`service ${name}`, from, to)).toEqual(
          before.slice(Math.max(0, start)),
        );
        expect(ownership.wasOurs(name)).toBe(everything.some(({ owner }) => owner !== undefined));
        const marked = ['shop-web', 'shop-pr7-web', 'blog-web', 'web'].filter((one) => {
          const last: Owned | undefined = ownership
            .statesBetween(`service ${one}`, -Infinity, Infinity)
            .findLast((state) => state.at < to);
          return last?.owner === `/apppack/apps/${who}`;
        });
        expect(ownership.countMarked(who, 'service', to)).toBe(marked.length);
        expect(ownership.countMarked(who, 'rule', to)).toBe(0);
      }),
      RUNS,
    );
  });
});
