import type { LoggedCall } from '../../simulator/region.ts';
import { asDocument, documentsIn } from '../documents.ts';
import type { Evidence } from '../evidence.ts';
import {
  lagOf,
  lastPart,
  lookedAt,
  mayBeOf,
  passesByApp,
  serviceNameOf,
  subjectOf,
  when,
  writesOf,
} from './calls.ts';
import { type Ownership, ownerAsked, ownershipOf, statesBefore } from './ownership.ts';
import { type DesiredState, desiredState, heldOver } from './records.ts';

/** I9: nothing is written that bears somebody else's mark, or that neither our mark nor a record of an app claims. */
export function staysAtHome(evidence: Evidence): readonly string[] {
  const scene = { evidence, desired: desiredState(evidence.snapshot), ownership: ownershipOf(evidence) };
  return writesOf(evidence).flatMap((call) => {
    const why = trespassOf(call, scene);
    return why === undefined
      ? []
      : [`${call.operation} of ${subjectOf(call)} at ${when(evidence, call.at)}, which ${why}`];
  });
}

interface Scene {
  readonly evidence: Evidence;
  readonly desired: DesiredState;
  readonly ownership: Ownership;
}

function trespassOf(call: LoggedCall, scene: Scene): string | undefined {
  if (call.service === 'ssm') return isReviewApps(call) ? undefined : 'is no parameter of a review app';
  const subject = subjectOf(call);
  if (subject.startsWith('rule ')) return ruleTrespass(call, subject, scene);
  if (subject.startsWith('family ')) return familyTrespass(lastPart(call.input.family), scene);
  const service = serviceNameOf(subject);
  if (service === undefined) return undefined;
  return serviceTrespass(call, service, scene) ?? scalingTrespass(call, scene);
}

/** The only parameters that are ever written: those of review apps, which are made and unmade for people. */
function isReviewApps({ input: { Name, Names } }: LoggedCall): boolean {
  const names = Array.isArray(Names) ? Names : [Name];
  return names.every((name) => /\/pipelines\/[^/]+\/review-apps\/pr\//.test(String(name)));
}

function ruleTrespass(call: LoggedCall, subject: string, { evidence, ownership }: Scene): string | undefined {
  const states = statesBefore(evidence, ownership, call, subject);
  const isForeign = states.length > 0 && states.every(({ there, owner }) => there && owner === undefined);
  return isForeign ? "is somebody else's" : undefined;
}

/** A service with our mark is ours from the moment it is made; one with a mark that cannot be its app's is not. */
function serviceTrespass(call: LoggedCall, service: string, scene: Scene): string | undefined {
  const { evidence, desired, ownership } = scene;
  const states = statesBefore(evidence, ownership, call, `service ${service}`);
  const isMade = call.operation === 'CreateService' && states.every(({ there }) => !there);
  const owners = isMade ? [ownerAsked(call)] : states.map(({ owner }) => owner);
  const isOurs = (owner: string | undefined) =>
    owner?.startsWith(ownership.ours) === true && mayBeOf(owner.slice(ownership.ours.length), service);
  if (owners.some(isOurs)) return undefined;
  const foreign = owners.find((owner) => owner !== undefined);
  if (foreign !== undefined && !owners.includes(undefined)) return `bears the mark of ${foreign}`;
  return desired.claims(service) ? undefined : 'no mark and no record claims';
}

/** Task families are named after services, or after tasks of an app. */
function familyTrespass(family: string, { evidence, desired, ownership }: Scene): string | undefined {
  const services = documentsIn(asDocument(evidence.snapshot.world.accounts[0]?.ecs).services);
  const users = services.filter(
    ({ taskDefinition }) => String(taskDefinition).replace(/:\d+$/, '') === family,
  );
  const names = [family, ...users.map(({ name }) => String(name))];
  const isKnown = names.some((name) => desired.claims(name) || isMarked(ownership, name));
  return isKnown || desired.namesTask(family) ? undefined : 'no mark and no record claims';
}

function isMarked({ events, ours }: Ownership, service: string): boolean {
  return events.some(
    ({ thing, owner }) => thing === `service ${service}` && owner?.startsWith(ours) === true,
  );
}

/** Taking a scalable target away takes every policy and scheduled action on it, whosever they are. */
function scalingTrespass(call: LoggedCall, { evidence }: Scene): string | undefined {
  if (call.operation !== 'DeregisterScalableTarget') return undefined;
  const knownAt = lookedAt(evidence, call) - lagOf(evidence);
  let foreign = false;
  for (const change of evidence.snapshot.timeline) {
    if (change.type !== 'call' || change.input.ResourceId !== call.input.ResourceId) continue;
    if (Date.parse(change.at) >= knownAt) break;
    if (change.operation === 'DeregisterScalableTarget') foreign = false;
    if (change.operation === 'PutScheduledAction') foreign = true;
    if (change.operation === 'PutScalingPolicy' && !String(change.input.PolicyName).startsWith('trimtab:'))
      foreign = true;
  }
  const undone = writesOf(evidence).some(
    (one) =>
      one.operation === call.operation && one.at < call.at && one.input.ResourceId === call.input.ResourceId,
  );
  return foreign && !undone ? "has somebody else's policies" : undefined;
}

/** I12: nothing is written in observe mode, or of an app that is paused. */
export function keepsStill(evidence: Evidence): readonly string[] {
  const observes = evidence.snapshot.settings?.mode === 'observe';
  const writes = observes ? writesOf(evidence) : [];
  return [
    ...writes.map(
      (call) => `${call.operation} of ${subjectOf(call)} in observe mode at ${when(evidence, call.at)}`,
    ),
    ...[...passesByApp(evidence)].flatMap(([app, passes]) =>
      passes
        .filter(({ report }) => report.actions.length > 0)
        .filter(
          ({ at, report }) => report.paused !== undefined || isPaused(evidence, app, report.startedAt, at),
        )
        .map(({ at }) => `${app} was written at ${when(evidence, at)} although it is paused`),
    ),
  ];
}

/** Whether it was paused all the time that a pass may have looked at. */
function isPaused(evidence: Evidence, app: string, from: number, to: number): boolean {
  const texts = heldOver(evidence.snapshot, `/apps/${app}/paused`, from - lagOf(evidence), to);
  return texts.every((text) => text !== undefined && text.trim().toLowerCase() !== 'false');
}
