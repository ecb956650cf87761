import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareOutcomes } from '../../src/replay/compare.ts';
import type { Evidence } from '../../src/replay/evidence.ts';
import { runCase } from '../../src/replay/replayer.ts';
import { parseSnapshot } from '../../src/replay/snapshot.ts';
import { outcomeOf } from '../../src/replay/summary.ts';
import { textOf } from './kit.ts';

const folder = new URL('../snapshots/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.snapshot.json'));

/** Every snapshot is named for the promise it keeps. When a change of behaviour is meant: `trimtab replay test/snapshots --update`. */
describe('the library of snapshots', () => {
  it('has at least twenty of them', () => {
    expect(files.length).toBeGreaterThanOrEqual(20);
  });

  it.each(files)('%s is as recorded, settles, and breaks no promise', async (file) => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    const snapshot = parseSnapshot(text, file);
    expect(textOf(snapshot)).toBe(text);
    const result = await runCase(snapshot);
    expect(result.violations).toEqual([]);
    expect(result.unsettled).toEqual([]);
    expect(compareOutcomes(snapshot.outcome, outcomeOf(result)).lines).toEqual([]);
  });

  it.each(files.filter((_file, index) => index % 4 === 0))(
    '%s is the same when every call goes through the whole SDK',
    async (file) => {
      const snapshot = parseSnapshot(readFileSync(new URL(file, folder), 'utf8'), file);
      const [directly, throughSdk] = [await runCase(snapshot), await runCase(snapshot, { throughSdk: true })];
      expect(outcomeOf(throughSdk)).toEqual(outcomeOf(directly));
      // Who of two controllers polls first within an instant is nobody's promise; what is written is.
      expect(writesTo(throughSdk)).toEqual(writesTo(directly));
    },
  );
});

/** What people see of a case: the writes to their services, rules and parameters, in order. */
function writesTo({ calls }: Evidence) {
  return calls
    .filter(({ service, operation }) => PEOPLES.has(service) && !/^(Describe|Get|List)/.test(operation))
    .map(({ service, operation, input, code }) => ({ service, operation, input, code }));
}

const PEOPLES: ReadonlySet<string> = new Set(['ecs', 'events', 'autoscaling', 'ssm', 'codebuild']);
