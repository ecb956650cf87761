import { planApp } from '../../../src/controllers/app/plan.ts';
import { type FactsOptions, type ServiceOptions, someContext, someFacts, someService } from './builders.ts';

export type Status = Parameters<typeof someContext>[0];

/** Plans an app from facts and what is remembered. */
export const plan = (options: FactsOptions, status: Status = {}) =>
  planApp(someFacts(options), someContext(status));

/** A plan without the entries for the index in the table. */
export function writesOf(options: FactsOptions, status: Status = {}) {
  return plan(options, status).actions.filter((action) => action.type !== 'indexService');
}

/** An app whose scaling has one entry, for a web process that is there. */
export function webWith(entry: unknown, service: ServiceOptions = {}): FactsOptions {
  return { documents: { scaling: { web: entry } }, services: [someService('web', service)] };
}
