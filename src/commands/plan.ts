import { connect, inspectApps, inspectBuilds, nameOf } from '../compose.ts';
import { findPlace } from '../fleet.ts';
import type { Inspection } from '../inspect.ts';
import { ACCOUNT_OPTION, accountIn, type CommandDefinition, type Invocation, PLACE } from './command.ts';
import { formatValue, OUTPUT_OPTION, outputOf, problemLines, toJson } from './format.ts';

export const planCommand: CommandDefinition = {
  name: 'plan',
  arguments: { usage: '[app...]', help: 'apps to compare (default: all)' },
  summary: 'Show what differs and what would be written; changes nothing.',
  details: `Examples:
  trimtab plan              every app
  trimtab plan shop         one app
  trimtab plan -o json      {keys: [{key, differences: [{path, desired, observed}], actions, digest, held?}]}

An invalid parameter is no difference: it is shown as a problem, and what it governs is left as it is.

Exit code: 0 no differences, 2 differences, 1 an error (also when AWS could not be read).`,
  settings: PLACE,
  options: [OUTPUT_OPTION, ACCOUNT_OPTION],
  run: showPlan,
};

async function showPlan({ terminal, config, names, options }: Invocation): Promise<number> {
  const output = outputOf(options, ['text', 'json']);
  const home = await connect(config, terminal);
  const connection = await findPlace(home, accountIn(options));
  const builds = inspectBuilds(connection, names);
  const inspections = [...(await inspectApps(connection, names)), ...(await builds)];
  terminal.write(output === 'json' ? toJson({ keys: inspections.map(planJson) }) : planText(inspections));
  if (inspections.some((one) => one.conditions.some((condition) => condition.type === 'Readable'))) return 1;
  return inspections.some((one) => one.plan.differences.length > 0 || one.actions.length > 0) ? 2 : 0;
}

function planJson({ key, plan, actions, digest }: Inspection): unknown {
  return {
    key: `${key.account}/${key.region}/${key.kind}/${key.name}`,
    differences: plan.differences,
    actions,
    digest,
    ...(plan.held === undefined
      ? {}
      : { held: { reason: plan.held.reason, actions: plan.held.actions.map(({ id }) => id) } }),
    ...(plan.paused === undefined ? {} : { paused: plan.paused }),
  };
}

function planText(inspections: readonly Inspection[]): string {
  if (inspections.length === 0) return 'There are no apps below this prefix.\n';
  return inspections.map(describeOne).join('\n');
}

function describeOne({ key, plan, actions, conditions, digest }: Inspection): string {
  const lines = [nameOf(key)];
  for (const { path, desired, observed } of plan.differences) {
    lines.push(`  ${path}: is ${formatValue(observed)}, should be ${formatValue(desired)}`);
  }
  if (plan.differences.length === 0) lines.push('  no differences');
  const held = new Set(plan.held?.actions.map((action) => action.id));
  for (const action of actions)
    lines.push(`  ${held.has(action.id) ? 'held' : 'would'}  ${action.type}  ${action.resource}`);
  if (plan.held !== undefined)
    lines.push(
      `  ${plan.held.reason}`,
      `  to let it pass: trimtab approve ${nameOf(key)}   (plan ${digest})`,
    );
  if (plan.paused !== undefined) lines.push(`  paused: ${plan.paused}; nothing is written`);
  lines.push(...problemLines(conditions));
  return `${lines.join('\n')}\n`;
}
