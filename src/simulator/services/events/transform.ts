import { compileJsonPath } from './json-path.ts';

/** Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html */
const PREDEFINED = [
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event.ingestion-time',
  'aws.events.event',
  'aws.events.event.json',
] as const;

const PLACEHOLDER = /<([A-Za-z0-9_.-]+)>/g;

/** An input transformer as a target has it. */
export interface InputTransformer {
  readonly inputPathsMap: ReadonlyMap<string, string>;
  readonly inputTemplate: string;
}

/** What a target's input is made from. */
export interface Occasion {
  readonly event: Readonly<Record<string, unknown>>;
  readonly ruleArn: string;
  readonly ruleName: string;
  readonly ingestedAt: number;
}

/** What is wrong with a transformer; nothing when EventBridge would take it. */
export function transformerProblem(transformer: InputTransformer): string | undefined {
  const names = [...transformer.inputPathsMap.keys()];
  const reserved = names.find((name) => /^aws/i.test(name));
  if (reserved !== undefined) return `contains the reserved variable ${reserved}`;
  const stray = placeholdersOf(transformer.inputTemplate).find(
    (name) => !names.includes(name) && !PREDEFINED.some((predefined) => predefined === name),
  );
  if (stray !== undefined) return `contains invalid placeholder ${stray}`;
  return isTemplate(transformer.inputTemplate) ? undefined : 'is not a valid JSON text';
}

/** Makes the input of a target for one event. */
type Transform = (occasion: Occasion) => string;

/**
 * Fills the template. In a value's place a text gets quotes and anything else is JSON; inside a text nothing
 * is escaped, and objects lose their quotes. What a path does not find is an empty text.
 */
export function transformInput(transformer: InputTransformer, occasion: Occasion): string {
  return compileTransformer(transformer)(occasion);
}

/** The same, for many events. */
export function compileTransformer(transformer: InputTransformer): Transform {
  const { inputTemplate: template } = transformer;
  const quoted = quotedPlaces(template);
  const parts: Transform[] = [];
  let end = 0;
  for (const match of template.matchAll(PLACEHOLDER)) {
    const text = template.slice(end, match.index);
    parts.push(() => text, filling(readerOf(transformer, match[1] ?? ''), quoted[match.index] === true));
    end = match.index + match[0].length;
  }
  const rest = template.slice(end);
  return (occasion) => parts.map((part) => part(occasion)).join('') + rest;
}

function filling(read: (occasion: Occasion) => unknown, isQuoted: boolean): Transform {
  return (occasion) => {
    const value = read(occasion) ?? '';
    if (!isQuoted) return JSON.stringify(value);
    return typeof value === 'string' ? value : JSON.stringify(value).replaceAll('"', '');
  };
}

function readerOf(transformer: InputTransformer, name: string): (occasion: Occasion) => unknown {
  switch (name) {
    case 'aws.events.rule-arn':
      return ({ ruleArn }) => ruleArn;
    case 'aws.events.rule-name':
      return ({ ruleName }) => ruleName;
    case 'aws.events.event.ingestion-time':
      return ({ ingestedAt }) => new Date(ingestedAt).toISOString();
    case 'aws.events.event':
      return ({ event: { detail: _without, ...event } }) => event;
    case 'aws.events.event.json':
      return ({ event }) => event;
    default: {
      const read = compileJsonPath(transformer.inputPathsMap.get(name) ?? '');
      return ({ event }) => read(event);
    }
  }
}

function placeholdersOf(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '');
}

/** Either JSON, or lines that are each a text in quotes. */
function isTemplate(template: string): boolean {
  const quoted = quotedPlaces(template);
  const filled = template.replace(PLACEHOLDER, (_match, _name, offset: number) =>
    quoted[offset] ? 'x' : 'null',
  );
  if (isJson(filled)) return true;
  const lines = filled.split('\n').filter((line) => line.trim() !== '');
  return lines.length > 0 && lines.every((line) => /^\s*"/.test(line) && isJson(line));
}

/** For each place of the template, whether it is inside a quoted text. */
function quotedPlaces(template: string): readonly boolean[] {
  let inside = false;
  let escaped = false;
  return [...template.split('')].map((character) => {
    if (escaped) escaped = false;
    else if (character === '\\') escaped = true;
    else if (character === '"') inside = !inside;
    return inside;
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
