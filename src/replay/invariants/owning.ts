import type { LoggedCall } from '../../simulator/region.ts';
import { asDocument, documentsIn } from '../documents.ts';
import type { Evidence } from '../evidence.ts';
import type { DatedReport } from '../trace.ts';
import { passesByApp, serviceNameOf, subjectOf, tookEffect, when, writesOf } from './calls.ts';
import { desiredState } from './records.ts';

const OWNER_TAG = 'trimtab:owner';

/** Fewer deletions than this in a pass are never held. */
const DELETIONS_FREE = 5;

/** I9: nothing is written that bears somebody else's mark, or that neither our mark nor a record of an app claims. */
export function staysAtHome(evidence: Evidence): readonly string[] {
  const desired = desiredState(evidence.snapshot);
  const marks = marksAtStart(evidence);
  const made = new Set<string>();
  return writesOf(evidence).flatMap((call) => {
    const subject = subjectOf(call);
    const service = serviceNameOf(subject);
    const at = when(evidence, call.at);
    if (service !== undefined && isMarkedCreation(call, marks.ours)) made.add(service);
    if (subject.startsWith('rule ') && marks.foreignRules.has(subject.slice('rule '.length))) {
      return [`${call.operation} of ${subject} at ${at}, which is somebody else's`];
    }
    if (service === undefined) return [];
    const owner = marks.owners.get(service);
    if (owner !== undefined && !owner.startsWith(marks.ours)) {
      return [`${call.operation} of ${subject} at ${at}, which bears the mark of ${owner}`];
    }
    const isOurs = owner !== undefined || made.has(service) || desired.claims(service);
    return isOurs ? [] : [`${call.operation} of ${subject} at ${at}, which no mark and no record claims`];
  });
}

/** A service that is made with our mark is ours from its first moment. */
function isMarkedCreation({ operation, input }: LoggedCall, ours: string): boolean {
  if (operation !== 'CreateService') return false;
  return documentsIn(input.tags).some(
    ({ key, value }) => key === OWNER_TAG && String(value).startsWith(ours),
  );
}

/** I10: many deletions wait for a person, and none follow from what could not be read. */
export function sparesTheRest(evidence: Evidence): readonly string[] {
  return [...passesByApp(evidence)].flatMap(([app, passes]) =>
    passes.flatMap((pass) => {
      const deletions = deletionsIn(pass);
      if (deletions.length === 0) return [];
      const at = when(evidence, pass.at);
      // Names of config variables say nothing of what is to be there: nothing is deleted for the lack of one.
      const blind = pass.report.conditions.filter(
        ({ type, status, parameter }) =>
          type === 'Readable' && status === 'False' && !/\/config$/.test(parameter ?? ''),
      );
      const isAllowed = deletions.length <= DELETIONS_FREE || isAsked(evidence, app, pass.at);
      return [
        ...blind.map(
          ({ reason }) =>
            `${app} deleted ${deletions.join(', ')} at ${at} although it could not read all: ${reason}`,
        ),
        ...(isAllowed || !isMost(evidence, deletions)
          ? []
          : [`${app} deleted ${deletions.length} resources at ${at} that nobody let pass`]),
      ];
    }),
  );
}

/** Services and rules; what lies about them (families, records) goes with the last of its app. */
function deletionsIn({ report }: DatedReport): readonly string[] {
  return report.actions.flatMap(({ type, action }) =>
    type === 'applied' && action.deletes === true && /^(service|rule) /.test(action.resource)
      ? [action.resource]
      : [],
  );
}

/** Somebody approved, or put an explicitly empty list of scheduled tasks. */
function isAsked({ snapshot }: Evidence, app: string, at: number): boolean {
  return snapshot.timeline.some(
    (change) =>
      Date.parse(change.at) <= at &&
      ((change.type === 'approve' && change.app === app) ||
        (change.type === 'put' && change.name.endsWith(`/${app}/scheduled-tasks`) && isEmptyList(change))),
  );
}

function isEmptyList({ json, value }: { json?: unknown; value?: string | undefined }): boolean {
  return (Array.isArray(json) && json.length === 0) || value?.replaceAll(/\s/g, '') === '[]';
}

/** More than half of what there was of their kind, as far as the call log tells. */
function isMost(evidence: Evidence, deletions: readonly string[]): boolean {
  const made = new Set(
    writesOf(evidence)
      .filter((call) => tookEffect(call) && !call.operation.startsWith('Delete'))
      .map(subjectOf),
  );
  const { owners, ourRules } = marksAtStart(evidence);
  const ofServices = deletions.filter((resource) => resource.startsWith('service ')).length;
  const rules = [...made].filter((subject) => subject.startsWith('rule ')).length + ourRules;
  return ofServices > DELETIONS_FREE ? ofServices > owners.size / 2 : deletions.length > rules / 2;
}

/**
 * I11: a service is deleted only if it bears our mark, and only for an app whose settings said so or if it was made
 * for a release: what a release made, another one or the end of a review app takes away.
 */
export function retains(evidence: Evidence): readonly string[] {
  const desired = desiredState(evidence.snapshot);
  const { owners, ours } = marksAtStart(evidence);
  const marked = new Set(
    [...owners].filter(([, owner]) => owner.startsWith(ours)).map(([service]) => service),
  );
  const made = new Set<string>();
  return writesOf(evidence).flatMap((call) => {
    const service = serviceNameOf(subjectOf(call));
    if (service === undefined || !tookEffect(call)) return [];
    if (call.operation === 'TagResource') marked.add(service);
    if (isMarkedCreation(call, ours)) made.add(service);
    if (call.operation !== 'DeleteService') return [];
    const at = when(evidence, call.at);
    return [
      ...(marked.has(service) || made.has(service)
        ? []
        : [`service ${service} was deleted at ${at} without our mark`]),
      ...(made.has(service) || desired.mayDelete(service)
        ? []
        : [`service ${service} was deleted at ${at} though no settings said so`]),
    ];
  });
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
        .filter(({ report }) => report.paused !== undefined && report.actions.length > 0)
        .map(({ at }) => `${app} was written at ${when(evidence, at)} although it is paused`),
    ),
  ];
}

interface Marks {
  /** What our marks begin with. */
  readonly ours: string;
  /** Service → its owner tag. */
  readonly owners: ReadonlyMap<string, string>;
  readonly foreignRules: ReadonlySet<string>;
  readonly ourRules: number;
}

function marksAtStart({ snapshot }: Evidence): Marks {
  const ours = `${String(snapshot.settings?.installation ?? snapshot.settings?.prefix ?? '/apppack')}/apps/`;
  const account = snapshot.world.accounts[0];
  const services = documentsIn(asDocument(account?.ecs).services);
  const rules = documentsIn(asDocument(account?.events).rules);
  const owners = services.flatMap(({ name, tags }) => {
    const tag = documentsIn(tags).find(({ key }) => key === OWNER_TAG);
    return tag === undefined ? [] : [[String(name), String(tag.value)] as const];
  });
  const foreign = rules.filter(({ description }) => !String(description ?? '').startsWith(ours));
  return {
    ours,
    owners: new Map(owners),
    foreignRules: new Set(foreign.map(({ name }) => String(name))),
    ourRules: rules.length - foreign.length,
  };
}
