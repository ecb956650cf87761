import type { Operation, RegionContext } from '../../region.ts';
import { type Document, text, wholeNumber } from '../members.ts';
import { invalidParameter, invalidValue } from './errors.ts';
import type { Registry } from './registry.ts';

const RESULTS_MAX = 1000;

/** ListQueues and ListDeadLetterSourceQueues. A page has a token only if MaxResults was given. */
export function listOperations(context: RegionContext, registry: Registry): Record<string, Operation> {
  return {
    ListQueues: (input, caller) => {
      context.authorize('sqs:ListQueues', registry.arnOf('*'), caller);
      const prefix = text(input, 'QueueNamePrefix') ?? '';
      const names = registry.list().map(({ queue }) => queue.name);
      return page(
        input,
        names.filter((name) => name.startsWith(prefix)),
        'QueueUrls',
        registry,
      );
    },
    ListDeadLetterSourceQueues: (input, caller) => {
      const { queue } = registry.reach(input, 'sqs:ListDeadLetterSourceQueues', caller);
      const names = registry.sourcesOf(queue.arn).map((source) => source.name);
      const listed = page(input, names, 'queueUrls', registry);
      return { queueUrls: [], ...listed };
    },
  };
}

/** Source: SQS API_ListQueues.html. The token is the name of the last queue seen. */
function page(
  input: Document,
  names: readonly string[],
  member: string,
  registry: Registry,
): Record<string, unknown> {
  const max = wholeNumber(input, 'MaxResults');
  if (max !== undefined && (max < 1 || max > RESULTS_MAX)) {
    throw invalidValue('MaxResults', max, `Must be an integer from 1 to ${RESULTS_MAX}.`);
  }
  const after = readToken(text(input, 'NextToken'));
  const rest = after === undefined ? names : names.filter((name) => name > after);
  const shown = rest.slice(0, max ?? RESULTS_MAX);
  const last = shown.at(-1);
  return {
    ...(shown.length === 0 ? {} : { [member]: shown.map((name) => registry.urlOf(name)) }),
    ...(max === undefined || last === undefined || rest.length <= shown.length
      ? {}
      : { NextToken: Buffer.from(last, 'utf8').toString('base64') }),
  };
}

function readToken(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const name = Buffer.from(token, 'base64').toString('utf8');
  if (Buffer.from(name, 'utf8').toString('base64') === token && name !== '') return name;
  throw invalidParameter('Invalid or expired next token.');
}
