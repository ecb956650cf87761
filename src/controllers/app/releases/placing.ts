import type { AppDesired } from '../desired.ts';
import type { Placing, ServicesFacts } from '../services/observed.ts';

/** The members of RunTask's arguments that say where and how tasks run. */
const PLACING = [
  'launchType',
  'capacityProviderStrategy',
  'platformVersion',
  'networkConfiguration',
  'enableExecuteCommand',
  'enableECSManagedTags',
] as const;

/**
 * Where and how the app's tasks run, for a service or a single task: as its stack says, else as its settings say the
 * network, else as its other services do.
 */
export function placingOf(
  desired: AppDesired,
  { services }: ServicesFacts,
  purpose: 'service' | 'task',
): Readonly<Record<string, unknown>> {
  const said = pick(desired.ecsConfig.runTask ?? {});
  const source = services.find(({ process, reading }) => process === 'web' && reading.state === 'found');
  const other = source ?? services.find(({ reading }) => reading.state === 'found');
  const shown: Placing = other?.reading.state === 'found' ? other.reading.value.placing : {};
  const { network } = desired.settings.value;
  const own = network === undefined ? {} : { networkConfiguration: { awsvpcConfiguration: network } };
  const isSaid = Object.keys(said).length > 0;
  const placing = isSaid ? { ...own, ...said } : { ...shown, ...own };
  const launch = isSaid || other !== undefined ? {} : { launchType: 'FARGATE' };
  // RunTask says the platform by the definition where none is given; a service's LATEST is no argument to carry over.
  const { platformVersion, ...rest } = { ...launch, ...placing } as Record<string, unknown>;
  return purpose === 'service' && platformVersion !== undefined ? { ...rest, platformVersion } : rest;
}

function pick(document: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    PLACING.flatMap((name) => (document[name] === undefined ? [] : [[name, document[name]]])),
  );
}
