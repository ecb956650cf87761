import { invalid } from './state.ts';

/**
 * Reads a filter pattern of plain terms: all of them must be in the message, none of those with `-`; when there are
 * only terms with `?`, one of them is enough. JSON, column and regular expression patterns are refused.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
 */
export function compileFilter(source: string): (message: string) => boolean {
  const terms = readTerms(source);
  const of = (sign: Term['sign']): string[] =>
    terms.filter((term) => term.sign === sign).map((term) => term.words);
  const required = of('');
  const refused = of('-');
  const optional = required.length + refused.length === 0 ? of('?') : [];
  return (message) =>
    required.every((words) => message.includes(words)) &&
    !refused.some((words) => message.includes(words)) &&
    (optional.length === 0 || optional.some((words) => message.includes(words)));
}

interface Term {
  readonly sign: '' | '-' | '?';
  readonly words: string;
}

/** "You must enclose terms with characters other than alphanumeric and underscore in double quotation marks." */
function readTerms(source: string): Term[] {
  const terms: Term[] = [];
  const pattern = /([-?]?)(?:"((?:\\.|[^"\\])*)"|([^\s"]+))/gsu;
  for (const [, sign = '', quoted, bare] of source.matchAll(pattern)) {
    const wrong = /[^\p{L}\p{N}_]+/u.exec(bare ?? '')?.[0];
    if (wrong !== undefined) throw invalid(`Invalid character(s) in term '${wrong}'`);
    // The expression above lets no other sign through.
    terms.push({ sign: sign as Term['sign'], words: bare ?? (quoted ?? '').replace(/\\(.)/gs, '$1') });
  }
  const unread = source.replace(pattern, '').trim();
  if (unread !== '') throw invalid(`Invalid character(s) in term '${unread}'`);
  return terms;
}
