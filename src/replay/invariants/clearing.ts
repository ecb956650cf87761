import { asDocument, documentsIn } from '../documents.ts';
import type { Evidence } from '../evidence.ts';
import { isUnfinished, itemsAtEnd, tagIn } from './built.ts';

/** I27: of a review app that was closed nothing is left, and what its pipeline has stays. */
export function leavesNothing(evidence: Evidence): readonly string[] {
  if (isUnfinished(evidence)) return [];
  return closedReviewApps(evidence).flatMap((app) =>
    leftOf(evidence, app).map((what) => `${app} is closed, but left ${what}`),
  );
}

/** Review apps that had their parameter, and have it no more. */
function closedReviewApps({ snapshot: { world, timeline }, end }: Evidence): readonly string[] {
  const namesIn = (one: typeof world) =>
    Object.keys(asDocument(asDocument(one.accounts[0]?.ssm).parameters)).flatMap(reviewAppIn);
  const put = timeline.flatMap((change) => (change.type === 'put' ? reviewAppIn(change.name) : []));
  const open = new Set(namesIn(end.world));
  return [...new Set([...namesIn(world), ...put])].filter((app) => !open.has(app)).sort();
}

/** `pipe:7` of `/apppack/pipelines/pipe/review-apps/pr/7` */
function reviewAppIn(parameter: string): readonly string[] {
  const [, pipeline, number] = /\/pipelines\/([^/]+)\/review-apps\/pr\/(\d+)$/.exec(parameter) ?? [];
  return pipeline === undefined ? [] : [`${pipeline}:${number}`];
}

function leftOf(evidence: Evidence, app: string): readonly string[] {
  const [pipeline, number] = app.split(':', 2);
  const account = evidence.end.world.accounts[0];
  const ecs = asDocument(account?.ecs);
  const isOurs = ({ tags }: { readonly tags?: unknown }) =>
    tagIn(tags, 'trimtab:owner').endsWith(`/apps/${app}`);
  const services = documentsIn(ecs.services).filter(
    (service) => isOurs(service) && asDocument(service.state).status === 'ACTIVE',
  );
  const families = documentsIn(ecs.taskDefinitions).filter(
    (definition) => isOurs(definition) && definition.status === 'ACTIVE',
  );
  const items = itemsAtEnd(evidence).filter(
    ({ primary_id: partition, secondary_id: sort, trimtab_owner: owner }) =>
      (owner !== undefined && partition === `APP#${app}` && String(sort).startsWith('BUILD#')) ||
      sort === `RELEASE#${app}` ||
      (/^STATUS#(app|build)#/.test(String(sort)) && String(sort).endsWith(`#${app}`)) ||
      (partition === `APP#${pipeline}` && sort === `DEPLOYSTATUS#${number}`),
  );
  const parameters = Object.keys(asDocument(asDocument(account?.ssm).parameters)).filter((name) =>
    name.includes(`/pipelines/${pipeline}/review-apps/pr/${number}/`),
  );
  if (documentsIn(ecs.services).some((service) => isSpared(service, `${pipeline}-pr${number}-`))) return [];
  return [
    ...services.map(({ name }) => `the service ${String(name)}`),
    ...new Set(families.map(({ family }) => `the task definition ${String(family)}`)),
    ...items.map(({ secondary_id: sort }) => `the record ${String(sort)}`),
    ...parameters,
  ];
}

/** Whose mark somebody took away is nobody's to delete: then what it needs stays as well. */
function isSpared({ name, tags, state }: Readonly<Record<string, unknown>>, beginning: string): boolean {
  const isUnmarked = tagIn(tags, 'trimtab:owner') === '';
  return isUnmarked && String(name).startsWith(beginning) && asDocument(state).status === 'ACTIVE';
}
