import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SETTINGS } from '../../src/config.ts';

const CHART = new URL('../../charts/trimtab/', import.meta.url);

interface Schema {
  readonly type?: unknown;
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

const schema = JSON.parse(readFileSync(new URL('values.schema.json', CHART), 'utf8')) as Schema;
const values = parse(readFileSync(new URL('values.yaml', CHART), 'utf8')) as Record<string, unknown>;

/** Values that have names of their own: `metrics.port`. Free objects, such as labels, count as one. */
function pathsOf(value: unknown, known: Schema | undefined, path: string): string[] {
  const { properties } = known ?? {};
  if (properties === undefined || typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, inner]) =>
    pathsOf(inner, properties[name], path === '' ? name : `${path}.${name}`),
  );
}

describe('the values of the chart', () => {
  it('are all in the schema, and no default is missing', () => {
    const open = new Set(['config', 'resources', 'livenessProbe', 'readinessProbe', 'startupProbe']);
    const check = (value: unknown, known: Schema, path: string): void => {
      if (known.properties === undefined || open.has(path)) return;
      const names = Object.keys(known.properties).filter((name) => name !== 'global');
      expect(Object.keys(value as object).sort(), path).toEqual(names.sort());
      for (const name of names) {
        const inner = known.properties[name] ?? {};
        check((value as Record<string, unknown>)[name], inner, path === '' ? name : `${path}.${name}`);
      }
    };
    check(values, schema, '');
    expect(pathsOf(values, schema, '').length).toBeGreaterThan(60);
  });

  it('take no names that are not known, at any depth', () => {
    const openObjects: string[] = [];
    const look = (one: Schema, path: string): void => {
      const { properties, additionalProperties, items } = one;
      if (properties !== undefined && additionalProperties !== false) openObjects.push(path);
      for (const [name, inner] of Object.entries(properties ?? {})) look(inner, `${path}.${name}`);
      if (items !== undefined) look(items, `${path}[]`);
    };
    look(schema, '');
    expect(openObjects).toEqual([]);
  });

  it('have every setting of the program; a new one needs a line in values.schema.json', () => {
    const ofThePod = ['port', 'host', 'apiPort'];
    const names = SETTINGS.map(({ name }) => name).filter((name) => !ofThePod.includes(name));
    expect(Object.keys(schema.properties?.config?.properties ?? {}).sort()).toEqual([...names].sort());
  });

  it('have the version of the program', () => {
    const chart = parse(readFileSync(new URL('Chart.yaml', CHART), 'utf8')) as { appVersion: string };
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', CHART), 'utf8')) as {
      version: string;
    };
    expect(chart.appVersion).toBe(manifest.version);
  });
});
