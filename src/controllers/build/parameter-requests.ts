import { type BuildRecord, closingOf } from '../../store/builds.ts';
import { type Asked, askedByParameter, type Content } from './asking.ts';
import { activeIn, floorOf, type Known, type Request, recordKeyOf, released } from './known.ts';

/** What the `release` parameter asks for, and what it asked for before that is not over yet. */
export function parameterRequests(known: Known): readonly Request[] {
  const { facts, release, records } = known;
  const name = facts.names.parameters.release;
  const { asked } = askedByParameter(name === undefined ? undefined : facts.parameters.get(name));
  const active = activeIn(release);
  const open = records.filter((record) => isOpenParameter(record) || record.source === active?.source);
  const older = open
    .filter((record) => record.source?.startsWith('parameter:') === true && record.source !== asked?.source)
    .map((record) => parameterRequest(record.source ?? '', record, undefined, known));
  if (asked === undefined) return older;
  const stored = records.find((record) => record.source === asked.source);
  const isOver = stored !== undefined && closingOf(stored) !== undefined && asked.source !== active?.source;
  const isPast =
    stored === undefined && asked.sequence <= floorOf(release) && asked.source !== active?.source;
  if (isOver || isPast) return older;
  return [...older, parameterRequest(asked.source, stored, asked, known)];
}

function isOpenParameter(record: BuildRecord): boolean {
  return record.source?.startsWith('parameter:') === true && closingOf(record) === undefined;
}

function parameterRequest(
  source: string,
  stored: BuildRecord | undefined,
  asked: Asked | undefined,
  known: Known,
): Request {
  const spec = activeIn(known.release);
  const number = spec?.source === source ? spec.buildNumber : lastNumber(known);
  const fresh: BuildRecord = {
    key: recordKeyOf({ source, buildNumber: number }, known.facts.names.app),
    revision: 0,
    app: known.facts.names.app,
    buildNumber: number,
    source,
    phases: {},
  };
  const reason = `${source.replace(/^parameter:/, '')} is gone: the parameter is of another version by now.`;
  const gone: Content = { state: 'broken', reason };
  return {
    source,
    sequence: asked?.sequence ?? (spec?.source === source ? spec.sequence : 0),
    ...(stored === undefined ? {} : { stored }),
    record: stored ?? fresh,
    ...released(source, known, asked?.content ?? gone),
    unwanted: false,
  };
}

/** The number of the last build there was; 0 where nothing was ever built. */
function lastNumber({ facts, records }: Known): number {
  const numbers = facts.builds.state === 'found' ? facts.builds.value.map(({ number }) => number) : [];
  return Math.max(0, ...numbers, ...records.map(({ buildNumber }) => buildNumber));
}
