import type { AutoscalingFacts } from './autoscaling/observed.ts';
import type { AppDesired } from './desired.ts';
import type { AppNames } from './names.ts';
import type { ReleasesFacts } from './releases/observed.ts';
import type { SchedulesFacts } from './schedules/observed.ts';
import type { ServicesFacts } from './services/observed.ts';
import type { Pace } from './services/settling.ts';

/** Everything a pass knows of an app: data only, the same for the same account. */
export type AppFacts =
  | {
      readonly state: 'read';
      readonly names: AppNames;
      readonly desired: AppDesired;
      readonly services: ServicesFacts;
      readonly autoscaling: AutoscalingFacts;
      readonly schedules: SchedulesFacts;
      readonly releases: ReleasesFacts;
      readonly pace: Pace;
      /** When `settings` were put the last time that an event told of; absent when none did lately. */
      readonly settingsToldAt?: number;
    }
  /** The key's name can be no app; nothing was asked of AWS. */
  | { readonly state: 'misnamed'; readonly app: string; readonly problem: string };

/** How the app controller is set up. */
export interface AppControllerSettings extends Pace {
  readonly account: string;
  readonly region: string;
  /** The value of our marks begins with it. */
  readonly installation: string;
  readonly prefix: string;
  readonly table: string;
  readonly defaults: AppDefaults;
  /**
   * How often the targets of each rule are looked at although nothing hints that somebody changed them: six hours
   * unless said, 0 is never.
   */
  readonly checkTargetsMs?: number;
}

/** What holds for apps that say nothing. */
export interface AppDefaults {
  readonly cluster?: string;
  readonly eventsRoleArn?: string;
  readonly cpuTarget?: number;
}
