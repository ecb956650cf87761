import { connect, inspectApps, inspectBuilds, nameOf } from '../compose.ts';
import { findPlace } from '../fleet.ts';
import type { Inspection } from '../inspect.ts';
import type { DatedCondition } from '../reconcile/status.ts';
import { ACCOUNT_OPTION, accountIn, type CommandDefinition, type Invocation, PLACE } from './command.ts';
import { formatAge, formatTable, outputOf, placeOf, problemLines, toJson } from './format.ts';

export const statusCommand: CommandDefinition = {
  name: 'status',
  arguments: { usage: '[app...]', help: 'apps to show (default: all)' },
  summary: 'Show every app and build: whether it is as desired, what is wrong, since when, and what to type.',
  details: `Examples:
  trimtab status            a line an app, and each problem with what mends it
  trimtab status shop -o wide
  trimtab status -o json    {keys: [{key, kind, name, synced, conditions: [{type, status, reason, message,
                            parameter?, path?, version?, since}], nextLookAt?}]}; status "False" is a problem

Exit code: 0 all synced (a paused app counts as synced), 2 not, 1 an error.`,
  settings: PLACE,
  options: [{ flags: '-o, --output <form>', help: 'text, wide or json', fallback: 'text' }, ACCOUNT_OPTION],
  run: showStatus,
};

async function showStatus({ terminal, config, names, options }: Invocation): Promise<number> {
  const output = outputOf(options, ['text', 'wide', 'json']);
  const home = await connect(config, terminal);
  const connection = await findPlace(home, accountIn(options));
  const builds = inspectBuilds(connection, names);
  const inspections = [...(await inspectApps(connection, names)), ...(await builds)];
  const now = terminal.clock.now();
  if (output === 'json') terminal.write(toJson({ keys: inspections.map(statusJson) }));
  else terminal.write(statusText(inspections, now, output === 'wide'));
  return inspections.every((one) => one.synced || one.plan.paused !== undefined) ? 0 : 2;
}

/** One entry of `status -o json`; documented in docs/output.md and stable. */
function statusJson({ key, synced, conditions, status, plan }: Inspection): unknown {
  return {
    key: `${key.account}/${key.region}/${key.kind}/${key.name}`,
    kind: key.kind,
    name: key.name,
    synced,
    conditions: conditions.map(conditionJson),
    ...(status.wake === undefined ? {} : { nextLookAt: new Date(status.wake.at).toISOString() }),
    ...(plan.paused === undefined ? {} : { paused: plan.paused }),
  };
}

function conditionJson({ since, ...condition }: DatedCondition): unknown {
  return { ...condition, since: new Date(since).toISOString() };
}

function statusText(inspections: readonly Inspection[], now: number, wide: boolean): string {
  if (inspections.length === 0) return 'There are no apps below this prefix.\n';
  const headings = ['APP', 'SYNCED', 'SINCE', ...(wide ? ['NEXT LOOK', 'PARAMETERS'] : []), 'WHY'];
  const rows = inspections.map((one) => [
    nameOf(one.key),
    verdict(one),
    sinceOf(one, now),
    ...(wide ? [nextLook(one, now), parametersOf(one)] : []),
    reasons(one),
  ]);
  const details = inspections.flatMap((one) => {
    const lines = problemLines(one.conditions);
    return lines.length === 0 ? [] : [`\n${nameOf(one.key)}`, ...lines];
  });
  return formatTable(headings, rows) + (details.length === 0 ? '' : `${details.join('\n')}\n`);
}

function isProgress({ status, reason }: DatedCondition): boolean {
  return status === 'True' && reason === 'Progressing';
}

function verdict(one: Inspection): string {
  if (one.plan.paused !== undefined) return 'paused';
  return one.synced ? 'yes' : 'no';
}

function sinceOf(one: Inspection, now: number): string {
  const problems = one.conditions.filter((condition) => condition.status === 'False');
  if (problems.length === 0) return '';
  return formatAge(now - Math.min(...problems.map((condition) => condition.since)));
}

function nextLook(one: Inspection, now: number): string {
  return one.status.wake === undefined ? 'sweep' : `in ${formatAge(one.status.wake.at - now)}`;
}

function parametersOf(one: Inspection): string {
  return Object.entries(one.plan.parameters)
    .filter(([name]) => !name.includes('/config/'))
    .map(([name, { version }]) => `${name.slice(name.lastIndexOf('/') + 1)}@${version}`)
    .join(' ');
}

function reasons(one: Inspection): string {
  if (one.plan.paused !== undefined) return one.plan.paused;
  const problems = one.conditions.filter((condition) => condition.status === 'False');
  const words = problems.map((condition) => `${condition.reason} ${placeOf(condition)}`);
  const differing = one.plan.differences.length;
  const underWay = one.key.kind === 'build' ? one.conditions.filter(isProgress) : [];
  return [
    ...words,
    ...underWay.map(({ message }) => message),
    ...(differing === 0 ? [] : [`${differing} difference${differing === 1 ? '' : 's'}`]),
  ].join('; ');
}
