import type { Simulator } from '../../src/simulator/account.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';

/**
 * The table as AppPack's CLI reads it. Its decoder takes a text for a text or a number, but a number only for a
 * number; anything else fails the whole read. Written from the contract, not from our own codec.
 */

export const PHASES = ['build', 'test', 'finalize', 'release', 'postdeploy', 'deploy'] as const;
export type Phase = (typeof PHASES)[number];

export interface PhaseDetail {
  readonly arns: readonly string[];
  readonly logs: string;
  readonly start: number;
  readonly end: number;
  readonly state: string;
}

export type BuildStatus = Readonly<Record<Phase, PhaseDetail>> & {
  readonly app: string;
  readonly number: number;
};

/** The CLI would panic, or refuse to go on. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';
}

type Item = Readonly<Record<string, unknown>>;

/** Every item of the table, as it is at this very moment. */
export function tableItems(simulator: Simulator, table = 'apppack'): readonly Item[] {
  const section = simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get('dynamodb')?.dump() as
    | { readonly tables?: ReadonlyArray<{ readonly name: string; readonly items?: readonly Item[] }> }
    | undefined;
  return section?.tables?.find(({ name }) => name === table)?.items ?? [];
}

/** The records of builds, by `APP#shop BUILD#0000000007`. */
export function buildItems(simulator: Simulator): ReadonlyMap<string, Item> {
  const items = tableItems(simulator).filter((item) => String(item.secondary_id).startsWith('BUILD#'));
  return new Map(items.map((item) => [`${item.primary_id} ${item.secondary_id}`, item]));
}

/** Decodes a record as the CLI does; throws `CliFailure`. */
export function decodeBuild(item: Item): BuildStatus {
  const phases = PHASES.map((phase) => [phase, decodePhase(item[phase], phase)] as const);
  // Every phase is there: the list is the list of phases.
  const details = Object.fromEntries(phases) as Record<Phase, PhaseDetail>;
  return { ...details, app: text(item.app, 'app'), number: integer(item.build_number, 'build_number') };
}

function decodePhase(value: unknown, where: string): PhaseDetail {
  const none = { arns: [], logs: '', start: 0, end: 0, state: '' };
  if (value === undefined || value === null) return none;
  if (typeof value !== 'object' || Array.isArray(value)) throw new CliFailure(`${where} is no map`);
  const { arns, logs, start, end, state } = value as Item;
  return {
    arns: texts(arns, `${where}.arns`),
    logs: text(logs, `${where}.logs`),
    start: integer(start, `${where}.start`),
    end: integer(end, `${where}.end`),
    state: text(state, `${where}.state`),
  };
}

function text(value: unknown, where: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new CliFailure(`${where} is no text`);
}

function integer(value: unknown, where: string): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new CliFailure(`${where} is ${JSON.stringify(value)}, no whole number`);
}

function texts(value: unknown, where: string): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new CliFailure(`${where} is no list`);
  return value.map((one, index) => text(one, `${where}.${index}`));
}
