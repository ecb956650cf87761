import {
  ListRulesCommand,
  ListTargetsByRuleCommand,
  type Rule,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { namesOf } from '../../../../src/controllers/app/names.ts';
import { wantedRules } from '../../../../src/controllers/app/schedules/grouping.ts';
import type { EventsService } from '../../../../src/simulator/services/events/index.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../../../../src/simulator/transport.ts';
import { definition, openScene, type Scene, type SceneOptions, serviceSection } from '../scene.ts';

export const TASKS = '/apppack/apps/shop/scheduled-tasks';
export const SCALING = '/apppack/apps/shop/scaling';
export const DAILY = { schedule: '0 3 * * ? *', command: './daily' };
export const HOURLY = { schedule: '0 * * * ? *', command: './hourly' };
const WEB = { web: { min_processes: 1, max_processes: 1 } };

export interface ShopOptions extends Omit<SceneOptions, 'parameters'> {
  readonly tasks?: unknown;
  readonly parameters?: Record<string, unknown>;
  /** Changes to the definition that web runs. */
  readonly definition?: Record<string, unknown>;
  readonly service?: Record<string, unknown>;
}

/** A shop with one web service and these scheduled tasks. */
export function scheduled({ tasks = [DAILY], ...options }: ShopOptions = {}): Promise<Scene> {
  return openScene({
    ecs: {
      taskDefinitions: [definition('shop-web', options.definition)],
      services: [serviceSection('shop-web', options.service)],
    },
    ...options,
    parameters: {
      [SCALING]: { json: WEB },
      ...(tasks === null ? {} : { [TASKS]: { json: tasks } }),
      ...options.parameters,
    },
  });
}

/** A rule as a person sees it, with its targets. */
export interface SeenRule extends Rule {
  readonly targets: readonly Target[];
  /** What its targets run. */
  readonly commands: readonly string[];
}

/** All rules whose name begins with `prefix`, by name. */
export async function rulesIn(scene: Scene, prefix = 'shop-'): Promise<SeenRule[]> {
  const { events } = scene.person;
  const { Rules = [] } = await events.send(new ListRulesCommand({ NamePrefix: prefix }));
  return Promise.all(
    Rules.map(async (rule) => {
      const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: rule.Name }));
      return { ...rule, targets: Targets, commands: Targets.map(commandOf).sort() };
    }),
  );
}

function commandOf({ Input = '{}' }: Target): string {
  // Our own targets: one container with a command, of which the last word is the task's.
  const { containerOverrides } = JSON.parse(Input) as { containerOverrides?: Array<{ command: string[] }> };
  return containerOverrides?.[0]?.command.at(-1) ?? '';
}

/** The revision that each target pins, without repetition: `shop-scheduler:1`. */
export function pinned(rules: readonly SeenRule[]): string[] {
  const arns = rules.flatMap(({ targets }) =>
    targets.map(({ EcsParameters }) => EcsParameters?.TaskDefinitionArn ?? ''),
  );
  return [...new Set(arns.map((arn) => arn.slice(arn.lastIndexOf('/') + 1)))];
}

/** The name of the rule that runs tasks of one schedule. */
export function ruleNameOf(task: typeof DAILY, app = 'shop'): string {
  const names = namesOf(app, { prefix: '/apppack', installation: '/apppack' });
  if ('invalid' in names) throw new Error(names.invalid);
  return wantedRules([task], names)[0]?.name ?? '';
}

/** The id of the target that runs a command. */
export function targetIdOf(command: string): string {
  const names = { app: 'shop', owner: '/apppack/apps/shop' };
  return wantedRules([{ ...DAILY, command }], names)[0]?.tasks[0]?.id ?? '';
}

/** The simulated EventBridge, for what no call can do. */
export function eventsOf(scene: Scene): EventsService {
  // The map holds services by their common face; under this name stands the one with the extra methods.
  return scene.simulator.region(DEFAULT_ACCOUNT, DEFAULT_REGION).get('events') as EventsService;
}
