import { digestOf } from '../../../reconcile/plan.ts';
import type { AppNames } from '../names.ts';

/**
 * Names and marks of rules. A rule's tags are not listed with it, so its mark is the first word of its
 * description: whose it is; the second stands for its targets, so that nobody has to list those.
 */

/** EventBridge's limit of a rule's name. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html */
const NAME_MAX = 64;

/** Between the app and the hash; also the process type of scheduled tasks. */
const INFIX = '-scheduler-';

const HASH_LENGTH = 12;

/** `-` and up to two digits: an app has fewer than five hundred tasks. */
const INDEX_LENGTH = 3;

const SLUG_MAX = NAME_MAX - INFIX.length - HASH_LENGTH - INDEX_LENGTH;

/** What the names of an app's rules begin with, so that one ListRules finds them all and few others. */
export function rulePrefix(app: string): string {
  return `${slugOf(app)}${INFIX}`;
}

/** Names of apps are longer than a rule's may be; a short hash keeps two of them apart. */
function slugOf(app: string): string {
  if (app.length <= SLUG_MAX) return app;
  const hash = digestOf(app).slice(0, 8);
  return `${app.slice(0, SLUG_MAX - hash.length - 1)}-${hash}`;
}

/** The name of the rule for the `index`th five tasks at one schedule; the same as long as the schedule is. */
export function ruleName(names: Pick<AppNames, 'app' | 'owner'>, schedule: string, index: number): string {
  const hash = digestOf([names.owner, schedule]).slice(0, HASH_LENGTH);
  return `${rulePrefix(names.app)}${hash}-${index}`;
}

/** The description of a rule that is ours and has targets with this digest; EventBridge takes 512 characters. */
export function ruleDescription(owner: string, digest: string): string {
  return `${owner} ${digest} Scheduled tasks, kept by trimtab.`;
}

/** Whether a description says that the rule is this owner's. */
export function isOwned(description: string, owner: string): boolean {
  return description === owner || description.startsWith(`${owner} `);
}

/** The digest of targets in the description of a rule that is the owner's; undefined when there is none. */
export function digestIn(description: string, owner: string): string | undefined {
  const word = description.slice(owner.length + 1).split(' ', 1)[0] ?? '';
  return /^[0-9a-f]{16}$/.test(word) ? word : undefined;
}

/**
 * The app of an installation that a rule belongs to, by its mark; undefined for everybody else's rules. A sweep
 * finds by it the rules of an app of which nothing else is left.
 */
export function ownerOfRule(
  rule: { readonly Description?: string | undefined },
  installation: string,
): string | undefined {
  const start = `${installation}/apps/`;
  const description = rule.Description ?? '';
  if (!description.startsWith(start)) return undefined;
  const app = description.slice(start.length).split(' ', 1)[0] ?? '';
  return app === '' ? undefined : app;
}
