import { z } from 'zod';
import type { Condition } from '../../reconcile/plan.ts';
import type { Parameter, Reading } from '../../reconcile/reading.ts';
import type { Subject } from './subject.ts';
import { invalidSettings, noRole, unreadableParameter } from './wording.ts';

const ROLE_ARN = /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;
const settingsSchema = z.looseObject({ user_role_arn: z.unknown().optional() });

/** The role people take on; without one nobody is added, and who is there keeps theirs. */
export interface RoleDesired {
  readonly arn?: string;
  readonly conditions: readonly Condition[];
}

/** The role that settings name, else the configured one. A malformed setting is not passed over. */
export function parseRole(subject: Subject, readings: ReadonlyMap<string, Reading<Parameter>>): RoleDesired {
  for (const name of subject.settings) {
    const reading = readings.get(name);
    if (reading === undefined || reading.state === 'absent') continue;
    if (reading.state === 'unreadable') return { conditions: [unreadableParameter(name, reading.failure)] };
    const role = roleIn(reading.value);
    if (role !== undefined) return role;
  }
  const arn = subject.roleFromTemplate;
  return arn === undefined
    ? { conditions: [noRole(subject.type, subject.settings[0])] }
    : { arn, conditions: [] };
}

/** Undefined when the settings do not speak of the role. */
function roleIn(parameter: Parameter): RoleDesired | undefined {
  const parsed = settingsSchema.safeParse(readJson(parameter.value));
  if (!parsed.success) return { conditions: [invalidSettings(parameter, 'not to be had: no JSON object')] };
  const { user_role_arn: found } = parsed.data;
  if (found === undefined) return undefined;
  if (typeof found === 'string' && ROLE_ARN.test(found)) return { arn: found, conditions: [] };
  const what = typeof found === 'string' ? `a text of ${found.length} characters` : `a ${typeof found}`;
  return { conditions: [invalidSettings(parameter, what)] };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
