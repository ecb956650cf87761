import { type Path, pathConflict, showPath } from '../paths.ts';
import { ExpressionParser } from './parser.ts';
import type { Placeholders } from './placeholders.ts';

/** Reads a projection: paths that do not lie in one another. Source: DynamoDB Expressions.ProjectionExpressions.html */
export function parseProjection(source: string, placeholders: Placeholders): readonly Path[] {
  const parser = new ExpressionParser('ProjectionExpression', source, placeholders);
  const paths = parser.list(() => parser.path());
  parser.expectEnd();
  for (const [index, path] of paths.entries()) {
    for (const earlier of paths.slice(0, index)) {
      const conflict = pathConflict(earlier, path);
      if (conflict === undefined) continue;
      throw parser.error(
        `Two document paths ${conflict} with each other; must remove or rewrite one of these paths; path one: ${showPath(earlier)}, path two: ${showPath(path)}`,
      );
    }
  }
  return paths;
}
