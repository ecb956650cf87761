import type { Condition } from '../../reconcile/plan.ts';
import type { Parameter, Reading } from '../../reconcile/reading.ts';
import { invalid, remark, restoreCommand } from './wording.ts';

/** A standard parameter holds 4,096 bytes; from here on the next edit may be refused. */
const NEAR_LIMIT_BYTES = 3_700;

/** What a person is told when a document cannot be used. */
export interface DocumentTexts {
  /** What happens meanwhile: `Sizes and counts stay as they are until it is corrected.` */
  readonly now: string;
  /** What it should look like: `a JSON object {"web": {…}}`. */
  readonly allowed: string;
  /** What to type to put a good one. */
  readonly command: string;
}

/**
 * A document after reading: `broken` means it is there, or may be there, and cannot be used: what was known
 * before stays in force. Only `absent` means that nobody wishes anything.
 */
export type Opened<T = unknown> =
  | {
      readonly state: 'found';
      readonly value: T;
      readonly parameter: Parameter;
      readonly remarks: readonly Condition[];
    }
  | { readonly state: 'absent' }
  | { readonly state: 'broken'; readonly conditions: readonly Condition[] };

/** Checks that a parameter was read, has the right type and holds JSON. */
export function openJson(name: string, reading: Reading<Parameter>, texts: DocumentTexts): Opened {
  const text = openText(name, reading, texts);
  if (text.state !== 'found') return text;
  const { parameter } = text;
  try {
    const value: unknown = JSON.parse(parameter.value);
    return { state: 'found', value, parameter, remarks: remarksOn(parameter) };
  } catch (error) {
    const found = jsonMistake(error, parameter.value);
    const command = restoreCommand(parameter) ?? texts.command;
    const mistake = { parameter, reason: 'NotJson', found, ...texts, command };
    return { state: 'broken', conditions: [invalid(mistake)] };
  }
}

/** Checks that a parameter was read and is a String. */
export function openText(name: string, reading: Reading<Parameter>, texts: DocumentTexts): Opened<string> {
  if (reading.state === 'absent') return { state: 'absent' };
  if (reading.state === 'unreadable')
    return { state: 'broken', conditions: [unreadableParameter(name, reading, texts)] };
  const parameter = reading.value;
  if (parameter.type === 'String') return { state: 'found', value: parameter.value, parameter, remarks: [] };
  const mistake = {
    parameter,
    reason: 'WrongType',
    found: `a ${parameter.type}`,
    allowed: `a String with ${texts.allowed}`,
    now: texts.now,
    // Parameter Store does not change the type of a parameter that exists.
    command: `aws ssm delete-parameter --name ${name} && ${texts.command}`,
  };
  return { state: 'broken', conditions: [invalid(mistake)] };
}

function unreadableParameter(
  name: string,
  reading: Reading<Parameter> & { state: 'unreadable' },
  texts: DocumentTexts,
): Condition {
  const { failure } = reading;
  const next =
    failure.kind === 'denied'
      ? `Allow trimtab's role ssm:GetParameters on ${name}.`
      : 'trimtab tries again by itself.';
  return {
    type: 'Readable',
    status: 'False',
    reason: failure.code,
    message: `${name} could not be read: ${failure.message} ${texts.now} ${next}`,
    parameter: name,
  };
}

/** Says where JSON breaks without repeating any of it. */
function jsonMistake(error: unknown, text: string): string {
  const message = error instanceof Error ? error.message : '';
  const position = /position (\d+)/.exec(message)?.[1];
  const atEnd = Number(position) >= text.trimEnd().length || /unexpected end|unterminated/i.test(message);
  if (atEnd) return `not JSON: it ends in the middle, after ${text.length} characters`;
  return position === undefined ? 'not JSON' : `not JSON: it breaks at character ${Number(position) + 1}`;
}

function remarksOn(parameter: Parameter): Condition[] {
  const remarks: Condition[] = [];
  const bytes = Buffer.byteLength(parameter.value);
  if (bytes > NEAR_LIMIT_BYTES) {
    const text = `${parameter.name} has ${bytes} bytes. A standard parameter holds 4096; beyond that a write is refused unless the parameter is of the advanced tier.`;
    remarks.push(remark(parameter, 'NearLimit', text));
  }
  const twice = repeatedKeys(parameter.value);
  if (twice.length > 0) {
    const text = `${parameter.name} says ${twice.map((key) => `"${key}"`).join(', ')} more than once; the last one counts. Remove the others.`;
    remarks.push(remark(parameter, 'RepeatedKey', text));
  }
  return remarks;
}

/**
 * Keys that an object of valid JSON has twice, which `JSON.parse` does not tell. At most five, and only keys
 * that look like names.
 */
function repeatedKeys(json: string): readonly string[] {
  const repeated = new Set<string>();
  const open: Set<string>[] = [];
  let before = '';
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const keys = open.at(-1);
      if (keys?.has(before)) repeated.add(before.slice(1, -1));
      keys?.add(before);
    }
    before = token;
  }
  return [...repeated].filter((key) => /^[\w-]{1,60}$/.test(key)).slice(0, 5);
}
