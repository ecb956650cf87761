import { compareValues, equalValues, membersOf } from '../compare.ts';
import { valueAt } from '../paths.ts';
import { type AttributeValue, type Item, typeOf } from '../values.ts';
import type { Comparator, Condition, Operand } from './condition.ts';

/** Whether `condition` holds for an item; for one that does not exist, give an empty one. */
export function holds(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case 'and':
      return holds(condition.left, item) && holds(condition.right, item);
    case 'or':
      return holds(condition.left, item) || holds(condition.right, item);
    case 'not':
      return !holds(condition.condition, item);
    case 'exists':
      return (valueAt(item, condition.path) !== undefined) === condition.wanted;
    case 'compare':
      return compares(condition.comparator, resolve(condition.left, item), resolve(condition.right, item));
    case 'between': {
      const value = resolve(condition.operand, item);
      const isAbove = compares('>=', value, resolve(condition.low, item));
      return isAbove && compares('<=', value, resolve(condition.high, item));
    }
    case 'in': {
      const value = resolve(condition.operand, item);
      return condition.options.some((option) => compares('=', value, resolve(option, item)));
    }
    case 'type': {
      const value = resolve(condition.operand, item);
      return value !== undefined && typeOf(value) === condition.type;
    }
    case 'beginsWith':
      return beginsWith(resolve(condition.operand, item), resolve(condition.prefix, item));
    case 'contains':
      return contains(resolve(condition.operand, item), resolve(condition.member, item));
  }
}

/** Values of different types are unequal and have no order; what is not there equals nothing. */
export function compares(
  comparator: Comparator,
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
): boolean {
  if (comparator === '<>') return !compares('=', left, right);
  if (left === undefined || right === undefined) return false;
  if (comparator === '=') return equalValues(left, right);
  const order = compareValues(left, right);
  if (order === undefined) return false;
  if (comparator === '<') return order < 0;
  if (comparator === '<=') return order <= 0;
  return comparator === '>' ? order > 0 : order >= 0;
}

/** Whether a text or binary value begins with another one. */
export function beginsWith(value: AttributeValue | undefined, prefix: AttributeValue | undefined): boolean {
  if (value === undefined || prefix === undefined) return false;
  if ('S' in value && 'S' in prefix) return value.S.startsWith(prefix.S);
  if (!('B' in value && 'B' in prefix)) return false;
  const wanted = Buffer.from(prefix.B, 'base64');
  return Buffer.from(value.B, 'base64').subarray(0, wanted.length).equals(wanted);
}

function contains(value: AttributeValue | undefined, member: AttributeValue | undefined): boolean {
  if (value === undefined || member === undefined) return false;
  if ('L' in value) return value.L.some((one) => equalValues(one, member));
  if ('S' in value && 'S' in member) return value.S.includes(member.S);
  if ('B' in value && 'B' in member) {
    return Buffer.from(value.B, 'base64').includes(Buffer.from(member.B, 'base64'));
  }
  const isSetOfIts = typeOf(value) === `${typeOf(member)}S`;
  return isSetOfIts && (membersOf(value)?.includes(String(Object.values(member)[0])) ?? false);
}

function resolve(operand: Operand, item: Item): AttributeValue | undefined {
  if (operand.kind === 'path') return valueAt(item, operand.path);
  if (operand.kind === 'value') return operand.value;
  const value = resolve(operand.of, item);
  const size = value === undefined ? undefined : sizeOf(value);
  return size === undefined ? undefined : { N: String(size) };
}

/** Source: DynamoDB Expressions.OperatorsAndFunctions.html, size */
function sizeOf(value: AttributeValue): number | undefined {
  if ('S' in value) return [...value.S].length;
  if ('B' in value) return Buffer.byteLength(value.B, 'base64');
  if ('L' in value) return value.L.length;
  if ('M' in value) return Object.keys(value.M).length;
  return membersOf(value)?.length;
}
