import { CliFailure, flag, type Item, integer, list, map, text, texts } from './decoding.ts';

/** The items of the table that AppPack's CLI reads, decoded as it decodes them; written from the contract. */

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

export interface DeployStatus {
  readonly phase: string;
  readonly buildNumber: number;
  readonly lastUpdate: number;
  readonly commit: string;
  readonly failed: boolean;
  readonly processes: readonly DeployedProcess[];
}

export interface DeployedProcess {
  readonly name: string;
  readonly cpu: string;
  readonly memory: string;
  readonly minProcesses: number;
  readonly maxProcesses: number;
  readonly state: string;
  readonly command: string;
}

/** Decodes a record as the CLI does; throws `CliFailure`. */
export function decodeBuild(item: Item): BuildStatus {
  const phases = PHASES.map((phase) => [phase, decodePhase(item[phase], phase)] as const);
  // Every phase is there: the list is the list of phases.
  const details = Object.fromEntries(phases) as Record<Phase, PhaseDetail>;
  return { ...details, app: text(item.app, 'app'), number: integer(item.build_number, 'build_number') };
}

function decodePhase(value: unknown, where: string): PhaseDetail {
  const { arns, logs, start, end, state } = map(value, where);
  return {
    arns: texts(arns, `${where}.arns`),
    logs: text(logs, `${where}.logs`),
    start: integer(start, `${where}.start`),
    end: integer(end, `${where}.end`),
    state: text(state, `${where}.state`),
  };
}

/** Decodes what `apppack ps` shows as the CLI does; throws `CliFailure`. */
export function decodeDeployStatus(item: Item): DeployStatus {
  const value = map(item.value, 'value');
  if (item.value === undefined) throw new CliFailure('DEPLOYSTATUS has no value');
  return {
    phase: text(value.phase, 'phase'),
    buildNumber: integer(value.build_number, 'build_number'),
    lastUpdate: integer(value.last_update, 'last_update'),
    commit: text(value.commit, 'commit'),
    failed: flag(value.failed, 'failed'),
    processes: list(value.processes, 'processes').map((one, index) =>
      decodeProcess(one, `processes.${index}`),
    ),
  };
}

function decodeProcess(value: unknown, where: string): DeployedProcess {
  const process = map(value, where);
  return {
    name: text(process.name, `${where}.name`),
    cpu: text(process.cpu, `${where}.cpu`),
    memory: text(process.memory, `${where}.memory`),
    minProcesses: integer(process.min_processes, `${where}.min_processes`),
    maxProcesses: integer(process.max_processes, `${where}.max_processes`),
    state: text(process.state, `${where}.state`),
    command: text(process.command, `${where}.command`),
  };
}
