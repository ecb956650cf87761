import { isDocument, parsedJson } from '../documents.ts';
import type { Dossier } from './dossier.ts';
import type { TextSpan } from './history.ts';
import { ofTypes } from './people.ts';

/**
 * Whether the last settings an app had before an instant, that make sense and that anybody can have known of, said that
 * its services go with it. Those that make none change nothing: people are told that what was known before stays in
 * force.
 */
export function isToGo(dossier: Dossier, app: string, before: number): boolean {
  const spans = dossier.history.spansUntil(`/apps/${app}/settings`, before);
  const policies = spans.flatMap((span) => {
    const settings = parsedJson(span.text);
    if (!isDocument(settings)) return [];
    const { deletion_policy: policy = 'retain' } = settings;
    const isPolicy = policy === 'retain' || policy === 'delete';
    return isPolicy && !isUnheardOf(dossier, app, span, before) ? [policy] : [];
  });
  return policies.at(-1) === 'delete';
}

/**
 * Gone again before any pass read it, and its event was lost: Parameter Store keeps no history of what is deleted, and its
 * events are best effort. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-delivery-level.html
 */
function isUnheardOf(dossier: Dossier, app: string, span: TextSpan, before: number): boolean {
  const { from, until } = span;
  if (!dossier.whole || until > before || !mayLoseEvents(dossier, from)) return false;
  const passes = dossier.passes.byApp.get(app) ?? [];
  return !passes.some((pass) => {
    if (pass.at < from || pass.report.startedAt > before) return false;
    const { parameters, work } = pass.report;
    const isRead = pass.report.startedAt <= until + dossier.lagMs && parameters[span.name] === span.version;
    return isRead || work.causes.some(({ change }) => change !== undefined && isTold(change, span));
  });
}

/** Event times are whole seconds. */
function isTold(change: { readonly parameter: string; readonly at: number }, span: TextSpan): boolean {
  return change.parameter === span.name && change.at + 1_000 > span.from && change.at <= span.until;
}

function mayLoseEvents({ snapshot, people }: Dossier, at: number): boolean {
  const earlier = ofTypes(people.changes, ['weather']).filter((change) => change.at <= at);
  const weather = earlier.at(-1)?.change.weather ?? snapshot.aws;
  return (weather?.lostEvents ?? 0) > 0;
}
