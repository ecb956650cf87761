import type { Condition, ParameterVersion } from '../../reconcile/plan.ts';
import type { Parameter, Reading } from '../../reconcile/reading.ts';
import { parseList } from './lists.ts';
import { parseRole, type RoleDesired } from './role.ts';
import type { Subject } from './subject.ts';

/** What somebody may do. */
export interface Grant {
  readonly pipeline: boolean;
}

/** Who should be in the index for a key. */
export interface AccessDesired {
  /**
   * By address; undefined while a list cannot be used: then nothing is known of anybody's wishes. Empty with
   * `listed` false: there is no list at all.
   */
  readonly people: ReadonlyMap<string, Grant> | undefined;
  readonly listed: boolean;
  readonly role: RoleDesired;
  readonly conditions: readonly Condition[];
  readonly parameters: Readonly<Record<string, ParameterVersion>>;
}

/** The parameters that say who should be in the index for a key. */
export function parametersOf(subject: Subject): readonly string[] {
  return [...subject.lists.map(({ parameter }) => parameter), ...subject.settings];
}

/** Parses what was read of `parametersOf`. */
export function parseDesired(
  subject: Subject,
  readings: ReadonlyMap<string, Reading<Parameter>>,
): AccessDesired {
  const people = new Map<string, Grant>();
  const conditions: Condition[] = [];
  let listed = false;
  for (const { parameter, pipeline } of subject.lists) {
    const reading = readings.get(parameter);
    const list = reading === undefined ? { state: 'absent' as const } : parseList(parameter, reading);
    if (list.state !== 'absent') listed = true;
    if (list.state === 'broken') conditions.push(...list.conditions);
    if (list.state !== 'found') continue;
    for (const email of list.emails)
      people.set(email, { pipeline: pipeline || people.get(email)?.pipeline === true });
  }
  return {
    people: conditions.length > 0 ? undefined : people,
    listed,
    role: parseRole(subject, readings),
    conditions,
    parameters: versionsOf(subject, readings),
  };
}

function versionsOf(
  subject: Subject,
  readings: ReadonlyMap<string, Reading<Parameter>>,
): AccessDesired['parameters'] {
  const read = parametersOf(subject).flatMap((name) => {
    const reading = readings.get(name);
    if (reading?.state !== 'found') return [];
    const { version, modifiedAt } = reading.value;
    return [[name, { version, modifiedAt }] as const];
  });
  return Object.fromEntries(read);
}
