import { toAttribute, toAttributes } from '../aws/attributes.ts';
import { inspectApps, requestPass } from '../compose.ts';
import { AwsError } from '../simulator/errors.ts';
import type { Fault } from '../simulator/faults.ts';
import type { Denial } from '../simulator/region.ts';
import { isCodeBuildService } from '../simulator/services/codebuild/index.ts';
import { isEcsService } from '../simulator/services/ecs/index.ts';
import type { FaultWish, PlayedChange } from './changes.ts';
import { fillEnvironments } from './filling.ts';
import { isSecret, LEFT_OUT_SECRET } from './redact.ts';
import { type Rig, weatherOf } from './rig.ts';

/**
 * Lets one change happen to the account. Faults and AWS's throttling are the controller's: people get through.
 * Resolves to why AWS refused it, if it did.
 */
export async function playChange(rig: Rig, change: PlayedChange): Promise<string | undefined> {
  try {
    await play(rig, change);
    return undefined;
  } catch (error) {
    if (error instanceof AwsError) return `${error.code}: ${error.message}`;
    return error instanceof Error ? error.message : String(error);
  }
}

async function play(rig: Rig, change: PlayedChange): Promise<unknown> {
  switch (change.type) {
    case 'put':
      return perform(rig, 'ssm', 'PutParameter', {
        Name: change.name,
        Type: change.kind ?? 'String',
        Value: textOf(change),
        Overwrite: true,
      });
    case 'delete':
      return perform(rig, 'ssm', 'DeleteParameter', { Name: change.name });
    case 'item':
      return perform(rig, 'dynamodb', 'PutItem', {
        TableName: rig.config.table,
        Item: toAttributes(change.item),
      });
    case 'removeItem':
      return perform(rig, 'dynamodb', 'DeleteItem', {
        TableName: rig.config.table,
        Key: { primary_id: toAttribute(change.partition), secondary_id: toAttribute(change.sort) },
      });
    case 'call':
      return perform(rig, change.service, change.operation, change.input);
    case 'restart':
      return rig.restart(change.how);
    case 'approve':
      return approve(rig, change.app);
    case 'request':
      return request(rig, change.app);
    default:
      return turnSwitch(rig, change);
  }
}

function turnSwitch(
  rig: Rig,
  change: PlayedChange & { type: 'outcomes' | 'builds' | 'weather' | 'fault' | 'calm' | 'denial' },
): void {
  const { switches } = rig.simulator;
  switch (change.type) {
    case 'outcomes': {
      const ecs = rig.simulator.region(rig.place.account, rig.place.region).get('ecs');
      if (isEcsService(ecs)) ecs.setOutcomes(change.outcomes);
      return;
    }
    case 'builds': {
      const codebuild = rig.simulator.region(rig.place.account, rig.place.region).get('codebuild');
      if (isCodeBuildService(codebuild)) codebuild.setOutcomes(change.outcomes);
      return;
    }
    case 'weather':
      switches.weather = weatherOf(change.weather);
      return;
    case 'fault':
      forSeconds(rig, switches.faults, faultOf(change.fault), change.seconds);
      return;
    case 'denial': {
      const { action, resource } = change;
      forSeconds<Denial>(rig, switches.denials, { action, resource }, change.seconds);
      return;
    }
    case 'calm':
      switches.faults.length = 0;
      switches.denials.length = 0;
      return;
  }
}

function forSeconds<T>(rig: Rig, active: T[], one: T, seconds: number | undefined): void {
  active.push(one);
  if (seconds === undefined) return;
  rig.clock.setTimer(seconds * 1000, () => {
    const index = active.indexOf(one);
    if (index >= 0) active.splice(index, 1);
  });
}

/** A wish as the simulator takes it; zod leaves `undefined` in optional members. */
export function faultOf({ kind, service, operation, probability, times, delayMs }: FaultWish): Fault {
  return {
    kind,
    ...(service === undefined ? {} : { service }),
    ...(operation === undefined ? {} : { operation }),
    ...(probability === undefined ? {} : { probability }),
    ...(times === undefined ? {} : { times }),
    ...(delayMs === undefined ? {} : { delayMs }),
  };
}

function textOf(change: PlayedChange & { type: 'put' }): string {
  if (isSecret(change.name, change.kind)) return LEFT_OUT_SECRET;
  return change.json === undefined ? (change.value ?? LEFT_OUT_SECRET) : JSON.stringify(change.json);
}

/** Calls the service itself, so that neither faults nor throttling nor the call log of the controller notice. */
async function perform(rig: Rig, service: string, operation: string, input: object): Promise<unknown> {
  const { account, region } = rig.place;
  const operations = rig.simulator.region(account, region).get(service)?.operations;
  const call = operations?.[operation];
  if (call === undefined) throw new Error(`the simulated account has no ${service}.${operation}`);
  // Filling keeps a document a document, and makes a copy.
  const document = fillEnvironments(input) as Record<string, unknown>;
  return call(document, { client: 'person', accessKey: account });
}

async function approve(rig: Rig, app: string): Promise<void> {
  const connection = await rig.visit('command');
  const [inspection] = await rig.drive(inspectApps(connection, [app]));
  if (inspection === undefined) return;
  await rig.drive(connection.statuses.approve(inspection.key, inspection.digest));
  await rig.drive(requestPass(connection, inspection.key));
}

async function request(rig: Rig, app: string): Promise<void> {
  const connection = await rig.visit('command');
  const { account, region } = rig.place;
  await rig.drive(requestPass(connection, { account, region, kind: 'app', name: app }));
}
