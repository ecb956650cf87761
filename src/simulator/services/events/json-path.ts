import { isDocument } from '../members.ts';

/**
 * The part of an event a JSON path means: dot notation, indices and `*`; nothing when it is not there.
 * Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function readJsonPath(event: unknown, path: string): unknown {
  return compileJsonPath(path)(event);
}

/** The same, for many events. */
export function compileJsonPath(path: string): (event: unknown) => unknown {
  if (!path.startsWith('$')) return () => undefined;
  const found = path.slice(1).match(/\.[^.[\]]+|\[(?:\d+|\*|'[^']*')\]/g) ?? [];
  if (found.join('') !== path.slice(1)) return path === '$.' ? (event) => event : () => undefined;
  const steps = found.map(stepName);
  return (event) => follow(event, steps);
}

function follow(value: unknown, steps: readonly string[]): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (step === '*') {
    const found = childrenOf(value).map((child) => follow(child, rest));
    return found.filter((child) => child !== undefined);
  }
  if (Array.isArray(value)) return /^\d+$/.test(step) ? follow(value[Number(step)], rest) : undefined;
  return isDocument(value) && Object.hasOwn(value, step) ? follow(value[step], rest) : undefined;
}

function childrenOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isDocument(value) ? Object.values(value) : [];
}

function stepName(step: string): string {
  if (step.startsWith('.')) return step.slice(1);
  return step.slice(1, -1).replace(/^'|'$/g, '');
}
