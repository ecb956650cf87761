import { createRecall } from '../../reconcile/recall.ts';
import { sameData } from '../../reconcile/same.ts';
import { type AppDesired, type Documents, parseDesired } from './desired.ts';
import { type AppNames, type Naming, namesOf } from './names.ts';

/** So many apps are remembered, with the few kilobytes of each one's records. */
const PARSED_MAX = 2_000;

/** Names and records of apps, parsed. Parsing is pure, so what is the same as last time is not parsed again. */
export interface Parsed {
  names(app: string): ReturnType<typeof namesOf>;
  desired(documents: Documents, names: AppNames): AppDesired;
}

export function createParsed(naming: Naming, max: number = PARSED_MAX): Parsed {
  const names = createRecall<ReturnType<typeof namesOf>>(max);
  const records = createRecall<{ readonly documents: Documents; readonly desired: AppDesired }>(max);
  return {
    names(app) {
      const known = names.get(app);
      if (known !== undefined) return known;
      const made = namesOf(app, naming);
      names.set(app, made);
      return made;
    },
    desired(documents, of) {
      const known = records.get(of.app);
      if (known !== undefined && sameData(known.documents, documents)) return known.desired;
      const kept = known === undefined ? documents : withKnown(documents, known.documents);
      const desired = parseDesired(kept, of);
      records.set(of.app, { documents: kept, desired });
      return desired;
    },
  };
}

/** Parameters that are the same as before are those of before: what was made of one of them is remembered with it. */
function withKnown(documents: Documents, before: Documents): Documents {
  const parameters = [...documents.parameters].map(([name, reading]) => {
    const known = before.parameters.get(name);
    return [name, known !== undefined && sameData(known, reading) ? known : reading] as const;
  });
  return { ...documents, parameters: new Map(parameters) };
}
