import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clients } from '../../aws/clients.ts';
import type { Reader } from '../../aws/reader.ts';
import type { Controller } from '../../reconcile/controller.ts';
import type { BuildAction } from './actions.ts';
import { applyBuild, type NudgePort } from './apply.ts';
import type { BuildFacts } from './observed.ts';
import { planBuild } from './plan.ts';
import { readBuild } from './read.ts';

export interface BuildControllerParts {
  /** A reader for one pass. */
  readonly reader: () => Reader;
  readonly clients: Clients;
  /** The installation's table. */
  readonly table: string;
  /** Where the installation's table is, when that is not where the clients lead. */
  readonly home?: DynamoDBClient | undefined;
  readonly naming: { readonly prefix: string; readonly installation: string };
  readonly nudge: NudgePort;
}

/**
 * Carries the builds of one app through release to deployment, and keeps their records. Its key is the app's name, so
 * releases of an app run one after another; the services themselves are the app controller's, which reads what is to be
 * deployed from the release record.
 */
export function createBuildController(parts: BuildControllerParts): Controller<BuildFacts, BuildAction> {
  const { clients, table, naming, nudge, home = clients.dynamodb } = parts;
  return {
    kind: 'build',
    read: (request) => readBuild(request, { clients, reader: parts.reader(), table, naming }),
    plan: planBuild,
    apply: (action, context) => applyBuild(action, context, { clients, table, home, nudge }),
  };
}
