import type { Parameter, Reading } from '../../reconcile/reading.ts';
import type { Item } from '../../store/table.ts';
import { parseDesired } from './desired.ts';
import { type AppNames, type Cut, type DocumentRole, type Naming, namesOf } from './names.ts';
import type { RivalClaim } from './services/observed.ts';

/** The documents that can claim a service for an app. */
const CLAIMING: readonly DocumentRole[] = ['scaling', 'release', 'pipelineScaling', 'reviewApp'];

/** Where another app says which services are its own; undefined for a name that can be no app. */
export interface RivalPlaces {
  readonly names: AppNames;
  readonly parameters: readonly string[];
}

export function placesOf(app: string, naming: Naming): RivalPlaces | undefined {
  const names = namesOf(app, naming);
  if ('invalid' in names) return undefined;
  return { names, parameters: CLAIMING.flatMap((role) => names.documents[role] ?? []) };
}

/** Whether an app's own records name the process; not known when one that might cannot be used. */
export function judgeRival(
  cut: Cut,
  names: AppNames,
  parameters: ReadonlyMap<string, Reading<Parameter>>,
  deployStatus: Reading<Item>,
): RivalClaim {
  const absent = { state: 'absent' } as const;
  const items = { settings: absent, ecsConfig: absent, deployStatus };
  const documents = { parameters, configs: [], ...items, releaseRecord: absent, reviewSettings: absent };
  const { scaling, release, deployStatus: deployed } = parseDesired(documents, names);
  const records = [scaling, release, deployed];
  if (records.some((record) => record.named.includes(cut.process))) return { ...cut, claims: 'yes' };
  const broken = records.find((record) => record.state === 'broken');
  if (broken === undefined) return { ...cut, claims: 'no' };
  const place = broken.conditions.find(({ status }) => status === 'False');
  const because = `${place?.parameter ?? place?.resource ?? 'a record of it'} cannot be used (${place?.reason ?? 'unknown'})`;
  return { ...cut, claims: 'unknown', because };
}
