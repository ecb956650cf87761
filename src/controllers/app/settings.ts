import { z } from 'zod';
import type { Condition } from '../../reconcile/plan.ts';
import type { Reading } from '../../reconcile/reading.ts';
import { type Item, parseSettingsItem } from '../../store/table.ts';
import type { Opened } from './document.ts';
import { invalid, malformedItem, restoreCommand, shown, unreadableItem } from './wording.ts';

/** What an app says of its surroundings; every member may be missing. */
export interface AppSettings {
  /** Name or ARN. */
  readonly cluster?: string;
  readonly eventsRoleArn?: string;
  readonly userRoleArn?: string;
  /** Average CPU load in percent that autoscaling aims at. */
  readonly cpuTarget?: number;
  readonly network?: Network;
  readonly targetGroupArn?: string;
  readonly logGroup?: string;
  readonly deletionPolicy?: 'retain' | 'delete';
}

/** ECS's `awsvpcConfiguration`. */
export interface Network {
  readonly subnets: readonly string[];
  readonly securityGroups?: readonly string[] | undefined;
  readonly assignPublicIp?: 'ENABLED' | 'DISABLED' | undefined;
}

export interface SettingsDesired {
  /** The table's item over the parameter; no defaults in it. */
  readonly value: AppSettings;
  /** Members whose value is not known, because where it is said cannot be read or is malformed. */
  readonly unknown: ReadonlyArray<keyof AppSettings>;
  /** Whether the parameter or the item is there. */
  readonly present: boolean;
  readonly conditions: readonly Condition[];
}

const arn = z.string().regex(/^arn:[\w-]+:[\w-]+:[\w-]*:\d*:.{1,1024}$/);

interface Member {
  readonly name: string;
  readonly member: keyof AppSettings;
  readonly schema: z.ZodType;
  readonly allowed: string;
}

/** The members of the `settings` parameter, each valid or not by itself. */
const MEMBERS: readonly Member[] = [
  {
    name: 'cluster',
    member: 'cluster',
    schema: z.string().regex(/^(arn:[\w-]+:ecs:[\w-]+:\d{12}:cluster\/)?[A-Za-z0-9_-]{1,255}$/),
    allowed: 'the name or ARN of an ECS cluster',
  },
  { name: 'events_role_arn', member: 'eventsRoleArn', schema: arn, allowed: 'the ARN of an IAM role' },
  { name: 'user_role_arn', member: 'userRoleArn', schema: arn, allowed: 'the ARN of an IAM role' },
  {
    name: 'cpu_target',
    member: 'cpuTarget',
    schema: z.number().min(1).max(100),
    allowed: 'a number from 1 to 100 (percent)',
  },
  {
    name: 'network',
    member: 'network',
    schema: z.object({
      subnets: z.array(z.string()).min(1).max(16),
      securityGroups: z.array(z.string()).max(5).optional(),
      assignPublicIp: z.enum(['ENABLED', 'DISABLED']).optional(),
    }),
    allowed:
      'an ECS awsvpcConfiguration {"subnets": […], "securityGroups": […], "assignPublicIp": "ENABLED"}',
  },
  { name: 'target_group_arn', member: 'targetGroupArn', schema: arn, allowed: 'the ARN of a target group' },
  {
    name: 'log_group',
    member: 'logGroup',
    schema: z.string().regex(/^[\w./#-]{1,512}$/),
    allowed: 'the name of a log group',
  },
  {
    name: 'deletion_policy',
    member: 'deletionPolicy',
    schema: z.enum(['retain', 'delete']),
    allowed: '"retain" or "delete"',
  },
];

/** What `settings` looks like, for messages. */
export const SETTINGS_SHAPE = 'a JSON object such as {"cluster": "production"}';

/** What happens while `settings` cannot be used. */
export const SETTINGS_BROKEN = 'What was known of it before stays in force until then.';

/** The command that puts a minimal `settings`. */
export function settingsCommand(parameter: string): string {
  return `aws ssm put-parameter --name ${parameter} --type String --overwrite --value '{"cluster":"NAME-OF-THE-CLUSTER"}'`;
}

/** Puts the table's `settings` item over the parameter; each may be missing. */
export function parseSettings(parameter: Opened, item: Reading<Item>, app: string): SettingsDesired {
  const said = fromParameter(parameter);
  const stated = fromItem(item, app);
  // A member the item says is known whatever the parameter says; otherwise whatever is unreadable may say it.
  const unknown = [...new Set([...stated.unknown, ...said.unknown.filter((one) => !(one in stated.value))])];
  return {
    value: { ...said.value, ...stated.value },
    unknown,
    present: said.present || stated.present,
    conditions: [...said.conditions, ...stated.conditions],
  };
}

const NONE: SettingsDesired = { value: {}, unknown: [], present: false, conditions: [] };
const EVERY = MEMBERS.map(({ member }) => member);

function fromParameter(opened: Opened): SettingsDesired {
  if (opened.state === 'absent') return NONE;
  if (opened.state === 'broken')
    return { ...NONE, unknown: EVERY, conditions: opened.conditions, present: true };
  const { value: document, parameter } = opened;
  const command = restoreCommand(parameter) ?? settingsCommand(parameter.name);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    const found = shown(document);
    const mistake = { reason: 'NotAnObject', found, allowed: SETTINGS_SHAPE, now: SETTINGS_BROKEN, command };
    return { value: {}, unknown: EVERY, present: true, conditions: [invalid({ parameter, ...mistake })] };
  }
  const value: Record<string, unknown> = {};
  const unknown: Array<keyof AppSettings> = [];
  const conditions: Condition[] = [...opened.remarks];
  for (const { name, member, schema, allowed } of MEMBERS) {
    if (!Object.hasOwn(document, name)) continue;
    // The document is an object that has this member.
    const found = (document as Record<string, unknown>)[name];
    const parsed = schema.safeParse(found);
    if (parsed.success) value[member] = parsed.data;
    else {
      unknown.push(member);
      const mistake = { path: name, reason: 'InvalidSetting', found: shown(found), allowed };
      conditions.push(invalid({ parameter, ...mistake, now: SETTINGS_BROKEN, command }));
    }
  }
  return { value, unknown, present: true, conditions };
}

/** The item `APP#<app>` / `settings`, which AppPack's stacks write. */
function fromItem(item: Reading<Item>, app: string): SettingsDesired {
  if (item.state === 'absent') return NONE;
  const unusable = (condition: Condition): SettingsDesired => ({
    value: {},
    unknown: ['cluster', 'targetGroupArn', 'logGroup'],
    present: true,
    conditions: [condition],
  });
  if (item.state === 'unreadable')
    return unusable(unreadableItem(`settings of ${app}`, item.failure, SETTINGS_BROKEN));
  const parsed = parseSettingsItem(item.value);
  if (!parsed.ok) return unusable(malformedItem(`settings of ${app}`, parsed.problem, SETTINGS_BROKEN));
  const { clusterArn, clusterName, targetGroupArn, logGroup } = parsed.value;
  const cluster = clusterArn ?? clusterName;
  return {
    value: {
      ...(cluster === undefined ? {} : { cluster }),
      ...(targetGroupArn === undefined ? {} : { targetGroupArn }),
      ...(logGroup === undefined ? {} : { logGroup }),
    },
    unknown: [],
    present: true,
    conditions: [],
  };
}
