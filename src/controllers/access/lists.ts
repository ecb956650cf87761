import type { Condition } from '../../reconcile/plan.ts';
import type { Parameter, Reading } from '../../reconcile/reading.ts';
import { foldEmail } from '../../store/table.ts';
import { invalidList, unreadableParameter } from './wording.ts';

/** An address has 254 characters at most, 64 of them before the @. Source: RFC 5321, 4.5.3.1 */
const EMAIL_CHARACTERS_MAX = 254;
const LOCAL_CHARACTERS_MAX = 64;

const LOCAL = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const LABEL = /^[\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u;

/**
 * A list of people. It counts as a whole: one entry that is no address makes it `broken`, and then nobody is added
 * and nobody goes. Only a successful read that lacks the parameter makes it `absent`.
 */
export type ListDesired =
  | { readonly state: 'found'; readonly emails: ReadonlySet<string> }
  | { readonly state: 'absent' }
  | { readonly state: 'broken'; readonly conditions: readonly Condition[] };

/** Reads a list: a StringList, a String with commas, or a JSON array of texts. */
export function parseList(name: string, reading: Reading<Parameter>): ListDesired {
  if (reading.state === 'absent') return { state: 'absent' };
  if (reading.state === 'unreadable') return broken(unreadableParameter(name, reading.failure));
  const parameter = reading.value;
  if (parameter.type !== 'String' && parameter.type !== 'StringList') {
    return broken(invalidList(parameter, { reason: 'WrongType', found: `a ${parameter.type}` }));
  }
  const text = parameter.value.trim();
  return text.startsWith('[') ? parseJson(text, parameter) : readEntries(text.split(','), parameter);
}

function parseJson(text: string, parameter: Parameter): ListDesired {
  try {
    const entries: unknown = JSON.parse(text);
    return readEntries(Array.isArray(entries) ? entries : [entries], parameter);
  } catch {
    return broken(
      invalidList(parameter, { reason: 'NotJson', found: 'the beginning of a list that is not JSON' }),
    );
  }
}

/** Entries of nothing but space are left out: tools that join lists leave a comma at the end. */
function readEntries(entries: readonly unknown[], parameter: Parameter): ListDesired {
  const emails = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    const email = typeof entry === 'string' ? foldEmail(entry) : undefined;
    if (email === '') continue;
    if (email === undefined || !isEmail(email)) {
      const found = `no e-mail address but ${described(entry)}`;
      return broken(invalidList(parameter, { reason: 'InvalidEmail', path: String(index + 1), found }));
    }
    emails.add(email);
  }
  return { state: 'found', emails };
}

/** Whether a folded text is an address mail could go to. Quoted and bracketed forms are not taken. */
function isEmail(email: string): boolean {
  const at = email.lastIndexOf('@');
  const local = email.slice(0, at);
  const labels = email.slice(at + 1).split('.');
  return (
    at > 0 &&
    email.length <= EMAIL_CHARACTERS_MAX &&
    local.length <= LOCAL_CHARACTERS_MAX &&
    LOCAL.test(local) &&
    labels.length >= 2 &&
    labels.every((label) => LABEL.test(label))
  );
}

/** Never the entry itself: what people paste into the wrong place gets into logs. */
function described(entry: unknown): string {
  if (typeof entry === 'string') return `a text of ${entry.trim().length} characters`;
  return entry === null || typeof entry !== 'object' ? `a ${typeof entry}` : 'an object';
}

function broken(condition: Condition): ListDesired {
  return { state: 'broken', conditions: [condition] };
}
