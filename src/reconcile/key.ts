/** What is reconciled, and nothing about why: a key never carries the event that queued it. */
export const KINDS = ['app', 'build', 'access', 'sweep'] as const;
export type Kind = (typeof KINDS)[number];

export interface Key {
  readonly account: string;
  readonly region: string;
  readonly kind: Kind;
  /**
   * An app's name; a review app is `<pipeline>:<n>`; the one sweep of an account and region is `all`. Access keys are
   * named by the app or pipeline whose users they keep.
   */
  readonly name: string;
}

/** The name of the one sweep key of an account and region. */
export const SWEEP_NAME = 'all';

/** The name of the access key that keeps the administrators of an account; no app can be called so. */
export const ADMINISTRATORS = 'account:administrators';

/** `account/region/kind/name`, the form of keys in queues, table, logs and output. */
export function formatKey(key: Key): string {
  return `${key.account}/${key.region}/${key.kind}/${key.name}`;
}

/** Reads `formatKey`'s form back; undefined for anything else. */
export function parseKey(text: string): Key | undefined {
  const match = /^(\d{12})\/([a-z0-9-]+)\/([a-z]+)\/(.+)$/s.exec(text);
  if (match === null) return undefined;
  const [, account = '', region = '', kindText, name = ''] = match;
  const kind = KINDS.find((known) => known === kindText);
  return kind === undefined ? undefined : { account, region, kind, name };
}
