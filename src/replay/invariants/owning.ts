import type { LoggedCall } from '../../simulator/region.ts';
import { asDocument, type Document, documentsIn } from '../documents.ts';
import { groupBy } from '../grouping.ts';
import { lastPart, mayBeOf, serviceNameOf, subjectOf, when } from './calls.ts';
import { type Dossier, knownUntil } from './dossier.ts';
import { countBefore, inOrder } from './instants.ts';
import { type Owned, ownerAsked } from './ownership.ts';
import { type DatedChange, ofTypes } from './people.ts';
import { type DesiredState, desiredState } from './records.ts';

/** I9: nothing is written that bears somebody else's mark, or that neither our mark nor a record of an app claims. */
export function staysAtHome(dossier: Dossier): readonly string[] {
  const byTarget = ({ input }: Pick<LoggedCall, 'input'>) => [input.ResourceId];
  const services = documentsIn(asDocument(dossier.snapshot.world.accounts[0]?.ecs).services);
  const taken = dossier.writes.filter(({ operation }) => operation === 'DeregisterScalableTarget');
  const scene: Scene = {
    dossier,
    desired: desiredState(dossier.snapshot),
    users: groupBy(services, ({ taskDefinition }) => [String(taskDefinition).replace(/:\d+$/, '')]),
    taken: groupBy(inOrder(taken), byTarget),
    byHand: groupBy(ofTypes(dossier.people.changes, ['call']), ({ change }) => byTarget(change)),
  };
  return dossier.writes.flatMap((call) => {
    const why = trespassOf(call, scene);
    return why === undefined
      ? []
      : [`${call.operation} of ${subjectOf(call)} at ${when(dossier, call.at)}, which ${why}`];
  });
}

interface Scene {
  readonly dossier: Dossier;
  readonly desired: DesiredState;
  /** Services at the start by the family of their tasks. */
  readonly users: ReadonlyMap<string, readonly Document[]>;
  /** Scalable targets that were taken away, and what people called about them. */
  readonly taken: ReadonlyMap<unknown, readonly LoggedCall[]>;
  readonly byHand: ReadonlyMap<unknown, ReadonlyArray<DatedChange<'call'>>>;
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

function ruleTrespass(call: LoggedCall, subject: string, { dossier }: Scene): string | undefined {
  const states = statesBefore(dossier, call, subject);
  const isForeign = states.length > 0 && states.every(({ there, owner }) => there && owner === undefined);
  return isForeign ? "is somebody else's" : undefined;
}

/**
 * What a thing was, in turn, while whoever made `call` may have looked at it and until the call: what a read that
 * lagged showed, and whatever happened since.
 */
function statesBefore(dossier: Dossier, call: LoggedCall, thing: string): readonly Owned[] {
  return dossier.ownership.statesBetween(thing, knownUntil(dossier, call), call.at);
}

/** A service with our mark is ours from the moment it is made; one with a mark that cannot be its app's is not. */
function serviceTrespass(call: LoggedCall, service: string, scene: Scene): string | undefined {
  const { dossier, desired } = scene;
  const { ours } = dossier.ownership;
  const states = statesBefore(dossier, call, `service ${service}`);
  const isMade = call.operation === 'CreateService' && states.every(({ there }) => !there);
  const owners = isMade ? [ownerAsked(call)] : states.map(({ owner }) => owner);
  const isOurs = (owner: string | undefined) =>
    owner?.startsWith(ours) === true && mayBeOf(owner.slice(ours.length), service);
  if (owners.some(isOurs)) return undefined;
  const foreign = owners.find((owner) => owner !== undefined);
  if (foreign !== undefined && !owners.includes(undefined)) return `bears the mark of ${foreign}`;
  return desired.claims(service) ? undefined : 'no mark and no record claims';
}

/** Task families are named after services, or after tasks of an app. */
function familyTrespass(family: string, { dossier, desired, users }: Scene): string | undefined {
  const names = [family, ...(users.get(family) ?? []).map(({ name }) => String(name))];
  const isKnown = names.some((name) => desired.claims(name) || dossier.ownership.wasOurs(name));
  return isKnown || desired.namesTask(family) ? undefined : 'no mark and no record claims';
}

/** Taking a scalable target away takes every policy and scheduled action on it, whosever they are. */
function scalingTrespass(call: LoggedCall, { dossier, taken, byHand }: Scene): string | undefined {
  if (call.operation !== 'DeregisterScalableTarget') return undefined;
  const target = call.input.ResourceId;
  if (countBefore(taken.get(target) ?? [], call.at) > 0) return undefined;
  const all = byHand.get(target) ?? [];
  const known = all.slice(0, countBefore(all, knownUntil(dossier, call)));
  const isForeign = known.flatMap(({ change }) => leavesForeign(change) ?? []).at(-1) === true;
  return isForeign ? "has somebody else's policies" : undefined;
}

/** Whether somebody else's policies are on a target after a call; undefined when it says nothing of that. */
function leavesForeign({ operation, input }: Pick<LoggedCall, 'operation' | 'input'>): boolean | undefined {
  if (operation === 'DeregisterScalableTarget') return false;
  if (operation === 'PutScheduledAction') return true;
  const isForeign = operation === 'PutScalingPolicy' && !String(input.PolicyName).startsWith('trimtab:');
  return isForeign ? true : undefined;
}

/** I12: nothing is written in observe mode, or of an app that is paused. */
export function keepsStill(dossier: Dossier): readonly string[] {
  const observes = dossier.snapshot.settings?.mode === 'observe';
  const writes = observes ? dossier.writes : [];
  return [
    ...writes.map(
      (call) => `${call.operation} of ${subjectOf(call)} in observe mode at ${when(dossier, call.at)}`,
    ),
    ...[...dossier.passes.byApp].flatMap(([app, passes]) =>
      passes
        .filter(({ report }) => report.actions.length > 0)
        .filter(
          ({ at, report }) => report.paused !== undefined || isPaused(dossier, app, report.startedAt, at),
        )
        .map(({ at }) => `${app} was written at ${when(dossier, at)} although it is paused`),
    ),
  ];
}

/** Whether it was paused all the time that a pass may have looked at. */
function isPaused({ history, lagMs }: Dossier, app: string, from: number, to: number): boolean {
  const texts = history.heldOver(`/apps/${app}/paused`, from - lagMs, to);
  return texts.every((text) => text !== undefined && text.trim().toLowerCase() !== 'false');
}
