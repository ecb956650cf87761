import { type ConfigVariable, versionsOf } from '../src/controllers/app/config.ts';
import { dumpWorld } from '../src/simulator/world.ts';
import { openStage } from '../test/scenario/stage.ts';
import { appNames, type Profile, profileWorld, SCHEDULED_APPS_MAX } from './profile.ts';
import { fairSwitches, SETTINGS, SETTLE_MS } from './weather.ts';

/** A member of a world: an object, a list or a value. */
type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };

/** Sections that have nothing of an app and are made anew. */
const MADE_ANEW: ReadonlySet<string> = new Set(['id', 'region', 'sqs', 'sts', 'logs', 's3']);

/**
 * The sections of an account with so many apps that a controller has brought where their parameters say, and
 * remembers. Only the first of them were: the others are copies of the last of those, under other names, for a
 * thousand first passes would take longer than everything that is measured. Whatever a copy should lack, the
 * controller makes, so it costs time and no truth.
 */
export async function crowdWorld(count: number, profile: Profile): Promise<Record<string, unknown>> {
  const scheduled = profile.schedules === 0 ? 0 : SCHEDULED_APPS_MAX;
  const apps = appNames(count);
  const originals = apps.slice(0, scheduled + 1);
  const template = originals.at(-1) ?? '';
  const stage = await openStage({
    sections: profileWorld(originals, profile),
    switches: fairSwitches(),
    settings: SETTINGS,
  });
  await stage.start();
  await stage.clock.advance(SETTLE_MS);
  await stage.stop();
  const [account] = dumpWorld(stage.simulator).accounts;
  if (account === undefined) throw new Error('the account is not in its dump');
  // A dump is what JSON can say; its SSM section has parameters.
  const sections = Object.entries(account as Record<string, Json>);
  const { parameters } = account.ssm as { parameters: Parameters };
  const copier = createCopier(template, apps.slice(originals.length), parameters);
  return Object.fromEntries(
    sections
      .filter(([section]) => !MADE_ANEW.has(section))
      .map(([section, content]) => [section, withCopies(content, copier)]),
  );
}

/** Writes down what belongs to the template as if it belonged to others. */
interface Copier {
  /** Whether something of the template's is in a text. */
  mentions(text: string): boolean;
  /** The text for each of the others. */
  copies(text: string): string[];
}

function createCopier(template: string, names: readonly string[], parameters: Parameters): Copier {
  // `shop1`, but not that of `shop10`.
  const name = new RegExp(`${template}(?!\\d)`, 'g');
  const variables = variablesOf(template, parameters);
  // What a status remembers of config is the one thing in it that has an app's name and does not show it.
  const digests = names.map((to) => {
    const renamed = variables.map((one) => ({ ...one, parameter: one.parameter.replace(name, to) }));
    return { to, digest: versionsOf(renamed) };
  });
  const own = versionsOf(variables);
  return {
    // The sweep's own status may name the app it looked at last.
    mentions: (text) => text.search(name) >= 0 && !text.includes('STATUS#sweep#'),
    copies: (text) => digests.map(({ to, digest }) => text.replace(name, to).replaceAll(own, digest)),
  };
}

/** The parameters of a dump, as far as they matter here. */
type Parameters = Readonly<Record<string, { readonly version: number; readonly lastModifiedAt: string }>>;

function variablesOf(app: string, parameters: Parameters): ConfigVariable[] {
  const path = `/apppack/apps/${app}/config/`;
  const variables = Object.entries(parameters)
    .filter(([parameter]) => parameter.startsWith(path))
    .map(([parameter, { version, lastModifiedAt }]) => ({
      name: parameter.slice(path.length),
      parameter,
      version,
      modifiedAt: Date.parse(lastModifiedAt),
    }));
  return variables.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Adds copies to every collection that has something of the template's. */
function withCopies(value: Json, copier: Copier): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.flatMap((item) => itemCopies(item, copier));
  return Object.fromEntries(Object.entries(value).flatMap((entry) => memberCopies(entry, copier)));
}

function memberCopies([member, content]: [string, Json], copier: Copier): Array<[string, Json]> {
  if (!copier.mentions(member)) return [[member, withCopies(content, copier)]];
  const copies = copier.copies(JSON.stringify([member, content]));
  return [[member, content], ...copies.map((text): [string, Json] => JSON.parse(text))];
}

/** An item of a list and its copies; of a table, whose items are many apps', the table with more items. */
function itemCopies(item: Json, copier: Copier): Json[] {
  const text = JSON.stringify(item);
  if (typeof item === 'object' && item !== null && 'items' in item) return [withCopies(item, copier)];
  if (!copier.mentions(text)) return [item];
  return [item, ...copier.copies(text).map((copy): Json => JSON.parse(copy))];
}

/** `Array.isArray` does not know read-only lists. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
