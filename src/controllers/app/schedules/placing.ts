import type { Condition } from '../../../reconcile/plan.ts';
import type { AppNames } from '../names.ts';
import type { SettingsDesired } from '../settings.ts';
import type { CommandForm } from './command.ts';
import { networkOf, type SchedulesFacts } from './observed.ts';
import type { ScheduleSource } from './registering.ts';
import type { Launching, Placement } from './targets.ts';
import { noEventsRole, noNetwork } from './wording.ts';

export interface PlacementInput {
  readonly facts: SchedulesFacts;
  readonly settings: SettingsDesired;
  readonly hasSettings: boolean;
  readonly names: AppNames;
}

/**
 * Where and with which role scheduled tasks run: as the app's settings say, else as the source's own tasks do.
 * While settings that may say it cannot be read, it is not known; their own condition says so.
 */
export function placementOf(
  { facts, settings, hasSettings, names }: PlacementInput,
  { process, service }: ScheduleSource,
  form: CommandForm,
):
  | { readonly state: 'found'; readonly value: Placement }
  | { readonly state: 'none'; readonly conditions: readonly Condition[] } {
  const { value, unknown } = settings;
  if (unknown.includes('eventsRoleArn') || unknown.includes('network'))
    return { state: 'none', conditions: [] };
  const source = facts.sources.find((one) => one.process === process);
  const network = value.network === undefined ? source?.launch.network : networkOf(value.network);
  const launch: Launching = { ...source?.launch, ...(network === undefined ? {} : { network }) };
  const roleArn = value.eventsRoleArn ?? facts.eventsRoleArn;
  const lacksNetwork = network === undefined && service.launch === 'fargate';
  if (roleArn === undefined || lacksNetwork) {
    const conditions = [
      ...(roleArn === undefined ? [noEventsRole(names, hasSettings)] : []),
      ...(lacksNetwork ? [noNetwork(names, process, hasSettings)] : []),
    ];
    return { state: 'none', conditions };
  }
  return { state: 'found', value: { cluster: service.clusterArn, roleArn, launch, form } };
}
