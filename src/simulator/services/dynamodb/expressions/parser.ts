import type { AwsError } from '../../../errors.ts';
import { invalid } from '../errors.ts';
import type { Path } from '../paths.ts';
import type { AttributeValue } from '../values.ts';
import type { Placeholders } from './placeholders.ts';
import { isReserved } from './reserved.ts';
import { type Token, tokenize } from './tokens.ts';

/** Source: DynamoDB ServiceQuotas.html, expression parameters */
const EXPRESSION_BYTES_MAX = 4096;
const DEPTH_MAX = 100;

const NOTHING: Token = { kind: 'end', text: '<EOF>', start: 0, end: 0 };

/** Reads one expression token by token; knows paths and values, which all kinds of expressions have. */
export class ExpressionParser {
  private readonly kind: string;
  private readonly source: string;
  private readonly placeholders: Placeholders;
  private readonly tokens: readonly Token[];
  private readonly end: Token;
  private position = 0;
  private depth = 0;

  /** @param kind the member the expression came in, for messages */
  constructor(kind: string, source: string, placeholders: Placeholders) {
    this.kind = kind;
    this.source = source;
    this.placeholders = placeholders;
    if (source.trim() === '') throw this.error('The expression can not be empty;');
    const bytes = Buffer.byteLength(source, 'utf8');
    if (bytes > EXPRESSION_BYTES_MAX) {
      throw this.error(`Expression size has exceeded the maximum allowed size; expression size: ${bytes}`);
    }
    this.tokens = tokenize(source);
    this.end = this.tokens.at(-1) ?? NOTHING;
  }

  /** The token `ahead` of the current one. */
  peek(ahead = 0): Token {
    return this.tokens[this.position + ahead] ?? this.end;
  }

  next(): Token {
    const token = this.peek();
    this.position += 1;
    return token;
  }

  isSymbol(text: string): boolean {
    const token = this.peek();
    return token.kind === 'symbol' && token.text === text;
  }

  /** Takes the symbol if it comes next. */
  takeSymbol(text: string): boolean {
    if (!this.isSymbol(text)) return false;
    this.position += 1;
    return true;
  }

  expectSymbol(text: string): void {
    if (!this.takeSymbol(text)) throw this.syntaxError();
  }

  /** The keyword that comes next, in capitals, if it is one of `words`. */
  keyword(words: readonly string[]): string | undefined {
    const { kind, text } = this.peek();
    if (kind !== 'word') return undefined;
    const upper = text.toUpperCase();
    return words.includes(upper) ? upper : undefined;
  }

  takeKeyword(word: string): boolean {
    if (this.keyword([word]) === undefined) return false;
    this.position += 1;
    return true;
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') throw this.syntaxError();
  }

  /** Whether a function call comes next. */
  isCall(): boolean {
    return this.peek().kind === 'word' && this.peek(1).text === '(';
  }

  /** Reads `item (, item)*`. */
  list<Item>(readOne: () => Item): Item[] {
    const items = [readOne()];
    while (this.takeSymbol(',')) items.push(readOne());
    return items;
  }

  /** Reads something that may hold itself, and bounds how deep that goes. */
  nested<Result>(read: () => Result): Result {
    this.depth += 1;
    if (this.depth > DEPTH_MAX) throw this.error('The expression is nested too deeply;');
    const result = read();
    this.depth -= 1;
    return result;
  }

  path(): Path {
    const path: [string, ...(string | number)[]] = [this.pathStep()];
    for (;;) {
      if (this.takeSymbol('.')) {
        path.push(this.pathStep());
      } else if (this.takeSymbol('[')) {
        const index = this.next();
        if (index.kind !== 'number') throw this.syntaxError(index);
        path.push(Number(index.text));
        this.expectSymbol(']');
      } else {
        return path;
      }
    }
  }

  /** The value of the placeholder that comes next. */
  value(): AttributeValue {
    const token = this.next();
    if (token.kind !== 'value') throw this.syntaxError(token);
    const value = this.placeholders.value(token.text);
    if (value !== undefined) return value;
    throw this.error(
      `An expression attribute value used in expression is not defined; attribute value: ${token.text}`,
    );
  }

  error(message: string): AwsError {
    return invalid(`Invalid ${this.kind}: ${message}`);
  }

  /** Shows the token that does not fit, with its neighbours. */
  syntaxError(token: Token = this.peek()): AwsError {
    const index = this.tokens.indexOf(token);
    const first = this.tokens[Math.max(0, index - 1)] ?? token;
    const last = this.tokens[Math.min(this.tokens.length - 1, index + 1)] ?? token;
    const near = this.source.slice(first.start, last.end).trim();
    return this.error(`Syntax error; token: "${token.text}", near: "${near}"`);
  }

  private pathStep(): string {
    const token = this.next();
    if (token.kind === 'name') {
      const name = this.placeholders.name(token.text);
      if (name !== undefined) return name;
      throw this.error(
        `An expression attribute name used in the document path is not defined; attribute name: ${token.text}`,
      );
    }
    if (token.kind !== 'word') throw this.syntaxError(token);
    if (!isReserved(token.text)) return token.text;
    throw this.error(`Attribute name is a reserved keyword; reserved keyword: ${token.text}`);
  }
}
