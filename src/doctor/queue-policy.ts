import { z } from 'zod';

const oneOrMany = z.union([z.string(), z.array(z.string())]).transform((given) => [given].flat());
const principal = z.union([z.literal('*'), z.record(z.string(), oneOrMany)]);
const policySchema = z.object({
  Statement: z
    .union([z.unknown(), z.array(z.unknown())])
    .transform((given) => [given].flat())
    .pipe(
      z.array(
        z.object({
          Effect: z.enum(['Allow', 'Deny']),
          Principal: principal.optional(),
          Action: oneOrMany.optional(),
          Resource: oneOrMany.optional(),
          Condition: z.record(z.string(), z.record(z.string(), oneOrMany)).optional(),
        }),
      ),
    ),
});

type Statement = z.infer<typeof policySchema>['Statement'][number];

/** A rule that wants to put an event into a queue. */
export interface Delivery {
  readonly queueArn: string;
  readonly ruleArn: string;
  readonly account: string;
}

/**
 * Whether a queue's policy lets EventBridge put a rule's events into it. Without leave they are dropped without a
 * word. Conditions on anything but the source, and other ways to write a policy, count as refusal.
 * Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions
 */
export function letsRuleSend(policy: string | undefined, delivery: Delivery): boolean {
  if (policy === undefined || policy === '') return false;
  const parsed = policySchema.safeParse(parseJson(policy));
  if (!parsed.success) return false;
  const about = parsed.data.Statement.filter((statement) => isAbout(statement, delivery));
  const holding = about.filter((statement) => holds(statement, delivery));
  return holding.some(({ Effect }) => Effect === 'Allow') && !holding.some(({ Effect }) => Effect === 'Deny');
}

function isAbout({ Principal, Action = [], Resource = [] }: Statement, { queueArn }: Delivery): boolean {
  const services = Principal === '*' || Principal === undefined ? ['*'] : Object.values(Principal).flat();
  return (
    services.some((one) => one === '*' || one === 'events.amazonaws.com') &&
    Action.some((one) => matches(one.toLowerCase(), 'sqs:sendmessage')) &&
    Resource.some((one) => matches(one, queueArn))
  );
}

/** EventBridge always uses TLS, and says which rule and account it sends for. */
function holds({ Condition = {} }: Statement, { ruleArn, account }: Delivery): boolean {
  const request: Readonly<Record<string, string>> = {
    'aws:sourcearn': ruleArn,
    'aws:sourceaccount': account,
    'aws:securetransport': 'true',
  };
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => {
      const value = request[key.toLowerCase()];
      if (value === undefined) return false;
      const like = /like$/i.test(operator) || /^arn/i.test(operator);
      const found = values.some((pattern) => (like ? matches(pattern, value) : pattern === value));
      return /not/i.test(operator) ? !found : found;
    }),
  );
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern
    .split('*')
    .map((part) => part.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\?/g, '.'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
