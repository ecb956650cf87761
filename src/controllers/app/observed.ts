import type { AppDesired } from './desired.ts';
import type { AppNames } from './names.ts';
import type { ServicesFacts } from './services/observed.ts';
import type { Pace } from './services/settling.ts';

/** Everything a pass knows of an app: data only, the same for the same account. */
export type AppFacts =
  | {
      readonly state: 'read';
      readonly names: AppNames;
      readonly desired: AppDesired;
      readonly services: ServicesFacts;
      readonly pace: Pace;
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
}

/** What holds for apps that say nothing. */
export interface AppDefaults {
  readonly cluster?: string;
  readonly eventsRoleArn?: string;
  readonly cpuTarget?: number;
}
