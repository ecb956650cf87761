import type { World } from '../simulator/world.ts';
import { isDocument } from './documents.ts';
import { isSecret, LEFT_OUT, LEFT_OUT_SECRET } from './redact.ts';

/** A world that can be loaded: what was left out of the snapshot gets a placeholder, and `table` is there. */
export function fillWorld(world: World, table: string): World {
  const accounts = world.accounts.map((account) => {
    const sections = Object.entries(account).map(([name, section]) => [name, fillSection(name, section)]);
    // Every member is still there, and texts (id, region) are as they were.
    const filled = Object.fromEntries(sections) as typeof account;
    return { ...filled, dynamodb: withTable(filled.dynamodb, table) };
  });
  return { ...world, accounts };
}

function fillSection(name: string, section: unknown): unknown {
  return name === 'ssm' ? fillParameters(section) : fillEnvironments(section);
}

/** A table that has to be created first would not be there at the start. */
function withTable(section: unknown, name: string): unknown {
  const tables: readonly unknown[] =
    isDocument(section) && Array.isArray(section.tables) ? section.tables : [];
  if (tables.some((table) => isDocument(table) && table.name === name)) return section;
  const added = { name, keys: { partition: 'primary_id', sort: 'secondary_id' } };
  return { ...(isDocument(section) ? section : {}), tables: [...tables, added] };
}

function fillParameters(section: unknown): unknown {
  if (!isDocument(section) || !isDocument(section.parameters)) return section;
  const parameters = Object.entries(section.parameters).map(([name, parameter]) => {
    const isBare = isDocument(parameter) && isSecret(name, parameter.type);
    return [name, isBare ? { ...parameter, value: LEFT_OUT_SECRET } : parameter];
  });
  return { ...section, parameters: Object.fromEntries(parameters) };
}

/** Any document with a value for each variable of an environment; ECS has none without one. */
export function fillEnvironments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fillEnvironments);
  if (!isDocument(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [
    name,
    name === 'environment' && Array.isArray(member) ? member.map(fillVariable) : fillEnvironments(member),
  ]);
  return Object.fromEntries(members);
}

function fillVariable(entry: unknown): unknown {
  return isDocument(entry) && entry.value === undefined ? { ...entry, value: LEFT_OUT } : entry;
}
