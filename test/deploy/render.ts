import { Document, type Scalar, type ScalarTag, type YAMLMap, type YAMLSeq } from 'yaml';
import { KINDS_AT_WORK } from '../../src/compose.ts';
import { type RuleDefinition, ruleDefinitions } from '../../src/events/rules.ts';
import type { Statement } from '../policy/source.ts';

/** A text with `${names}` that CloudFormation fills in. */
class Sub {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What stands for another resource: `!Ref`, `!GetAtt`. */
class Reference {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const TAGS: ScalarTag[] = [
  {
    tag: '!Sub',
    identify: (value) => value instanceof Sub,
    resolve: (text) => text,
    stringify: ({ value }: Scalar) => quoted((value as Sub).text),
  },
  {
    tag: '!GetAtt',
    identify: (value) => value instanceof Reference,
    resolve: (text) => text,
    stringify: ({ value }: Scalar) => (value as Reference).text,
  },
];

function quoted(text: string): string {
  return /^[\w$][\w$/.:{}*-]*$/.test(text) ? text : JSON.stringify(text);
}

function fillable(text: string): string | Sub {
  return text.includes('${') ? new Sub(text) : text;
}

function toYaml(value: unknown): string {
  return documentOf(value).toString({ lineWidth: 0 });
}

function documentOf(value: unknown): Document<YAMLMap | YAMLSeq> {
  return new Document(value, { customTags: TAGS }) as Document<YAMLMap | YAMLSeq>;
}

/** The statements as they stand in a template, each below the reason for it. */
export function policyBlock(statements: readonly Statement[]): string {
  return statements.map((statement) => `# ${statement.why}\n${toYaml([statementOf(statement)])}`).join('');
}

function statementOf({ sid, actions, resources, conditions }: Statement): unknown {
  return {
    Sid: sid,
    Effect: 'Allow',
    Action: actions,
    Resource: resources.map(fillable),
    ...(conditions === undefined ? {} : { Condition: conditions }),
  };
}

/** The statements as the table in docs/security.md. */
export function statementTable(statements: readonly Statement[]): string {
  const where = { home: 'home', account: 'every account' };
  const rows = statements.map(
    (one) =>
      `| \`${one.sid}\`: ${one.actions.map((action) => `\`${action}\``).join(', ')} | ${where[one.where]} | ${one.why} |`,
  );
  return ['| statement | where | for |', '|---|---|---|', ...rows].join('\n');
}

/** The rules of an installation, with the prefix as the template's parameter. */
export function shippedRules(): readonly RuleDefinition[] {
  return ruleDefinitions({ prefix: `\${Prefix}`, kinds: KINDS_AT_WORK });
}

/** The rules as they stand in a template: into our queue, or on to the bus of the account trimtab runs in. */
export function rulesBlock(target: 'queue' | 'bus'): string {
  return shippedRules()
    .map((rule) => toYaml({ [resourceName(rule)]: ruleOf(rule, target) }))
    .join('');
}

/** `parameters` → `ParametersRule` */
function resourceName({ name }: RuleDefinition): string {
  const words = name.split('-').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${words.join('')}Rule`;
}

function ruleOf(rule: RuleDefinition, target: 'queue' | 'bus'): unknown {
  const { InputPathsMap, InputTemplate } = rule.transformer;
  const into = {
    Id: 'intake',
    Arn: new Reference('IntakeQueue.Arn'),
    InputTransformer: { InputPathsMap, InputTemplate },
  };
  // A bus takes events as they are; trimtab's own rules cut them down.
  const onto = { Id: 'home', Arn: new Sub(`\${HomeEventBusArn}`), RoleArn: new Reference('ForwardRole.Arn') };
  return {
    Type: 'AWS::Events::Rule',
    Properties: {
      Name: new Sub(`\${Name}-${target === 'queue' ? 'intake' : 'forward'}-${rule.name}`),
      Description: fillable(rule.description),
      EventPattern: deepFill(rule.pattern),
      Targets: [target === 'queue' ? into : onto],
    },
  };
}

function deepFill(value: unknown): unknown {
  if (typeof value === 'string') return fillable(value);
  if (Array.isArray(value)) return value.map(deepFill);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, deepFill(member)]));
}

/** Puts a block between the marks of its name in a template, as deep as the marks are. */
export function splice(template: string, name: string, block: string): string {
  const marked = new RegExp(`^( *)# begin ${name}( [^\\n]*)?\\n[^]*?^ *# end ${name}$`, 'm');
  if (!marked.test(template)) throw new Error(`the template has no place for "${name}"`);
  return template.replace(marked, (_whole, indent: string, note = '') => {
    const lines = block
      .trimEnd()
      .split('\n')
      .map((line) => `${indent}${line}`.trimEnd());
    return [`${indent}# begin ${name}${note}`, ...lines, `${indent}# end ${name}`].join('\n');
  });
}

/** Puts a table between the comments that mark its place in a page. */
export function spliceTable(page: string, name: string, table: string): string {
  const marked = new RegExp(`(<!-- begin ${name} -->\\n)[^]*?(<!-- end ${name} -->)`);
  if (!marked.test(page)) throw new Error(`the page has no place for "${name}"`);
  return page.replace(marked, (_whole, begin: string, end: string) => `${begin}\n${table}\n\n${end}`);
}
