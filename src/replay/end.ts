import type { RuleTarget } from '../aws/shapes.ts';
import { asDocument, documentsIn, parsedJson } from './documents.ts';
import { groupBy } from './grouping.ts';
import { labelOf } from './labels.ts';
import type { Observation, RuleAround, ServiceAround } from './observation.ts';
import type { AppEnd, ServiceEnd } from './outcome.ts';

/** How an account is, app by app, without anything that changes by itself. */
export function endOf(observation: Observation): Record<string, AppEnd> {
  const allServices = groupBy(observation.services, ({ app }) => [app]);
  const allRules = groupBy(observation.rules, ({ rule }) => [ownerOf(rule.Description)]);
  return Object.fromEntries(
    observation.apps.map(({ key, inspection }) => {
      const problems = inspection.conditions.filter(({ status }) => status === 'False').map(labelOf);
      const services = allServices.get(key.name) ?? [];
      const rules = allRules.get(key.name) ?? [];
      const end: AppEnd = {
        synced: inspection.synced,
        ...(problems.length === 0 ? {} : { problems: problems.sort() }),
        ...(services.length === 0 ? {} : { services: byName(services, nameOf, serviceEnd) }),
        ...(rules.length === 0 ? {} : { rules: byName(rules, ({ rule }) => rule.Name ?? '', ruleEnd) }),
      };
      return [key.name, end];
    }),
  );
}

/** `shop` of `/apppack/apps/shop 1f… Scheduled tasks of shop.` */
function ownerOf(description: string | undefined): string | undefined {
  return /^\S*\/apps\/(\S+)/.exec(description ?? '')?.[1];
}

function nameOf({ cluster, service }: ServiceAround): string {
  return `${cluster}/${service.serviceName ?? ''}`;
}

function byName<T, R>(
  items: readonly T[],
  name: (item: T) => string,
  make: (item: T) => R,
): Record<string, R> {
  const named = items.map((item) => [name(item), make(item)] as const);
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function serviceEnd({ service, revision, target }: ServiceAround): ServiceEnd {
  const { cpu, memory, containerDefinitions = [] } = revision?.definition ?? {};
  const images = containerDefinitions.flatMap(({ image }) => image ?? []);
  const secrets = containerDefinitions.flatMap((container) =>
    (container.secrets ?? []).map(({ name }) => name ?? ''),
  );
  const arn = service.taskDefinition ?? '';
  return {
    desired: service.desiredCount ?? 0,
    running: service.runningCount ?? 0,
    ...(cpu === undefined && memory === undefined ? {} : { size: `${cpu ?? '-'}/${memory ?? '-'}` }),
    revision: arn.slice(arn.lastIndexOf('/') + 1),
    ...(images.length === 0 ? {} : { images }),
    ...(secrets.length === 0 ? {} : { secrets: [...new Set(secrets)].sort() }),
    ...(target === undefined ? {} : { scaling: `${target.MinCapacity}-${target.MaxCapacity}` }),
  };
}

/** `cron(0 3 * * ? *) ENABLED: clean up; send mails` */
function ruleEnd({ rule, targets }: RuleAround): string {
  return `${rule.ScheduleExpression} ${rule.State}: ${targets.map(taskOf).join('; ')}`;
}

/** What a target runs: the words of its command, as they stand in its input. */
function taskOf({ Input, Arn }: RuleTarget): string {
  const [override] = documentsIn(asDocument(parsedJson(Input)).containerOverrides);
  const words: readonly unknown[] = Array.isArray(override?.command) ? override.command : [];
  return words.length === 0 ? (Arn ?? '') : words.join(' ');
}
