import { ADMINISTRATORS, type Key } from '../../reconcile/key.ts';
import { administratorItemKey, type ItemKey, userItemKey } from '../../store/table.ts';

/** Where lists lie and what roles people get; see the settings of the same names. */
export interface AccessSettings {
  readonly installation: string;
  readonly prefix: string;
  readonly userPath: string;
  readonly pipelineUserPath: string;
  readonly administratorPath: string;
  readonly userRoleTemplate?: string;
  readonly administratorRoleTemplate?: string;
  /** What the account is called, for its administrators. */
  readonly alias?: string;
}

/** One list of people as a parameter. */
export interface ListSource {
  readonly parameter: string;
  /** Who is on it may use a pipeline: it and its review apps. */
  readonly pipeline: boolean;
}

/** Whose people a key keeps, and every name that follows from it. Pure text. */
export interface Subject {
  readonly type: 'users' | 'administrators';
  /** How messages call it: `shop`, `account 123456789012`. */
  readonly name: string;
  readonly key: Key;
  /** More than one where an app and a pipeline have the same name; their people are taken together. */
  readonly lists: readonly ListSource[];
  /** Parameters whose member `user_role_arn` names the role; the first that is there counts. */
  readonly settings: readonly string[];
  /** The configured role, when settings name none. */
  readonly roleFromTemplate: string | undefined;
  /** Below these lies what else there is of an app; nothing left there means that it is gone. */
  readonly roots: readonly string[];
  /** The mark on the items of this key. */
  readonly owner: string;
  readonly alias: string | undefined;
  itemKey(email: string): ItemKey;
}

/** Parameter Store's own rule for a part of a name; the rest is up to who named the app. */
const NAME = /^[A-Za-z0-9_.-]{1,200}$/;

/** What a key stands for; undefined for a name that no parameter can have. */
export function subjectOf(key: Key, settings: AccessSettings): Subject | undefined {
  const { account, region, name } = key;
  const owner = `${settings.installation}/access/${account}/${region}/${name}`;
  if (name === ADMINISTRATORS) {
    return {
      type: 'administrators',
      name: `account ${account}`,
      key,
      lists: [{ parameter: settings.administratorPath, pipeline: false }],
      settings: [],
      roleFromTemplate: fillIn(settings.administratorRoleTemplate, key),
      roots: [],
      owner,
      alias: settings.alias,
      itemKey: (email) => administratorItemKey(email, account),
    };
  }
  if (!NAME.test(name)) return undefined;
  const roots = [`${settings.prefix}/apps/${name}`, `${settings.prefix}/pipelines/${name}`];
  return {
    type: 'users',
    name,
    key,
    lists: [
      { parameter: settings.userPath.replace('*', name), pipeline: false },
      { parameter: settings.pipelineUserPath.replace('*', name), pipeline: true },
    ],
    settings: roots.map((root) => `${root}/settings`),
    roleFromTemplate: fillIn(settings.userRoleTemplate, key),
    roots,
    owner,
    alias: undefined,
    itemKey: (email) => userItemKey(email, account, name),
  };
}

function fillIn(template: string | undefined, { account, region, name }: Key): string | undefined {
  return template?.replaceAll('{account}', account).replaceAll('{region}', region).replaceAll('{app}', name);
}
