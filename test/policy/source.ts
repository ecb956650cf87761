import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Where `deploy/policy.json` lies: the one source of what trimtab may do. */
export const POLICY_FILE = new URL('../../deploy/policy.json', import.meta.url);

const texts = z.array(z.string()).min(1);
const statementSchema = z.strictObject({
  sid: z.string().regex(/^[A-Za-z0-9]+$/),
  why: z.string().min(20),
  where: z.enum(['home', 'account']),
  actions: texts,
  resources: texts,
  conditions: z.record(z.string(), z.record(z.string(), z.string())).optional(),
});
const policySchema = z.strictObject({ $comment: z.string(), statements: z.array(statementSchema) });

/** One permission of the policy, with the reason it is there. */
export type Statement = Readonly<z.infer<typeof statementSchema>>;

/** A policy as IAM takes it. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: ReadonlyArray<{
    readonly Sid: string;
    readonly Effect: 'Allow';
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }>;
}

/** The statements of the shipped policy, in order. */
export function readStatements(): readonly Statement[] {
  return policySchema.parse(JSON.parse(readFileSync(POLICY_FILE, 'utf8'))).statements;
}

/** What stands in a template for the names in `${}`, in an installation with the usual names. */
export function usualNames(place: {
  readonly account: string;
  readonly region: string;
}): Record<string, string> {
  return {
    'AWS::Partition': 'aws',
    'AWS::Region': place.region,
    'AWS::AccountId': place.account,
    Prefix: '/apppack',
    Name: 'trimtab',
    TableName: 'apppack',
    TaskRoles: '*',
    EventsRoles: '*',
    AccountRoles: '*',
    ArtifactBuckets: '*',
  };
}

/** The policy as CloudFormation would hand it to IAM. Throws for a name that has no value. */
export function renderPolicy(
  statements: readonly Statement[],
  names: Readonly<Record<string, string>>,
): PolicyDocument {
  const fill = (text: string) =>
    text.replace(/\$\{([^}]+)\}/g, (_whole, name: string) => {
      const value = names[name];
      if (value === undefined) throw new Error(`deploy/policy.json uses \${${name}}, which nobody fills in`);
      return value;
    });
  return {
    Version: '2012-10-17',
    Statement: statements.map(({ sid, actions, resources, conditions }) => ({
      Sid: sid,
      Effect: 'Allow',
      Action: actions,
      Resource: resources.map(fill),
      ...(conditions === undefined ? {} : { Condition: conditions }),
    })),
  };
}
