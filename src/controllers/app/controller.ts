import type { Clients } from '../../aws/clients.ts';
import type { Reader } from '../../aws/reader.ts';
import type { Controller } from '../../reconcile/controller.ts';
import type { AppAction } from './actions.ts';
import { applyApp } from './apply.ts';
import { createHints } from './hints.ts';
import type { AppControllerSettings, AppFacts } from './observed.ts';
import { planApp } from './plan.ts';
import { readApp } from './read.ts';

export interface AppControllerParts {
  /** A reader for one pass, or the one that a sweep shares between all its apps. */
  readonly reader: () => Reader;
  readonly clients: Clients;
  readonly settings: AppControllerSettings;
}

/**
 * Keeps the services of one app where its parameters say they should be. Autoscaling, schedules, config and
 * releases of an app are planned in the same pass, because they end in the same revisions and updates.
 */
export function createAppController(parts: AppControllerParts): Controller<AppFacts, AppAction> {
  const { clients, settings } = parts;
  const hints = createHints();
  return {
    kind: 'app',
    read: (request) => readApp(request, { reader: parts.reader(), settings, hints }),
    plan: planApp,
    apply: (action, context) => applyApp(action, context, { clients, table: settings.table }),
  };
}
