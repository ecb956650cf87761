import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clients } from '../../aws/clients.ts';
import type { Reader } from '../../aws/reader.ts';
import { createTaskDefinitionCache, type TaskDefinitionCache } from '../../aws/task-definitions.ts';
import type { Controller } from '../../reconcile/controller.ts';
import { formatKey, type Key } from '../../reconcile/key.ts';
import type { AppAction } from './actions.ts';
import { applyApp } from './apply.ts';
import { createHints, type Hints } from './hints.ts';
import type { AppControllerSettings, AppFacts } from './observed.ts';
import { createParsed, type Parsed } from './parsed.ts';
import { planApp } from './plan.ts';
import { startEarly } from './read.ts';
import { readAppAgain } from './reread.ts';

export interface AppControllerParts {
  /** A reader for one pass, or the one that a sweep shares between all its apps. */
  readonly reader: () => Reader;
  readonly clients: Clients;
  readonly settings: AppControllerSettings;
  /** Where the index of services is, when that is another account's table. */
  readonly home?: DynamoDBClient | undefined;
  /** What was read last time, by whichever controller of the process; its own unless given. */
  readonly hints?: Hints;
  /** What their records said; its own unless given. */
  readonly parsed?: Parsed;
  /** The revisions the readers know; nobody's unless given. */
  readonly taskDefinitions?: TaskDefinitionCache;
}

/** The app controller. */
export interface AppController extends Controller<AppFacts, AppAction> {
  /** Starts reads that a look at the key will want, on a shared reader, without waiting for any. */
  foresee(key: Key): void;
}

/**
 * Keeps the services of one app where its parameters say they should be. Autoscaling, schedules, config and
 * releases of an app are planned in the same pass, because they end in the same revisions and updates.
 */
export function createAppController(parts: AppControllerParts): AppController {
  const { clients, settings, hints = createHints(), parsed = createParsed(settings) } = parts;
  const { taskDefinitions = createTaskDefinitionCache() } = parts;
  return {
    kind: 'app',
    foresee(key) {
      const hint = hints.get(formatKey(key));
      if (hint !== undefined) startEarly(parts.reader(), hint);
    },
    read: (request) => readAppAgain(request, { reader: parts.reader(), settings, hints, parsed }),
    plan: planApp,
    apply: (action, context) =>
      applyApp(action, context, { clients, table: settings.table, home: parts.home, taskDefinitions }),
  };
}
