import { isWildcardOnlyAction, runUnsafeSimulation } from '@cloud-copilot/iam-simulate';
import type { AccessRequest } from '../../src/simulator/region.ts';
import { type PolicyDocument, readStatements, renderPolicy, type Statement, usualNames } from './source.ts';

/** What a policy says to a request: the statements that allow it, none when it is denied. */
export type Allowing = (request: AccessRequest) => readonly string[];

const STATEMENTS = readStatements();
/** Actions for which AWS knows no resources: whatever they are about, policies are asked for `*`. */
const WITHOUT_RESOURCES = new Set(
  await Promise.all(
    [...new Set(STATEMENTS.flatMap(({ actions }) => actions))].map(async (action) => {
      const [service = '', name = ''] = action.split(':');
      return (await isWildcardOnlyAction(service, name)) ? action : '';
    }),
  ),
);

export interface Enforced {
  readonly account: string;
  readonly region: string;
  /** Whether it is the account trimtab runs in; in others it has less to do. Yes unless said. */
  readonly home?: boolean;
  /** A statement that is left out. */
  readonly without?: string | undefined;
}

/**
 * Asks IAM's rules, statement by statement, what the shipped policy allows in an account. Answers are kept, for a
 * scenario asks the same a thousand times.
 */
export function createAllowing({ home = true, without, ...place }: Enforced): Allowing {
  const statements = STATEMENTS.filter(({ sid, where }) => sid !== without && (home || where === 'account'));
  const documents = statements.map((statement) => ({
    statement,
    document: renderPolicy([statement], usualNames(place)),
  }));
  const answers = new Map<string, readonly string[]>();
  return (request) => {
    const key = JSON.stringify([request.action, request.resource, request.keys]);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const allowing = documents
      .filter(({ statement, document }) => mentions(statement, request) && allows(document, request))
      .map(({ statement }) => statement.sid);
    answers.set(key, allowing);
    return allowing;
  };
}

/** Spares the evaluation where it is plain that a statement is about something else. */
function mentions(statement: Statement, { action }: AccessRequest): boolean {
  return statement.actions.includes(action);
}

function allows(document: PolicyDocument, request: AccessRequest): boolean {
  const { account, action, resource, keys } = request;
  const result = runUnsafeSimulation(
    {
      request: {
        principal: `arn:aws:iam::${account}:role/trimtab`,
        action,
        resource: { resource: WITHOUT_RESOURCES.has(action) ? '*' : resource, accountId: account },
        contextVariables: { ...keys },
      },
      identityPolicies: [{ name: 'trimtab', policy: document }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  return result === 'Allowed';
}
