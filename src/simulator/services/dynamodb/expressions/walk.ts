import type { Path } from '../paths.ts';
import type { Condition, Operand } from './condition.ts';

/** Every path a condition looks at. */
export function pathsOf(condition: Condition): readonly Path[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return [...pathsOf(condition.left), ...pathsOf(condition.right)];
    case 'not':
      return pathsOf(condition.condition);
    case 'exists':
      return [condition.path];
    case 'compare':
      return operandPaths([condition.left, condition.right]);
    case 'between':
      return operandPaths([condition.operand, condition.low, condition.high]);
    case 'in':
      return operandPaths([condition.operand, ...condition.options]);
    case 'type':
      return operandPaths([condition.operand]);
    case 'beginsWith':
      return operandPaths([condition.operand, condition.prefix]);
    case 'contains':
      return operandPaths([condition.operand, condition.member]);
  }
}

function operandPaths(operands: readonly Operand[]): readonly Path[] {
  return operands.flatMap((operand): readonly Path[] => {
    if (operand.kind === 'path') return [operand.path];
    return operand.kind === 'size' ? operandPaths([operand.of]) : [];
  });
}
