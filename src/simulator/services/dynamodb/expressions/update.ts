import { pathConflict, showPath } from '../paths.ts';
import { typeOf } from '../values.ts';
import type { SetValue, UpdateAction } from './actions.ts';
import { recallUpdate, rememberUpdate } from './known-updates.ts';
import { ExpressionParser } from './parser.ts';
import type { Placeholders } from './placeholders.ts';

const SECTIONS = ['SET', 'REMOVE', 'ADD', 'DELETE'];

const TYPE_NAMES = new Map([
  ['S', 'STRING'],
  ['N', 'NUMBER'],
  ['B', 'BINARY'],
  ['NULL', 'NULL'],
  ['BOOL', 'BOOLEAN'],
  ['L', 'LIST'],
  ['M', 'MAP'],
]);

/** Reads an update expression. Source: DynamoDB Expressions.UpdateExpressions.html */
export function parseUpdate(source: string, placeholders: Placeholders): readonly UpdateAction[] {
  const recalled = recallUpdate(source, placeholders);
  if (recalled !== undefined) return recalled;
  const actions = new UpdateReader(new ExpressionParser('UpdateExpression', source, placeholders)).read();
  rememberUpdate(source, placeholders, actions);
  return actions;
}

class UpdateReader {
  private readonly parser: ExpressionParser;

  constructor(parser: ExpressionParser) {
    this.parser = parser;
  }

  read(): readonly UpdateAction[] {
    const actions: UpdateAction[] = [];
    const seen = new Set<string>();
    while (this.parser.peek().kind !== 'end') {
      const section = this.parser.keyword(SECTIONS);
      if (section === undefined) throw this.parser.syntaxError();
      this.parser.next();
      if (seen.has(section)) {
        throw this.parser.error(`The "${section}" section can only be used once in an update expression;`);
      }
      seen.add(section);
      actions.push(...this.parser.list(() => this.action(section)));
    }
    this.refuseConflicts(actions);
    return actions;
  }

  private action(section: string): UpdateAction {
    const path = this.parser.path();
    if (section === 'REMOVE') return { kind: 'remove', path };
    if (section === 'SET') {
      this.parser.expectSymbol('=');
      return { kind: 'set', path, value: this.sum() };
    }
    const value = this.parser.value();
    const type = TYPE_NAMES.get(typeOf(value));
    if (type !== undefined && !(section === 'ADD' && type === 'NUMBER')) {
      throw this.parser.error(
        `Incorrect operand type for operator or function; operator: ${section}, operand type: ${type}`,
      );
    }
    return { kind: section === 'ADD' ? 'add' : 'delete', path, value };
  }

  private sum(): SetValue {
    const left = this.operand();
    if (!this.parser.isSymbol('+') && !this.parser.isSymbol('-')) return left;
    const operator = this.parser.next().text;
    const right = this.operand();
    for (const operand of [left, right]) this.requireType(operator, operand, 'N');
    return { kind: 'sum', sign: operator === '+' ? 1n : -1n, left, right };
  }

  private operand(): SetValue {
    if (this.parser.takeSymbol('(')) {
      const value = this.parser.nested(() => this.sum());
      this.parser.expectSymbol(')');
      return value;
    }
    if (this.parser.isCall()) return this.call();
    if (this.parser.peek().kind === 'value') return { kind: 'value', value: this.parser.value() };
    return { kind: 'path', path: this.parser.path() };
  }

  private call(): SetValue {
    const name = this.parser.next().text;
    if (name !== 'if_not_exists' && name !== 'list_append') {
      throw this.parser.error(`Invalid function name; function: ${name}`);
    }
    this.parser.expectSymbol('(');
    const operands = this.parser.nested(() => this.parser.list(() => this.operand()));
    this.parser.expectSymbol(')');
    const [first, second] = operands;
    if (operands.length !== 2 || first === undefined || second === undefined) {
      throw this.parser.error(
        `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
      );
    }
    if (name === 'list_append') {
      for (const operand of [first, second]) this.requireType(name, operand, 'L');
      return { kind: 'listAppend', first, second };
    }
    if (first.kind === 'path') return { kind: 'ifNotExists', path: first.path, otherwise: second };
    throw this.parser.error(`Operator or function requires a document path; operator or function: ${name}`);
  }

  private requireType(name: string, operand: SetValue, wanted: string): void {
    const type = operand.kind === 'value' ? typeOf(operand.value) : wanted;
    if (type === wanted) return;
    throw this.parser.error(
      `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
    );
  }

  /** No two actions may touch the same part of an item. */
  private refuseConflicts(actions: readonly UpdateAction[]): void {
    const attributes = new Set(actions.map(({ path }) => path[0]));
    if (attributes.size === actions.length) return;
    for (const [index, { path }] of actions.entries()) {
      for (const { path: earlier } of actions.slice(0, index)) {
        const conflict = pathConflict(earlier, path);
        if (conflict === undefined) continue;
        const how = conflict === 'overlap' ? 'overlap' : 'conflict';
        throw this.parser.error(
          `Two document paths ${how} with each other; must remove or rewrite one of these paths; path one: ${showPath(earlier)}, path two: ${showPath(path)}`,
        );
      }
    }
  }
}
