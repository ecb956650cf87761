import { z } from 'zod';
import { memo } from '../../memo.ts';

/** What a service asks a queue's policy: may this principal do this, on behalf of that resource? */
export interface PolicyRequest {
  /** `events.amazonaws.com` */
  readonly service: string;
  /** `sqs:SendMessage` */
  readonly action: string;
  readonly resource: string;
  readonly sourceArn: string;
  readonly sourceAccount: string;
}

const scalar = z.union([z.string(), z.boolean(), z.number()]).transform(String);
const texts = z.union([scalar, z.array(scalar)]).transform((value) => [value].flat());

const statementSchema = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([z.literal('*'), z.record(z.string(), texts)]),
  Action: texts,
  Resource: texts,
  Condition: z.record(z.string(), z.record(z.string(), texts)).optional(),
});

type Statement = z.infer<typeof statementSchema>;

/**
 * Whether `policy` lets a service send: some statement allows it and none denies it. Statements in forms that
 * queues of event rules do not need (NotAction, NotPrincipal) are not understood and say nothing.
 * Sources: EB eb-use-resource-based.html#eb-sqs-permissions; IAM reference_policies_evaluation-logic.html
 */
export function policyAllows(policy: string | undefined, request: PolicyRequest): boolean {
  if (policy === undefined) return false;
  const { statements, verdicts } = readPolicy(policy);
  const { service, action, resource, sourceArn, sourceAccount } = request;
  const asked = `${service} ${action} ${resource} ${sourceArn} ${sourceAccount}`;
  let verdict = verdicts.get(asked);
  if (verdict === undefined) {
    verdict = judge(statements, request);
    if (verdicts.size >= REMEMBERED_MAX) verdicts.clear();
    verdicts.set(asked, verdict);
  }
  return verdict;
}

function judge(statements: readonly Statement[], request: PolicyRequest): boolean {
  const applying = statements.filter((statement) => applies(statement, request));
  return (
    applying.some((statement) => statement.Effect === 'Allow') &&
    applying.every((statement) => statement.Effect !== 'Deny')
  );
}

interface ReadPolicy {
  readonly statements: readonly Statement[];
  /** What it said to the requests made last: a policy has nothing to go by but what is in them. */
  readonly verdicts: Map<string, boolean>;
}

/** So many policies, and verdicts of each. */
const REMEMBERED_MAX = 100;

/** Each message of a rule asks for the policy of its queue. */
const readPolicy = memo(
  REMEMBERED_MAX,
  (policy: string): ReadPolicy => ({ statements: parseStatements(policy), verdicts: new Map() }),
);

function parseStatements(policy: string): readonly Statement[] {
  const document: unknown = JSON.parse(policy);
  const parsed = z
    .object({ Statement: z.unknown() })
    .transform(({ Statement }) => [Statement].flat())
    .safeParse(document);
  if (!parsed.success) return [];
  return parsed.data.flatMap((candidate) => {
    const statement = statementSchema.safeParse(candidate);
    return statement.success ? [statement.data] : [];
  });
}

function applies(statement: Statement, request: PolicyRequest): boolean {
  return (
    namesPrincipal(statement, request.service) &&
    statement.Action.some((action) => globMatches(action.toLowerCase(), request.action.toLowerCase())) &&
    statement.Resource.some((resource) => globMatches(resource, request.resource)) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, key, values, request)),
    )
  );
}

function namesPrincipal({ Principal }: Statement, service: string): boolean {
  if (Principal === '*') return true;
  return Principal.AWS?.includes('*') === true || Principal.Service?.includes(service) === true;
}

function holds(operator: string, key: string, values: readonly string[], request: PolicyRequest): boolean {
  const found = contextValue(key, request);
  if (found === undefined) return operator.endsWith('IfExists');
  const test = TESTS.get(operator.replace(/IfExists$/, ''));
  return test !== undefined && values.some((value) => test(value, found));
}

/** Context keys do not mind case. Source: IAM reference_policies_condition-keys.html */
function contextValue(key: string, request: PolicyRequest): string | undefined {
  const values = new Map([
    ['aws:sourcearn', request.sourceArn],
    ['aws:sourceaccount', request.sourceAccount],
    ['aws:securetransport', 'true'],
  ]);
  return values.get(key.toLowerCase());
}

/** Source: IAM reference_policies_elements_condition_operators.html */
const TESTS = new Map<string, (wanted: string, found: string) => boolean>([
  ['StringEquals', (wanted, found) => wanted === found],
  ['StringLike', globMatches],
  ['ArnEquals', arnMatches],
  ['ArnLike', arnMatches],
  ['Bool', (wanted, found) => wanted.toLowerCase() === found],
]);

/** Each of the six parts of an ARN is matched for itself. */
function arnMatches(pattern: string, arn: string): boolean {
  const wanted = arnParts(pattern);
  const found = arnParts(arn);
  return (
    wanted.length === found.length && wanted.every((part, index) => globMatches(part, found[index] ?? ''))
  );
}

function arnParts(arn: string): readonly string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** `*` stands for any characters, `?` for one; most patterns have neither. */
function globMatches(pattern: string, text: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === text;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
