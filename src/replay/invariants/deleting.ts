import type { LoggedCall } from '../../simulator/region.ts';
import { asDocument, documentsIn } from '../documents.ts';
import type { DatedReport } from '../trace.ts';
import { lastPart, tookEffect, when } from './calls.ts';
import { type Dossier, knownUntil } from './dossier.ts';
import { isToGo } from './policies.ts';

/** Fewer deletions than this in a pass are never held. */
const DELETIONS_FREE = 5;

/** What services get that a release deploys. */
const BUILD_TAG = 'apppack:buildNumber';

const KINDS = ['service', 'rule'] as const;

/** I10: many deletions wait for a person, and none follow from what could not be read. */
export function sparesTheRest(dossier: Dossier): readonly string[] {
  return [...dossier.passes.byApp].flatMap(([app, passes]) =>
    passes.flatMap((pass) => {
      const deletions = deletionsIn(pass);
      if (deletions.length === 0) return [];
      const at = when(dossier, pass.at);
      return [
        ...blindDeletions(pass, isReleased(dossier, app, pass.at)).map(
          ([deletion, reason]) =>
            `${app} deleted ${deletion} at ${at} although it could not read all: ${reason}`,
        ),
        ...KINDS.flatMap((kind) => {
          const own = deletions.filter((deletion) => deletion.startsWith(`${kind} `));
          const there = dossier.ownership.countMarked(app, kind, pass.report.startedAt);
          const isMass = own.length > DELETIONS_FREE && own.length > there / 2;
          return isMass && !isAsked(dossier, app, kind, pass)
            ? [`${app} deleted ${own.length} of ${there} ${kind}s at ${at} that nobody let pass`]
            : [];
        }),
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

/**
 * Deletions with what could not be read, or makes no sense, and might have kept them: the very thing, and desired
 * state. The parameter `scheduled-tasks` alone says which rules there are, so nothing else that cannot be read keeps
 * them; what says which services there are lies in many places. Names of config variables say nothing.
 */
function blindDeletions(
  pass: DatedReport,
  released: boolean,
): ReadonlyArray<readonly [deletion: string, reason: string]> {
  const unread = pass.report.conditions.filter(
    ({ type, status, parameter = '' }) =>
      status === 'False' &&
      (type === 'Readable' || (type === 'Valid' && /\/(scheduled-tasks|release)$/.test(parameter))),
  );
  return unread.flatMap(({ type, reason, parameter = '', resource = '' }) => {
    const isResource = /^(service|rule|scalable target of|task definition) /.test(resource);
    const isOfRules = parameter.endsWith('/scheduled-tasks') || resource.startsWith('rules of ');
    const concerned = deletionsIn(pass).filter((deletion) => {
      if (isResource) return deletion === resource;
      if (deletion.startsWith('rule ')) return isOfRules;
      if (resource.startsWith('rules of ')) return false;
      // What was released says which services there are, whatever was asked for next.
      if (type === 'Valid' && parameter.endsWith('/release') && released) return false;
      return !parameter.endsWith('/config') && !(isOfRules && type === 'Valid');
    });
    return concerned.map((deletion) => [deletion, reason] as const);
  });
}

/** Whether there was a release record of an app at an instant. */
function isReleased({ calls }: Dossier, app: string, until: number): boolean {
  return calls.some(
    (call) =>
      call.service === 'dynamodb' &&
      call.operation === 'PutItem' &&
      call.at <= until &&
      tookEffect(call) &&
      asDocument(asDocument(call.input.Item).secondary_id).S === `RELEASE#${app}`,
  );
}

/**
 * Somebody approved; or said it in so many words: an empty list of scheduled tasks, the end of a review app, a
 * release that has no such processes.
 */
function isAsked(dossier: Dossier, app: string, kind: (typeof KINDS)[number], pass: DatedReport): boolean {
  const { people, history, lagMs } = dossier;
  if (people.haveApproved(app, pass.at)) return true;
  if (kind === 'service') return app.includes(':');
  const texts = history.heldOver(`/apps/${app}/scheduled-tasks`, pass.report.startedAt - lagMs, pass.at);
  return texts.some((text) => text?.replaceAll(/\s/g, '') === '[]');
}

/**
 * I11: a service is deleted only if it bears our mark, and only for an app that is gone and whose settings said so,
 * for a review app, or because a release deployed it that another has taken the place of.
 */
export function retains(dossier: Dossier): readonly string[] {
  const released = releasedServices(dossier);
  return dossier.writes.flatMap((call) => {
    if (call.operation !== 'DeleteService' || !tookEffect(call)) return [];
    const service = lastPart(call.input.service);
    const app = ownerOf(dossier, call, service);
    const at = when(dossier, call.at);
    if (app === undefined) return [`service ${service} was deleted at ${at} without our mark`];
    const isReleased =
      released.has(service) && dossier.history.isThere(app, knownUntil(dossier, call), call.at);
    return app.includes(':') || isReleased || isToGo(dossier, app, call.at)
      ? []
      : [`service ${service} was deleted at ${at} though no settings said so`];
  });
}

/** The app of ours that a service belonged to when it was looked at. */
function ownerOf(dossier: Dossier, call: LoggedCall, service: string): string | undefined {
  const { ours, statesBetween } = dossier.ownership;
  const states = statesBetween(`service ${service}`, knownUntil(dossier, call), call.at);
  const owner = states.find((state) => state.owner?.startsWith(ours) === true)?.owner;
  return owner?.slice(ours.length);
}

/** Services of which a release deployed a revision, by us or before the case began. */
function releasedServices({ snapshot, writes }: Dossier): ReadonlySet<string> {
  const ecs = asDocument(snapshot.world.accounts[0]?.ecs);
  const registered = writes.flatMap(({ operation, input }) =>
    operation === 'RegisterTaskDefinition' ? [input] : [],
  );
  const families = [...documentsIn(ecs.taskDefinitions), ...registered].flatMap(({ family, tags }) =>
    documentsIn(tags).some(({ key }) => key === BUILD_TAG) ? [String(family)] : [],
  );
  const known = new Set(families);
  const users = documentsIn(ecs.services).flatMap(({ name, taskDefinition }) =>
    known.has(String(taskDefinition).replace(/:\d+$/, '')) ? [String(name)] : [],
  );
  return new Set([...families, ...users]);
}
