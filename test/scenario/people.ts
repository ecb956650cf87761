import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ListServiceDeploymentsCommand,
  ListTaskDefinitionsCommand,
  type Service,
  type ServiceDeploymentBrief,
} from '@aws-sdk/client-ecs';
import { DeleteParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import type { DatedCondition } from '../../src/reconcile/status.ts';
import { type EcsService, isEcsService } from '../../src/simulator/services/ecs/index.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../src/simulator/transport.ts';
import type { Actor, Stage } from './stage.ts';
import { type ProcessScaling, scaled } from './worlds.ts';

/** What a person does to an account and sees in it. Reads wait until ECS shows every write. */

const READS_LAG_MS = 4_000;

export async function setConfig(on: Stage, name: string, value: string, app = 'shop'): Promise<void> {
  const Name = `/apppack/apps/${app}/config/${name}`;
  const put = new PutParameterCommand({ Name, Value: value, Type: 'SecureString', Overwrite: true });
  await on.person.ssm.send(put);
}

export async function unsetConfig(on: Stage, name: string, app = 'shop'): Promise<void> {
  await on.person.ssm.send(new DeleteParameterCommand({ Name: `/apppack/apps/${app}/config/${name}` }));
}

export async function scale(on: Stage, web: ProcessScaling, app = 'shop'): Promise<void> {
  const Value = JSON.stringify({ web: scaled(web) });
  const Name = `/apppack/apps/${app}/scaling`;
  await on.person.ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true }));
}

export async function serviceOf(on: Stage, name = 'shop-web'): Promise<Service> {
  await on.clock.advance(READS_LAG_MS);
  const { services } = await on.person.ecs.send(
    new DescribeServicesCommand({ cluster: 'main', services: [name], include: ['TAGS'] }),
  );
  if (services?.[0] === undefined) throw new Error(`there is no service ${name}`);
  return services[0];
}

/** Names of the revisions of a family: `shop-web:1`. */
export async function revisionsOf(on: Stage, family = 'shop-web'): Promise<string[]> {
  await on.clock.advance(READS_LAG_MS);
  const { taskDefinitionArns = [] } = await on.person.ecs.send(
    new ListTaskDefinitionsCommand({ familyPrefix: family }),
  );
  return taskDefinitionArns.map((arn) => arn.slice(arn.lastIndexOf('/') + 1));
}

/** Deployments of a service, newest first. */
export async function deploymentsOf(on: Stage, service = 'shop-web'): Promise<ServiceDeploymentBrief[]> {
  await on.clock.advance(READS_LAG_MS);
  const { serviceDeployments = [] } = await on.person.ecs.send(
    new ListServiceDeploymentsCommand({ cluster: 'main', service, maxResults: 100 }),
  );
  return serviceDeployments;
}

/** Names of the secrets that the service's container has, and the names of its plain variables. */
export async function variablesOf(
  on: Stage,
  service = 'shop-web',
): Promise<{ readonly secrets: string[]; readonly plain: string[] }> {
  const { taskDefinition: arn = '' } = await serviceOf(on, service);
  const { taskDefinition } = await on.person.ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: arn }),
  );
  const [container] = taskDefinition?.containerDefinitions ?? [];
  return {
    secrets: (container?.secrets ?? []).map(({ name = '' }) => name).sort(),
    plain: (container?.environment ?? []).map(({ name = '' }) => name).sort(),
  };
}

/** The simulated ECS, to say how tasks fare. */
export function ecsOf(on: Stage): EcsService {
  const ecs = on.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get('ecs');
  if (!isEcsService(ecs)) throw new Error('the account has no ECS');
  return ecs;
}

/** What the controller says of an app now. */
export async function conditionsOf(
  on: Stage,
  actor: Actor,
  app = 'shop',
): Promise<readonly DatedCondition[]> {
  const key = { account: DEFAULT_ACCOUNT, region: DEFAULT_REGION, kind: 'app', name: app } as const;
  return (await on.drive(actor.connection.statuses.read(key))).conditions;
}
