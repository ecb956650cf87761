/** Real snapshots nest about fifteen deep. */
const DEPTH_MAX = 64;
/** AWS keeps no text longer than a task definition of 64 KiB. */
const TEXT_CHARACTERS_MAX = 65_536;
const NAME_CHARACTERS_MAX = 2_048;
const VALUES_MAX = 5_000_000;

/** The one name that JavaScript gives a meaning of its own wherever it is assigned. */
const FORBIDDEN = '__proto__';

/**
 * Says what of a parsed JSON document nobody could have recorded; undefined when all is well. It needs no stack,
 * however deep the document is.
 */
export function findHostility(document: unknown): string | undefined {
  const open: Array<{ readonly value: unknown; readonly depth: number }> = [{ value: document, depth: 0 }];
  for (let looked = 0; ; looked += 1) {
    const next = open.pop();
    if (next === undefined) return undefined;
    if (looked >= VALUES_MAX) return `it has more than ${VALUES_MAX} values`;
    const { value, depth } = next;
    if (typeof value === 'string' && value.length > TEXT_CHARACTERS_MAX) {
      return `it has a text of ${value.length} characters; ${TEXT_CHARACTERS_MAX} are allowed`;
    }
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= DEPTH_MAX) return `it is nested more than ${DEPTH_MAX} deep`;
    const problem = nameProblem(value);
    if (problem !== undefined) return problem;
    for (const member of Object.values(value)) open.push({ value: member, depth: depth + 1 });
  }
}

function nameProblem(value: object): string | undefined {
  if (Array.isArray(value)) return undefined;
  for (const name of Object.keys(value)) {
    if (name === FORBIDDEN) return `"${FORBIDDEN}" may not be the name of anything in it`;
    if (name.length > NAME_CHARACTERS_MAX) {
      return `it has a name of ${name.length} characters; ${NAME_CHARACTERS_MAX} are allowed`;
    }
  }
  return undefined;
}
