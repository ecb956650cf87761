import { readFileSync } from 'node:fs';
import { parse, type ScalarTag, type Tags } from 'yaml';

/** A resource of a template, with `!Sub` and the like as the text or list behind them. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

const FOLDER = new URL('../../deploy/', import.meta.url);

export function templatePath(name: string): string {
  return new URL(name, FOLDER).pathname;
}

export function templateText(name: string): string {
  return readFileSync(templatePath(name), 'utf8');
}

/** Functions of CloudFormation that stand before a text, all taken as that text. */
const TAGS: ScalarTag[] = ['!Sub', '!Ref', '!GetAtt'].map((tag) => ({ tag, resolve: (text) => text }));
const customTags = (tags: Tags): Tags => [...tags, ...TAGS];

/** The resources of a template, with `${names}` filled in where there are any. */
export function resourcesOf(
  name: string,
  names: Readonly<Record<string, string>>,
): Readonly<Record<string, Resource>> {
  const { Resources } = parse(templateText(name), { customTags, logLevel: 'silent' }) as {
    Resources: Record<string, Resource>;
  };
  return fill(Resources, names) as Record<string, Resource>;
}

function fill(value: unknown, names: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([^}]+)\}/g, (whole, name: string) => names[name] ?? whole);
  }
  if (Array.isArray(value)) return value.map((member) => fill(member, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fill(member, names)]));
}
