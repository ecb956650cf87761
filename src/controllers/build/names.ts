import type { Key } from '../../reconcile/key.ts';
import { releaseKey } from '../../store/releases.ts';
import { type ItemKey, settingsKey, statusKey } from '../../store/table.ts';

/** Every name a build key stands for. Pure text, so that nothing is asked of AWS under a name it would refuse. */
export interface BuildNames {
  /** `shop`, or `shop:7` for a review app. */
  readonly app: string;
  readonly review?: { readonly pipeline: string; readonly number: string };
  /** What its settings, and so its CodeBuild project, are filed under: the app or its pipeline. */
  readonly settingsOf: string;
  readonly parameters: {
    readonly release?: string;
    readonly paused?: string;
    readonly reviewApp?: string;
  };
  readonly items: {
    readonly settings: ItemKey;
    readonly release: ItemKey;
    /** The status of the app's own key, whose memory answers. */
    readonly appStatus: ItemKey;
  };
  /** The mark on what is ours: `/apppack/apps/shop`. */
  readonly owner: string;
}

/** An app's name with the mark must fit a tag value of 256 characters. */
const APP_NAME_MAX = 200;

/** The names of a key; undefined when no app can be called so, which the app's own key says to people. */
export function buildNames(
  key: Key,
  naming: { readonly prefix: string; readonly installation: string },
): BuildNames | undefined {
  const app = key.name;
  if (app.length > APP_NAME_MAX || !/^[A-Za-z0-9][A-Za-z0-9_-]*(:\d+)?$/.test(app)) return undefined;
  const [settingsOf = app, number] = app.split(':', 2);
  const { prefix } = naming;
  return {
    app,
    settingsOf,
    ...(number === undefined ? {} : { review: { pipeline: settingsOf, number } }),
    parameters:
      number === undefined
        ? { release: `${prefix}/apps/${app}/release`, paused: `${prefix}/apps/${app}/paused` }
        : { reviewApp: `${prefix}/pipelines/${settingsOf}/review-apps/pr/${number}` },
    items: {
      settings: settingsKey(settingsOf),
      release: releaseKey(key, app),
      appStatus: statusKey({ ...key, kind: 'app' }),
    },
    owner: `${naming.installation}/apps/${app}`,
  };
}

/** The number of the pull request that a source version names. */
export function pullRequestOf(sourceVersion: string | undefined): string | undefined {
  return /^pr\/(\d+)$/.exec(sourceVersion ?? '')?.[1];
}
