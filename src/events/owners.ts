import type { Clock } from '../reconcile/ports.ts';

/** Which apps claim a service; empty when nobody is known to. */
export type AppsOfService = (cluster: string, service: string) => Promise<readonly string[]>;

const REMEMBERED_MS = 60_000;
const REMEMBERED_MAX = 5_000;

/** Most apps a service of unknown owner may stand for. */
export const POSSIBLE_APPS_MAX = 8;

/**
 * Remembers answers of `appsOfService` for a minute: one deployment sends several events. An answer that is out
 * of date only costs time, until the next sweep. Errors are not remembered.
 */
export function rememberOwners(appsOfService: AppsOfService, clock: Clock): AppsOfService {
  const answers = new Map<string, { readonly apps: readonly string[]; readonly until: number }>();
  return async (cluster, service) => {
    const place = `${cluster}/${service}`;
    const known = answers.get(place);
    if (known !== undefined && clock.now() < known.until) return known.apps;
    const apps = await appsOfService(cluster, service);
    answers.delete(place);
    answers.set(place, { apps, until: clock.now() + REMEMBERED_MS });
    const [oldest] = answers.keys();
    if (answers.size > REMEMBERED_MAX && oldest !== undefined) answers.delete(oldest);
    return apps;
  };
}

/**
 * Every app whose service `<app>-<process>` the name may be: `shop-api-web` is of `shop` or `shop-api`. With
 * `reviewApps` also those whose service is `<pipeline>-pr<n>-<process>`; their names are `<pipeline>:<n>`.
 */
export function possibleApps(name: string, reviewApps: boolean): readonly string[] {
  const apps: string[] = [];
  for (let dash = name.indexOf('-', 1); dash >= 0; dash = name.indexOf('-', dash + 1)) {
    const app = name.slice(0, dash);
    apps.push(app);
    const review = reviewApps ? /^(.+)-pr(\d+)$/.exec(app) : null;
    if (review !== null) apps.push(`${review[1]}:${review[2]}`);
  }
  return apps.slice(-POSSIBLE_APPS_MAX);
}
