import type { Parameter, ParameterName } from '../reconcile/reading.ts';
import type { DatedCondition } from '../reconcile/status.ts';
import type { Item } from '../store/table.ts';
import type { Change } from './changes.ts';
import { serviceChanges } from './following-services.ts';
import { formatInstant } from './instant.ts';
import { labelOf } from './labels.ts';
import type { Observation, ObservedApp } from './observation.ts';
import { isSecret, redactChange } from './redact.ts';
import { valueEntry } from './sections.ts';

/**
 * What happened between two looks at an account, in order of time. Parameters say when they were put; everything
 * else happened some time before the second look. What made an app agree with its parameters was the controller,
 * and is only told; what did not was somebody else, and is played again.
 */
export function changesBetween(before: Observation, after: Observation): readonly Change[] {
  const changes = [
    ...serviceChanges(before, after),
    ...parameterChanges(before, after),
    ...itemChanges(before, after),
    ...conditionChanges(before, after),
  ];
  // As texts they are in another order: whole seconds have no milliseconds.
  return changes.map(redactChange).sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

type AnyParameter = ParameterName | Parameter;

function parameterChanges(before: Observation, after: Observation): readonly Change[] {
  const old = parametersIn(before);
  const now = parametersIn(after);
  const deleted = [...old.keys()].filter((name) => !now.has(name));
  const put = [...now.values()].filter((parameter) => {
    const known = old.get(parameter.name);
    return known?.version !== parameter.version || known.modifiedAt !== parameter.modifiedAt;
  });
  return [
    ...deleted.map((name) => deletion(name, after.at)),
    ...put.flatMap((parameter) => {
      const at = Math.min(after.at, Math.max(before.at, parameter.modifiedAt));
      // A version that went back was deleted and put again.
      const known = old.get(parameter.name);
      const again = known !== undefined && parameter.version <= known.version;
      return [...(again ? [deletion(parameter.name, at)] : []), putting(parameter, at)];
    }),
  ];
}

function deletion(name: string, at: number): Change {
  return { at: formatInstant(at), type: 'delete', name };
}

function putting(parameter: AnyParameter, at: number): Change {
  const { name, type, version } = parameter;
  const kind =
    type === 'StringList' || type === 'SecureString' ? { kind: type as 'StringList' | 'SecureString' } : {};
  const isKept = 'value' in parameter && parameter.value !== '' && !isSecret(name, type);
  return {
    at: formatInstant(at),
    type: 'put',
    name,
    ...kind,
    ...(isKept ? valueEntry(parameter.value) : {}),
    version,
  };
}

function parametersIn({ apps }: Observation): ReadonlyMap<string, AnyParameter> {
  const all: readonly AnyParameter[] = apps.flatMap((app) => [...app.parameters, ...app.config]);
  return new Map(all.map((parameter) => [parameter.name, parameter]));
}

/** Records of stacks and builds; what trimtab remembers there is its own. */
function itemChanges(before: Observation, after: Observation): readonly Change[] {
  const old = itemsIn(before);
  const now = itemsIn(after);
  const at = formatInstant(after.at);
  const changed = [...now].filter(([id, item]) => JSON.stringify(old.get(id)) !== JSON.stringify(item));
  const gone = [...old].filter(([id]) => !now.has(id));
  return [
    ...changed.map(([, item]): Change => ({ at, type: 'item', item: { ...item } })),
    ...gone.map(
      ([, item]): Change => ({
        at,
        type: 'removeItem',
        partition: String(item.primary_id),
        sort: String(item.secondary_id),
      }),
    ),
  ];
}

function itemsIn({ apps }: Observation): ReadonlyMap<string, Item> {
  const items = apps
    .flatMap((app) => app.items)
    .filter((item) => !String(item.primary_id).startsWith('TRIMTAB#'));
  return new Map(items.map((item) => [`${item.primary_id} ${item.secondary_id}`, item]));
}

/** What the controller began or ceased to say. */
function conditionChanges(before: Observation, after: Observation): readonly Change[] {
  const old = new Map(before.apps.map((app) => [app.key.name, app]));
  return after.apps.flatMap((app) => {
    const then = conditionsOf(old.get(app.key.name));
    const now = conditionsOf(app);
    const came = [...now]
      .filter(([label]) => !then.has(label))
      .map(([label, { since }]) => ({ since, what: `says ${label}` }));
    const went = [...then.keys()]
      .filter((label) => !now.has(label))
      .map((label) => ({ since: after.at, what: `healed ${label}` }));
    return [...came, ...went].map(({ since, what }): Change => {
      const at = Math.min(after.at, Math.max(before.at, since));
      return { at: formatInstant(at), type: 'seen', app: app.key.name, what };
    });
  });
}

function conditionsOf(app: ObservedApp | undefined): ReadonlyMap<string, DatedCondition> {
  return new Map(app?.inspection.status.conditions.map((condition) => [labelOf(condition), condition]));
}
