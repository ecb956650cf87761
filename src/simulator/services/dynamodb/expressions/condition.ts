import { compareValues } from '../compare.ts';
import { type Path, showPath } from '../paths.ts';
import { ATTRIBUTE_TYPES, type AttributeValue, typeOf } from '../values.ts';
import { ExpressionParser } from './parser.ts';
import type { Placeholders } from './placeholders.ts';

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** What conditions compare: a part of the item, a given value, or the size of a part. */
export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'size'; readonly of: Operand };

/** A condition or filter. Source: DynamoDB Expressions.OperatorsAndFunctions.html */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly condition: Condition }
  | {
      readonly kind: 'compare';
      readonly comparator: Comparator;
      readonly left: Operand;
      readonly right: Operand;
    }
  | { readonly kind: 'between'; readonly operand: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly operand: Operand; readonly options: readonly Operand[] }
  | { readonly kind: 'exists'; readonly path: Path; readonly wanted: boolean }
  | { readonly kind: 'type'; readonly operand: Operand; readonly type: string }
  | { readonly kind: 'beginsWith'; readonly operand: Operand; readonly prefix: Operand }
  | { readonly kind: 'contains'; readonly operand: Operand; readonly member: Operand };

/** Part of an expression while it is read: parentheses may turn out to hold either. */
type Node = Operand | Condition;

const COMPARATORS: readonly string[] = ['=', '<>', '<', '<=', '>', '>='];
const ORDERED_TYPES: readonly string[] = ['S', 'N', 'B'];
const SIZELESS_TYPES: readonly string[] = ['N', 'BOOL', 'NULL'];
const OPTIONS_MAX = 100;

const OPERAND_COUNTS = new Map([
  ['attribute_exists', 1],
  ['attribute_not_exists', 1],
  ['attribute_type', 2],
  ['begins_with', 2],
  ['contains', 2],
  ['size', 1],
]);

/** Reads a condition; `kind` is the member it came in. */
export function parseCondition(kind: string, source: string, placeholders: Placeholders): Condition {
  const reader = new ConditionReader(new ExpressionParser(kind, source, placeholders));
  return reader.read();
}

function isOperand(node: Node): node is Operand {
  return node.kind === 'path' || node.kind === 'value' || node.kind === 'size';
}

class ConditionReader {
  private readonly parser: ExpressionParser;
  /** Nodes that stood in parentheses of their own. */
  private readonly grouped = new WeakSet<Node>();

  constructor(parser: ExpressionParser) {
    this.parser = parser;
  }

  read(): Condition {
    const condition = this.condition(this.or());
    this.parser.expectEnd();
    return condition;
  }

  private or(): Node {
    let left = this.and();
    while (this.parser.takeKeyword('OR')) {
      left = { kind: 'or', left: this.condition(left), right: this.condition(this.and()) };
    }
    return left;
  }

  private and(): Node {
    let left = this.not();
    while (this.parser.takeKeyword('AND')) {
      left = { kind: 'and', left: this.condition(left), right: this.condition(this.not()) };
    }
    return left;
  }

  private not(): Node {
    if (!this.parser.takeKeyword('NOT')) return this.comparison();
    return this.parser.nested(() => ({ kind: 'not', condition: this.condition(this.not()) }));
  }

  private comparison(): Node {
    const left = this.primary();
    const { text } = this.parser.peek();
    if (COMPARATORS.includes(text)) {
      this.parser.next();
      return this.compare(text as Comparator, this.operand(left), this.operand(this.primary())); // It is in the list.
    }
    if (this.parser.takeKeyword('BETWEEN')) return this.between(this.operand(left));
    if (this.parser.takeKeyword('IN')) return this.in(this.operand(left));
    return left;
  }

  private compare(comparator: Comparator, left: Operand, right: Operand): Condition {
    this.refuseSame(comparator, left, right);
    if (comparator !== '=' && comparator !== '<>') {
      for (const operand of [left, right]) this.requireType(comparator, operand, ORDERED_TYPES);
    }
    return { kind: 'compare', comparator, left, right };
  }

  private between(operand: Operand): Condition {
    const low = this.operand(this.primary());
    if (!this.parser.takeKeyword('AND')) throw this.parser.syntaxError();
    const high = this.operand(this.primary());
    if (low.kind === 'value' && high.kind === 'value') this.checkBounds(low.value, high.value);
    return { kind: 'between', operand, low, high };
  }

  private checkBounds(low: AttributeValue, high: AttributeValue): void {
    const shown = `lower bound operand: AttributeValue: ${show(low)}, upper bound operand: AttributeValue: ${show(high)}`;
    if (typeOf(low) !== typeOf(high)) {
      throw this.parser.error(
        `The BETWEEN operator requires same data type for lower and upper bounds; ${shown}`,
      );
    }
    if ((compareValues(low, high) ?? 0) <= 0) return;
    throw this.parser.error(
      `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${shown}`,
    );
  }

  private in(operand: Operand): Condition {
    this.parser.expectSymbol('(');
    const options = this.parser.list(() => this.operand(this.primary()));
    this.parser.expectSymbol(')');
    if (options.length > OPTIONS_MAX) {
      throw this.parser.error(
        `The IN operator is provided with too many operands; number of operands: ${options.length}`,
      );
    }
    return { kind: 'in', operand, options };
  }

  private primary(): Node {
    if (this.parser.takeSymbol('(')) return this.group();
    if (this.parser.isCall()) return this.call();
    if (this.parser.peek().kind === 'value') return { kind: 'value', value: this.parser.value() };
    return { kind: 'path', path: this.parser.path() };
  }

  private group(): Node {
    const node = this.parser.nested(() => this.or());
    this.parser.expectSymbol(')');
    if (this.grouped.has(node)) throw this.parser.error('The expression has redundant parentheses;');
    this.grouped.add(node);
    return node;
  }

  private call(): Node {
    const name = this.parser.next().text;
    this.parser.expectSymbol('(');
    const count = OPERAND_COUNTS.get(name);
    if (count === undefined) throw this.parser.error(`Invalid function name; function: ${name}`);
    const operands = this.parser.nested(() => this.parser.list(() => this.operand(this.primary())));
    this.parser.expectSymbol(')');
    const [first, second] = operands;
    if (operands.length !== count || first === undefined) {
      throw this.parser.error(
        `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
      );
    }
    return second === undefined ? this.unary(name, first) : this.binary(name, first, second);
  }

  private unary(name: string, operand: Operand): Node {
    if (name === 'size') {
      this.refuseType(name, operand, SIZELESS_TYPES);
      return { kind: 'size', of: operand };
    }
    if (operand.kind === 'path') {
      return { kind: 'exists', path: operand.path, wanted: name === 'attribute_exists' };
    }
    throw this.parser.error(`Operator or function requires a document path; operator or function: ${name}`);
  }

  private binary(name: string, first: Operand, second: Operand): Condition {
    this.refuseSame(name, first, second);
    if (name === 'contains') return { kind: 'contains', operand: first, member: second };
    if (name === 'begins_with') {
      for (const operand of [first, second]) this.requireType(name, operand, ['S', 'B']);
      return { kind: 'beginsWith', operand: first, prefix: second };
    }
    return { kind: 'type', operand: first, type: this.typeName(second) };
  }

  /** The second operand of attribute_type: a given text that names a type. */
  private typeName(operand: Operand): string {
    const value = operand.kind === 'value' ? operand.value : undefined;
    if (value === undefined || !('S' in value)) {
      const found = value === undefined ? '{NS,SS,L,BS,N,M,B,BOOL,NULL,S}' : typeOf(value);
      throw this.incorrectType('attribute_type', found);
    }
    const type = ATTRIBUTE_TYPES.find((known) => known === value.S);
    if (type !== undefined) return type;
    throw this.parser.error(
      `Invalid attribute type name found; type: ${value.S}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`,
    );
  }

  private condition(node: Node): Condition {
    if (!isOperand(node)) return node;
    if (node.kind === 'size') throw this.misused('size');
    throw this.parser.syntaxError();
  }

  private operand(node: Node): Operand {
    if (isOperand(node)) return node;
    const name = functionName(node);
    throw name === undefined ? this.parser.syntaxError() : this.misused(name);
  }

  private requireType(name: string, operand: Operand, types: readonly string[]): void {
    const type = staticType(operand);
    if (type !== undefined && !types.includes(type)) throw this.incorrectType(name, type);
  }

  private refuseType(name: string, operand: Operand, types: readonly string[]): void {
    const type = staticType(operand);
    if (type !== undefined && types.includes(type)) throw this.incorrectType(name, type);
  }

  private refuseSame(name: string, first: Operand, second: Operand): void {
    if (first.kind !== 'path' || second.kind !== 'path') return;
    if (showPath(first.path) !== showPath(second.path)) return;
    throw this.parser.error(
      `The first operand must be distinct from the remaining operands for this operator or function; operator: ${name}, first operand: ${showPath(first.path)}`,
    );
  }

  private incorrectType(name: string, type: string) {
    return this.parser.error(
      `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
    );
  }

  private misused(name: string) {
    return this.parser.error(
      `The function is not allowed to be used this way in an expression; function: ${name}`,
    );
  }
}

function functionName(condition: Condition): string | undefined {
  if (condition.kind === 'exists') return condition.wanted ? 'attribute_exists' : 'attribute_not_exists';
  if (condition.kind === 'type') return 'attribute_type';
  if (condition.kind === 'beginsWith') return 'begins_with';
  return condition.kind === 'contains' ? 'contains' : undefined;
}

function staticType(operand: Operand): string | undefined {
  if (operand.kind === 'size') return 'N';
  return operand.kind === 'value' ? typeOf(operand.value) : undefined;
}

function show(value: AttributeValue): string {
  const [[type, content] = []] = Object.entries(value);
  return `{${type}:${typeof content === 'string' ? content : JSON.stringify(content)}}`;
}
