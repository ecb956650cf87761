import { AwsError } from '../../errors.ts';
import type { Caller } from '../../region.ts';
import { type Document, defined, flag, structures, text, wholeNumber } from '../members.ts';
import type { Backend } from './backend.ts';
import { matchesFilters, readFilters } from './filters.ts';
import type { Pager } from './pages.ts';
import { describeVersion } from './read.ts';
import { newestVersion } from './state.ts';

const PAGE_MAX = 50;

/**
 * Names and metadata, never values.
 * Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
 */
export function describeParameters(backend: Backend, pager: Pager, input: Document, caller: Caller): unknown {
  const old = structures(input, 'Filters') ?? [];
  const filters = readFilters(
    [...(structures(input, 'ParameterFilters') ?? []), ...old],
    'DescribeParameters',
  );
  if (old.length > 0 && filters.length > old.length) {
    throw new AwsError(
      'ValidationException',
      'You can use either Filters or ParameterFilters in a single request.',
    );
  }
  const limit = wholeNumber(input, 'MaxResults', { min: 1, max: PAGE_MAX }) ?? PAGE_MAX;
  const { context, store, arnOf } = backend;
  context.authorize('ssm:DescribeParameters', context.arn('ssm', '*'), caller);
  // Nothing is shared with a simulated account by another one.
  const matching = flag(input, 'Shared')
    ? []
    : store.allSeen().filter((parameter) => matchesFilters(parameter, filters));
  const page = pager.page(matching, {
    scope: JSON.stringify(['DescribeParameters', filters]),
    limit,
    token: text(input, 'NextToken'),
  });
  const shown = page.items.map((parameter) => ({
    ...describeVersion(parameter, newestVersion(parameter)),
    ARN: arnOf(parameter.name),
  }));
  return defined({ Parameters: shown, NextToken: page.nextToken });
}
