import type { Build } from '../../aws/build-shapes.ts';
import { type BuildRecord, buildRecordKey, parseBuildItem } from '../../store/builds.ts';
import type { ReleaseRecord, ReleaseSpec } from '../../store/releases.ts';
import type { Content } from './asking.ts';
import type { BuildMemory } from './memory.ts';
import type { ReadFacts } from './observed.ts';

/** One thing that asks to be released, from the start of its build until its record is closed. */
export interface Request {
  /** `build:<id>` or `parameter:<name>@<version>` */
  readonly source: string;
  /** When it was asked for; the younger wins. */
  readonly sequence: number;
  readonly build?: Build;
  /** What is in the table; absent before the first write. */
  readonly stored?: BuildRecord;
  /** What the table should say of what CodeBuild shows. */
  readonly record: BuildRecord;
  /** What it would deploy; of one that is being released, what the release record says. */
  readonly content: Content;
  readonly spec?: ReleaseSpec;
  /** The review app does not want it. */
  readonly unwanted: boolean;
}

/** What requests are found in. */
export interface Known {
  readonly facts: ReadFacts;
  readonly memory: BuildMemory;
  readonly release: ReleaseRecord | undefined;
  readonly records: readonly BuildRecord[];
  readonly now: number;
}

/** The request the release record is about: the one being prepared or released, else the one being rolled out. */
export function activeIn(release: ReleaseRecord | undefined): ReleaseSpec | undefined {
  if (release?.candidate !== undefined) return release.candidate;
  const { current, decided } = release ?? {};
  return current !== undefined && current.sequence > (decided?.sequence ?? 0) ? current : undefined;
}

/** The youngest request that the release record knows: what is older is not carried out any more. */
export function floorOf(release: ReleaseRecord | undefined): number {
  return Math.max(release?.decided?.sequence ?? 0, release?.current?.sequence ?? 0);
}

/** The records of the table that can be read, by their source. */
export function recordsIn(facts: Pick<ReadFacts, 'records'>): readonly BuildRecord[] {
  if (facts.records.state !== 'found') return [];
  return facts.records.value.flatMap((item) => {
    const parsed = parseBuildItem(item);
    return parsed.ok ? [parsed.value] : [];
  });
}

/** The source of a record; one that AppPack wrote has only the build's ARN to tell. */
export function sourceOf({ source, phases }: BuildRecord): string | undefined {
  if (source !== undefined) return source;
  const [arn] = phases.build?.arns ?? [];
  return arn === undefined ? undefined : `build:${arn.slice(arn.indexOf('/') + 1)}`;
}

/** What the release record says of a request goes before what would be made of it now. */
export function released(
  source: string,
  { release }: Known,
  content: Content,
): Pick<Request, 'content' | 'spec'> {
  const spec = [release?.candidate, activeIn(release)].find((one) => one?.source === source);
  return spec === undefined ? { content } : { spec, content: { state: 'usable', value: spec } };
}

/** Where the record of a release lies: a build's under its number, a parameter's behind the last build before it. */
export function recordKeyOf(
  { source, buildNumber }: Pick<ReleaseSpec, 'source' | 'buildNumber'>,
  app: string,
) {
  const version = /^parameter:.*@(\d+)$/.exec(source)?.[1];
  return buildRecordKey(app, buildNumber, version === undefined ? undefined : Number(version));
}
