import { memo } from '../../../memo.ts';

/** A piece of an expression, and where it stands. */
export interface Token {
  readonly kind: 'word' | 'name' | 'value' | 'number' | 'symbol' | 'end' | 'unknown';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const TOKEN =
  /(?<word>[A-Za-z_]\w*)|(?<name>#\w+)|(?<value>:\w+)|(?<number>\d+)|(?<symbol><>|<=|>=|[=<>(),.[\]+-])|(?<unknown>[^\s])/gy;

/** Programs have few expressions and say them again and again. */
const KNOWN_MAX = 1000;

/** Cuts an expression into tokens; what belongs nowhere becomes a token of its own. The last one is the end. */
export const tokenize: (expression: string) => readonly Token[] = memo(KNOWN_MAX, cutUp);

function cutUp(expression: string): readonly Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < expression.length) {
    const blank = /\s+/y;
    blank.lastIndex = position;
    position += blank.exec(expression)?.[0].length ?? 0;
    TOKEN.lastIndex = position;
    const found = TOKEN.exec(expression);
    if (found === null) break;
    tokens.push({ kind: kindOf(found), text: found[0], start: position, end: TOKEN.lastIndex });
    position = TOKEN.lastIndex;
  }
  tokens.push({ kind: 'end', text: '<EOF>', start: expression.length, end: expression.length });
  return tokens;
}

function kindOf(found: RegExpExecArray): Token['kind'] {
  const [kind] = Object.entries(found.groups ?? {}).find(([, text]) => text !== undefined) ?? [];
  return (kind ?? 'unknown') as Token['kind']; // The groups are named by the kinds.
}
