import { ADMINISTRATORS } from '../reconcile/key.ts';

/** Where lists of users lie, `*` for the app or pipeline; the original's paths are not public. */
export function accessPaths(settings: {
  readonly userPath: string;
  readonly pipelineUserPath: string;
  readonly administratorPath: string;
}): readonly string[] {
  return [settings.userPath, settings.pipelineUserPath, settings.administratorPath];
}

/** The access key that a parameter concerns: its app's or pipeline's name, or the administrators. */
export function accessName(parameter: string, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const [before = '', after] = path.split('*', 2);
    if (after === undefined) {
      if (parameter === path) return ADMINISTRATORS;
      continue;
    }
    const name = parameter.slice(before.length, parameter.length - after.length);
    if (name !== '' && !name.includes('/') && parameter === `${before}${name}${after}`) return name;
  }
  return undefined;
}

/**
 * The apps a parameter concerns, by its name alone: `<prefix>/apps/<app>/…`, and below `<prefix>/pipelines/<p>/`
 * one review app or all of them. Undefined for parameters that are no app's; an empty list for a pipeline's when
 * review apps are not worked on or there are none.
 */
export async function appsOfParameter(
  parameter: string,
  options: {
    readonly prefix: string;
    readonly reviewAppsOf?: (pipeline: string) => Promise<readonly string[]>;
  },
): Promise<readonly string[] | undefined> {
  if (!parameter.startsWith(`${options.prefix}/`)) return undefined;
  const [area, name = '', ...rest] = parameter.slice(options.prefix.length + 1).split('/');
  if (name === '' || rest.length === 0) return undefined;
  if (area === 'apps') return [name];
  if (area !== 'pipelines') return undefined;
  if (options.reviewAppsOf === undefined) return [];
  const number = reviewNumber(rest);
  const numbers = number === undefined ? await options.reviewAppsOf(name) : [number];
  return numbers.map((one) => `${name}:${one}`);
}

/** The app or pipeline whose `settings` a parameter is. */
export function settingsOwner(parameter: string, prefix: string): string | undefined {
  if (!parameter.startsWith(`${prefix}/`)) return undefined;
  return /^(?:apps|pipelines)\/([^/]+)\/settings$/.exec(parameter.slice(prefix.length + 1))?.[1];
}

function reviewNumber([area, word, number]: readonly string[]): string | undefined {
  return area === 'review-apps' && word === 'pr' && /^\d+$/.test(number ?? '') ? number : undefined;
}

/** The app or review app whose releases a parameter asks for, or holds back; undefined for all others. */
export function releaseOwner(parameter: string, prefix: string): string | undefined {
  if (!parameter.startsWith(`${prefix}/`)) return undefined;
  const [area, name = '', ...rest] = parameter.slice(prefix.length + 1).split('/');
  const [role = '', ...deeper] = rest;
  if (area === 'apps') return deeper.length === 0 && ['release', 'paused'].includes(role) ? name : undefined;
  const number = rest.length === 3 ? reviewNumber(rest) : undefined;
  return area === 'pipelines' && number !== undefined ? `${name}:${number}` : undefined;
}
