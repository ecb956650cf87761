import { z } from 'zod';

/** EventBridge and SQS forget duplicates after five minutes, so a sweep slot may not be longer. */
const SWEEP_SECONDS_MAX = 300;

const seconds = (low: number, high: number) => z.coerce.number().min(low).max(high);
const port = z.coerce.number().int().min(0).max(65535);
const optional = z.string().min(1).optional();
const pattern = z
  .string()
  .regex(
    /^(\/[A-Za-z0-9_.-]+)+\/\*(\/[A-Za-z0-9_.-]+)*$/,
    'a path like /apppack/apps/*/users, with one * for the name',
  )
  .optional();
const roleTemplate = z
  .string()
  .regex(
    /^arn:[\w-]+:iam::(\d{12}|\{account\}):role\/([\w+=,.@/-]|\{(account|region|app)\})+$/,
    'an ARN like arn:aws:iam::{account}:role/{app}-user',
  )
  .optional();

/**
 * Every setting, once: its meaning is the help text, its environment variable is `TRIMTAB_` and its name in
 * upper snake case, its flag the name in kebab case. Flags win over the environment.
 */
const schema = z.object({
  prefix: z
    .string()
    .regex(/^(\/[A-Za-z0-9_.-]+)+$/, 'a path like /apppack, without a slash at its end')
    .default('/apppack')
    .describe('where in Parameter Store desired state lives'),
  installation: optional.describe('the mark put on everything trimtab owns (default: the prefix)'),
  table: z
    .string()
    .min(3)
    .default('apppack')
    .describe('DynamoDB table with the records of apps and of trimtab'),
  intakeQueue: z
    .string()
    .min(1)
    .default('trimtab-intake')
    .describe('SQS queue that receives events (name or URL)'),
  workQueue: z
    .string()
    .regex(/\.fifo$/, 'a FIFO queue; its name ends in .fifo')
    .default('trimtab-work.fifo')
    .describe('SQS FIFO queue of keys to look at (name or URL)'),
  cluster: optional.describe('ECS cluster of apps whose settings name none'),
  eventsRoleArn: optional.describe(
    'role EventBridge assumes to run scheduled tasks, where settings name none',
  ),
  cpuTarget: z.coerce
    .number()
    .min(1)
    .max(100)
    .default(50)
    .describe('average CPU in percent that autoscaling aims at'),
  userPath: pattern.describe('parameters that list the users of apps (default: <prefix>/apps/*/users)'),
  pipelineUserPath: pattern.describe(
    'parameters that list the users of pipelines and their review apps (default: <prefix>/pipelines/*/users)',
  ),
  administratorPath: z
    .string()
    .regex(/^(\/[A-Za-z0-9_.-]+)+$/, 'the name of a parameter, with a slash at its beginning')
    .optional()
    .describe(
      'parameter that lists the administrators of an account (default: <prefix>/account/administrators)',
    ),
  userRoleTemplate: roleTemplate.describe(
    'role of the users of apps whose settings name none; {account}, {region} and {app} are filled in',
  ),
  administratorRoleTemplate: roleTemplate.describe(
    'role of administrators; {account} and {region} are filled in',
  ),
  accounts: optional.describe(
    'other accounts and regions to serve: a JSON file that lists them, or "table" for the items ACCT#<id> of the table',
  ),
  mode: z
    .enum(['act', 'observe'])
    .default('act')
    .describe('observe reads, plans and reports, and writes nothing but its own records'),
  concurrency: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(10)
    .describe('keys worked on at the same time'),
  sweepSeconds: seconds(5, SWEEP_SECONDS_MAX)
    .default(300)
    .describe('how often everything is compared without an event'),
  quietSeconds: seconds(0, 60)
    .default(5)
    .describe('a config change restarts services after this long without another'),
  quietMaxSeconds: seconds(0, 600).default(60).describe('and at the latest this long after the first'),
  checkTargetsSeconds: seconds(0, 604_800)
    .default(21_600)
    .describe(
      'how often the targets of each schedule are read although nothing hints at a change; 0 is never',
    ),
  drainSeconds: seconds(1, 300).default(30).describe('on SIGTERM, how long running passes may take to end'),
  port: port.default(8080).describe('metrics and probes; 0 picks a free one'),
  host: z.string().min(1).default('0.0.0.0').describe('address metrics and probes listen on'),
  apiPort: port
    .default(8081)
    .describe('API; 0 picks a free one. On 127.0.0.1 only, unless OIDC is configured'),
  oidcIssuer: optional.describe('issuer of the tokens by which callers of the API are known'),
  oidcAudience: optional.describe('audience those tokens are for'),
  oidcJwksUri: z
    .string()
    .regex(/^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1)[:/])/, 'an https URL')
    .optional()
    .describe("where the issuer's keys are, such as https://example.com/.well-known/jwks.json"),
  apiRequestsPerMinute: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(120)
    .describe('requests of one address that the API answers in a minute'),
  apiTrustedProxies: optional.describe(
    'addresses (CIDR, with commas) of proxies in front of the API whose X-Forwarded-For is believed',
  ),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('least level that is logged'),
  logFormat: z
    .enum(['json', 'text', 'auto'])
    .default('auto')
    .describe('auto is text on a terminal, else json'),
});

/** The settings whose default is made from the prefix. */
type Derived = 'installation' | 'userPath' | 'pipelineUserPath' | 'administratorPath';

export type Config = Readonly<Omit<z.infer<typeof schema>, Derived>> & Readonly<Record<Derived, string>>;
export type ConfigName = keyof typeof schema.shape;

/** A setting as help texts and documentation show it. */
export interface Setting {
  readonly name: ConfigName;
  readonly flag: string;
  readonly variable: string;
  readonly help: string;
  readonly defaultValue: string | undefined;
}

/** All settings, in the order of the schema. */
export const SETTINGS: readonly Setting[] = (Object.keys(schema.shape) as ConfigName[]).map((name) => {
  const member = schema.shape[name];
  // Parsing undefined yields exactly the declared default, and nothing where there is none.
  const fallback: unknown = member.safeParse(undefined).data;
  return {
    name,
    flag: name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    variable: `TRIMTAB_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
    help: member.description ?? '',
    defaultValue: fallback === undefined ? undefined : String(fallback),
  };
});

/** A setting has a value it cannot have; the message says which, what was found and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Makes the frozen configuration from flags over environment. Throws `ConfigError`. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, unknown>> = {},
): Config {
  const given: Record<string, unknown> = {};
  for (const setting of SETTINGS) {
    const value = flags[setting.name] ?? environment[setting.variable];
    if (value !== undefined && value !== '') given[setting.name] = value;
  }
  const parsed = schema.safeParse(given);
  if (!parsed.success)
    throw new ConfigError(parsed.error.issues.map((issue) => describeIssue(issue, given)).join('\n'));
  const { prefix } = parsed.data;
  const config = {
    ...parsed.data,
    installation: parsed.data.installation ?? prefix,
    userPath: parsed.data.userPath ?? `${prefix}/apps/*/users`,
    pipelineUserPath: parsed.data.pipelineUserPath ?? `${prefix}/pipelines/*/users`,
    administratorPath: parsed.data.administratorPath ?? `${prefix}/account/administrators`,
  };
  if (config.quietMaxSeconds < config.quietSeconds) {
    throw new ConfigError(
      `--quiet-max-seconds is ${config.quietMaxSeconds}, less than --quiet-seconds ${config.quietSeconds}`,
    );
  }
  const oidc = [config.oidcIssuer, config.oidcAudience, config.oidcJwksUri];
  if (oidc.some((one) => one === undefined) && oidc.some((one) => one !== undefined)) {
    throw new ConfigError(
      '--oidc-issuer, --oidc-audience and --oidc-jwks-uri belong together: set all or none',
    );
  }
  return Object.freeze(config);
}

function describeIssue(issue: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): string {
  const setting = SETTINGS.find((known) => known.name === issue.path[0]);
  if (setting === undefined) return issue.message;
  const value = String(given[setting.name]);
  return `--${setting.flag} (${setting.variable}) is "${value}": ${issue.message}. It is: ${setting.help}.`;
}
