import { registerable, type ServerOnly } from '../services/definition.ts';
import type { FamilyWish } from './wishes.ts';

/** The members of a container definition that are looked at; the others are carried over. */
interface Container {
  readonly name?: string | undefined;
  readonly environment?: ReadonlyArray<{ readonly name?: string | undefined }> | undefined;
  readonly secrets?:
    | ReadonlyArray<{ readonly name?: string | undefined; readonly valueFrom?: string | undefined }>
    | undefined;
  readonly logConfiguration?:
    | {
        readonly logDriver?: string | undefined;
        readonly options?: Readonly<Record<string, string>> | undefined;
      }
    | undefined;
  readonly [member: string]: unknown;
}

/** A definition whose containers may be looked at; everything else is carried over. */
export interface BaseDefinition extends ServerOnly {
  readonly containerDefinitions?: readonly Container[] | undefined;
}

/** Members that were made for the process that the base runs, and fit no other. */
const OF_THE_PROCESS = [
  'portMappings',
  'healthCheck',
  'command',
  'entryPoint',
  'cpu',
  'memory',
  'memoryReservation',
];

/**
 * The registration of a family that a release needs: roles, network and volumes of its base; one app container, the
 * first, named by its process type, with the release's image, command, variables and config; sidecars carried over.
 */
export function familyDefinition(base: BaseDefinition, wish: FamilyWish): Record<string, unknown> {
  const { containerDefinitions = [], ...rest } = registerable(base);
  const process = wish.base.type === 'revision' ? wish.base.process : wish.type;
  const main = containerDefinitions.find(({ name }) => name === process) ?? containerDefinitions[0] ?? {};
  const sidecars = containerDefinitions.filter((one) => one !== main);
  const { cpu, memory } = wish.size;
  return {
    ...rest,
    ...(cpu === undefined ? {} : { cpu: String(cpu) }),
    ...(memory === undefined ? {} : { memory: String(memory) }),
    family: wish.family,
    containerDefinitions: [appContainer(main, wish), ...sidecars.map(withoutPorts)],
  };
}

function appContainer(main: Container, wish: FamilyWish): Record<string, unknown> {
  const kept = Object.fromEntries(
    Object.entries(main).filter(([member]) => !OF_THE_PROCESS.includes(member) && member !== 'dependsOn'),
  );
  const { entryPoint, command, port } = wish;
  const logConfiguration = loggingOf(main, wish);
  return {
    ...kept,
    name: wish.type,
    image: wish.image,
    essential: true,
    ...(entryPoint === undefined ? {} : { entryPoint: [...entryPoint] }),
    ...(command.length === 0 ? {} : { command: [...command] }),
    environment: environmentOf(main, wish),
    secrets: secretsOf(main, wish),
    ...(port === undefined ? {} : { portMappings: [{ containerPort: port, protocol: 'tcp' }] }),
    ...(logConfiguration === undefined ? {} : { logConfiguration }),
  };
}

/** What the base has besides, but for the port that its process listens on and what config says. */
function environmentOf({ environment = [] }: Container, { variables, secrets }: FamilyWish) {
  const taken = new Set([...Object.keys(variables), ...secrets.map(({ name }) => name), 'PORT']);
  const kept = environment.filter(({ name = '' }) => !taken.has(name));
  return [...kept, ...Object.entries(variables).map(([name, value]) => ({ name, value }))];
}

/** Secrets from elsewhere are carried over; those of the app's config are as config says now. */
function secretsOf({ secrets = [] }: Container, wish: FamilyWish) {
  const names = new Set(wish.secrets.map(({ name }) => name));
  const isConfig = (valueFrom = '') =>
    wish.configPaths.some(
      (path) => valueFrom.startsWith(`${path}/`) || valueFrom.includes(`:parameter${path}/`),
    );
  const kept = secrets.filter(({ name = '', valueFrom }) => !names.has(name) && !isConfig(valueFrom));
  return [...kept, ...wish.secrets];
}

function loggingOf({ logConfiguration }: Container, { logs, type }: FamilyWish) {
  if (logConfiguration?.logDriver === 'awslogs') {
    const prefix = logs?.prefix ?? type;
    return { ...logConfiguration, options: { ...logConfiguration.options, 'awslogs-stream-prefix': prefix } };
  }
  if (logConfiguration !== undefined || logs === undefined) return logConfiguration;
  const { group, region, prefix } = logs;
  const options = { 'awslogs-group': group, 'awslogs-region': region, 'awslogs-stream-prefix': prefix };
  return { logDriver: 'awslogs', options };
}

function withoutPorts({
  portMappings: _ports,
  dependsOn: _dependsOn,
  ...kept
}: Container): Record<string, unknown> {
  return kept;
}
