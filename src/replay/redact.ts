import type { Change } from './changes.ts';
import { type Document, isDocument } from './documents.ts';

/**
 * What a snapshot never holds: the value of a config variable or SecureString, plain or encrypted, and what is in
 * the environment of tasks and builds. Writers and readers both go through here.
 */

/** What a simulated account gets where a value of an environment or option was left out. */
export const LEFT_OUT = '(not in the snapshot)';

/** What it gets where the value of a parameter was left out. */
export const LEFT_OUT_SECRET = '(no secret is in a snapshot)';

/** Whether the value of a parameter is nobody's business: it lies below `config/` or is a SecureString. */
export function isSecret(name: string, kind: unknown): boolean {
  return /\/config\//.test(name) || (kind !== undefined && kind !== 'String' && kind !== 'StringList');
}

/** The sections of an account without what a snapshot must not hold. */
export function redactSections<Account extends Document>(account: Account): Account {
  const sections = Object.entries(account).map(([name, section]) => [
    name,
    name === 'ssm' ? redactParameters(section) : redact(section),
  ]);
  // Every member is still there, and texts (id, region) are as they were.
  return Object.fromEntries(sections) as Account;
}

/** A change without what a snapshot must not hold. */
export function redactChange(change: Change): Change {
  switch (change.type) {
    case 'put': {
      if (!isSecret(change.name, change.kind)) return change;
      const { value: _value, json: _json, ...rest } = change;
      return rest;
    }
    case 'item':
      return { ...change, item: redactDocument(change.item) };
    case 'call':
      return { ...change, input: redactDocument(change.input) };
    default:
      return change;
  }
}

function redactParameters(section: unknown): unknown {
  if (!isDocument(section) || !isDocument(section.parameters)) return section;
  const parameters = Object.entries(section.parameters).map(([name, parameter]) => [
    name,
    isDocument(parameter) && isSecret(name, parameter.type) ? withoutValue(parameter) : parameter,
  ]);
  return { ...section, parameters: Object.fromEntries(parameters) };
}

function withoutValue({ value: _value, json: _json, history: _history, ...rest }: Document): Document {
  return rest;
}

function redactDocument(document: Document): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(document).map(([name, value]) => [name, redactMember(name, value)]),
  );
}

/** Any document of AWS without the values of environments and free options. */
export function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  return isDocument(value) ? redactDocument(value) : value;
}

/** Lists of `{name, value}` that become the environment of a process. */
const ENVIRONMENT = /^environment(Variables)?(Override)?$/i;

/** Maps in which people put anything, passwords of volume drivers and tokens of log services among it. */
const FREE_MAPS = /^(dockerLabels|driverOpts|labels|options)$/i;

/** What the `awslogs` driver is told is never secret, and is needed to run tasks. */
const PLAIN_OPTIONS = /^(awslogs-|mode$|max-buffer-size$)/;

function redactMember(name: string, value: unknown): unknown {
  if (ENVIRONMENT.test(name) && Array.isArray(value)) return value.map(withoutVariable);
  if (ENVIRONMENT.test(name) && isTexts(value)) return blanked(value, () => false);
  if (FREE_MAPS.test(name) && isTexts(value)) return blanked(value, (option) => PLAIN_OPTIONS.test(option));
  if (/^input$/i.test(name) && typeof value === 'string') return redactText(value);
  return redact(value);
}

/** Where a project pushes its images, which is part of every image's name: the one variable that releases are made of. */
const REPOSITORY = 'DOCKER_REPO';

function withoutVariable(entry: unknown): unknown {
  if (!isDocument(entry) || entry.name === REPOSITORY) return entry;
  return Object.fromEntries(Object.entries(entry).filter(([name]) => !/^value$/i.test(name)));
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isDocument(value) && Object.values(value).every((member) => typeof member === 'string');
}

function blanked(
  texts: Readonly<Record<string, string>>,
  isPlain: (name: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, isPlain(name) ? text : LEFT_OUT]),
  );
}

/** The input of a rule's target is a JSON text with overrides in it. */
function redactText(text: string): string {
  try {
    const document: unknown = JSON.parse(text);
    const redacted = JSON.stringify(redact(document));
    return redacted === JSON.stringify(document) ? text : redacted;
  } catch {
    // Not JSON: a constant text for a target that is no task of ours.
    return LEFT_OUT;
  }
}
