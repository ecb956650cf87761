import type { Simulator } from '../../src/simulator/account.ts';
import type { LoggedCall } from '../../src/simulator/region.ts';
import type { Item } from './decoding.ts';
import { deployStatusViolations, violationsOf } from './invariants.ts';
import { type BuildStatus, decodeBuild } from './records.ts';
import { Sight } from './sight.ts';

/** Checks the CLI's records when they are written; what was found is in `found`, once each. */
export interface RecordChecker {
  /** Looks at what a call wrote, right after it did; gives the records that were not there before. */
  readonly hear: (call: LoggedCall) => readonly Written[];
  readonly found: string[];
  /** How many writes of records were looked at. */
  readonly checked: () => number;
}

/** The log is an array that only grows by `push`; nothing of the simulator changes by being listened to. */
export function listen(simulator: Simulator, hear: (call: LoggedCall) => void): void {
  const { calls } = simulator;
  const push = calls.push.bind(calls);
  calls.push = (...more: LoggedCall[]) => {
    const length = push(...more);
    for (const call of more) hear(call);
    return length;
  };
}

export function createChecker(simulator: Simulator): RecordChecker {
  const found: string[] = [];
  const told = new Set<string>();
  const before = new Map<string, BuildStatus | undefined>();
  let checked = 0;
  const tell = (about: string, violation: string, operation: string) => {
    if (told.has(`${about} ${violation}`)) return;
    told.add(`${about} ${violation}`);
    found.push(`${about} after ${operation}: ${violation}`);
  };
  const look = (call: LoggedCall, [partition, sort]: Written): boolean => {
    checked += 1;
    const sight = new Sight(simulator, call.account, call.region);
    const item = sight.item(partition, sort);
    const key = `${partition} ${sort}`;
    const place = `${call.account}/${call.region} ${key}`;
    const isNew = item !== undefined && !before.has(place);
    const last = before.get(place);
    before.set(place, decoded(item));
    if (item === undefined) return false;
    const violations = sort.startsWith('BUILD#')
      ? violationsOf(key, item, last, sight)
      : deployStatusViolations(item, (number) => buildOf(sight, partition, sort, number));
    for (const violation of violations) tell(key, violation, call.operation);
    return isNew;
  };
  const hear = (call: LoggedCall) => {
    for (const violation of tooEarly(simulator, call))
      tell(String(call.input.service), violation, call.operation);
    return recordsIn(call).filter((written) => look(call, written));
  };
  return { hear, found, checked: () => checked };
}

/** Where a record lies. */
export type Written = readonly [partition: string, sort: string];

/** Which records of the CLI a call may have written, whatever became of it. */
function recordsIn({ service, operation, input }: LoggedCall): readonly Written[] {
  if (service !== 'dynamodb' || !/^(Put|Update|Delete|Transact|BatchWrite)/.test(operation)) return [];
  const keys: Written[] = [];
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    const { primary_id: partition, secondary_id: sort } = value as Record<string, { readonly S?: string }>;
    if (partition?.S !== undefined && sort?.S !== undefined) keys.push([partition.S, sort.S]);
    else for (const member of Object.values(value)) visit(member);
  };
  visit(input.Key ?? input.Item ?? input.TransactItems ?? input.RequestItems);
  return keys.filter(([, sort]) => /^(BUILD#|DEPLOYSTATUS)/.test(sort));
}

/** The record of a build that a deployment record names. */
function buildOf(sight: Sight, partition: string, sort: string, number: number): BuildStatus | undefined {
  const review = /^DEPLOYSTATUS#(\d+)$/.exec(sort)?.[1];
  const key = `BUILD#${String(number).padStart(10, '0')}`;
  return decoded(sight.item(review === undefined ? partition : `${partition}:${review}`, key));
}

/** Service events before `deploy.start` are hidden, so it is written before any service is. */
function tooEarly(simulator: Simulator, { service, client, input, code, ...call }: LoggedCall): string[] {
  if (service !== 'ecs' || client === 'person' || code !== 'OK') return [];
  const isDeploying = call.operation === 'UpdateService' || call.operation === 'CreateService';
  if (!isDeploying || typeof input.taskDefinition !== 'string') return [];
  const sight = new Sight(simulator, call.account, call.region);
  const tag = (name: string) => sight.revisionTag(String(input.taskDefinition), name);
  const [number, app, review] = [
    tag('apppack:buildNumber'),
    tag('apppack:appName'),
    tag('apppack:reviewApp'),
  ];
  if (number === undefined || app === undefined) return [];
  const partition = `APP#${app}${review === undefined ? '' : review.replace('pr/', ':')}`;
  const records = sight
    .builds(partition)
    .map(decoded)
    .filter((build) => build?.number === Number(number));
  // Where there is no record, nobody asked through one: a test wrote the release record itself.
  const isTold = records.length === 0 || records.some((build) => build?.deploy.start !== 0);
  return isTold ? [] : [`9: ${call.operation} went out before deploy.start of build ${number}`];
}

function decoded(item: Item | undefined): BuildStatus | undefined {
  if (item === undefined) return undefined;
  try {
    return decodeBuild(item);
  } catch {
    // Told by `violationsOf` already.
    return undefined;
  }
}
