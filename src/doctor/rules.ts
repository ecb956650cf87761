import {
  ListRulesCommand,
  ListTargetsByRuleCommand,
  type Rule,
  type Target,
} from '@aws-sdk/client-eventbridge';
import type { RuleDefinition } from '../events/rules.ts';
import { digestOf } from '../reconcile/plan.ts';
import { ask, type Finding, join, type Look, unanswered } from './finding.ts';
import type { Ground } from './ground.ts';

export interface RulesLook extends Look {
  /** Whether the rule that tells of parameters is as it should be. */
  readonly usable: boolean;
}

/** Looks at the rules that feed the intake queue: whether they are there, on, and say and send what they should. */
export async function lookAtRules(ground: Ground): Promise<RulesLook> {
  const answer = await ask(listRules(ground));
  if (answer.type !== 'told') return { ...unanswered('rules', 'list rules', answer), usable: true };
  const rules = answer.value;
  const looks = await Promise.all(
    ground.rules.map(async (definition) => {
      const rule = rules.find(({ Name }) => Name === ground.ruleName(definition));
      return rule === undefined ? missing(ground, definition) : lookAtRule(ground, definition, rule);
    }),
  );
  const parameters = ground.rules.findIndex(({ name }) => name === 'parameters');
  return { ...join(looks), usable: looks[parameters]?.findings.length === 0 };
}

async function listRules(ground: Ground): Promise<readonly Rule[]> {
  const { events } = ground.connection.clients;
  const rules: Rule[] = [];
  let NextToken: string | undefined;
  do {
    const page = await events.send(new ListRulesCommand({ NamePrefix: `${ground.intake.name}-`, NextToken }));
    rules.push(...(page.Rules ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return rules;
}

function missing(ground: Ground, definition: RuleDefinition): Look {
  const name = ground.ruleName(definition);
  const lost = definition.description.charAt(0).toLowerCase() + definition.description.slice(1);
  return about(`there is no rule ${name}: nobody tells of ${lost}`, 'Update the stack of deploy/ecs.yaml.');
}

async function lookAtRule(ground: Ground, definition: RuleDefinition, rule: Rule): Promise<Look> {
  const name = ground.ruleName(definition);
  if (rule.State === 'DISABLED') {
    return about(`the rule ${name} is disabled`, `aws events enable-rule --name ${name}`);
  }
  if (!sameJson(rule.EventPattern, definition.pattern)) {
    const pattern = JSON.stringify(definition.pattern);
    return about(
      `the rule ${name} has another pattern than this version and --prefix ${ground.connection.config.prefix} need: ${rule.EventPattern ?? 'none'}`,
      `aws events put-rule --name ${name} --event-pattern '${pattern}'`,
    );
  }
  const { events } = ground.connection.clients;
  const answer = await ask(events.send(new ListTargetsByRuleCommand({ Rule: name })));
  if (answer.type !== 'told') return unanswered('rules', `list the targets of ${name}`, answer);
  return { findings: judgeTargets(ground, definition, answer.value.Targets ?? []), unseen: [] };
}

function judgeTargets(
  ground: Ground,
  definition: RuleDefinition,
  targets: readonly Target[],
): readonly Finding[] {
  const name = ground.ruleName(definition);
  const wanted = { Id: 'intake', Arn: ground.intake.arn, InputTransformer: definition.transformer };
  const mend = `aws events put-targets --rule ${name} --targets '${JSON.stringify([wanted])}'`;
  const target = targets.find(({ Arn }) => Arn === ground.intake.arn);
  if (target === undefined) {
    const other = targets.map(({ Arn }) => Arn).join(', ');
    return about(
      `the rule ${name} sends to ${other === '' ? 'nobody' : other}, not to ${ground.intake.arn}`,
      mend,
    ).findings;
  }
  if (sameJson(JSON.stringify(target.InputTransformer), definition.transformer)) return [];
  return about(
    `the rule ${name} sends events in another form than this version reads; whole events may hold secrets of builds`,
    mend,
  ).findings;
}

function about(message: string, mend: string): Look {
  return { findings: [{ check: 'rules', message, mend }], unseen: [] };
}

function sameJson(text: string | undefined, wanted: unknown): boolean {
  if (text === undefined) return false;
  try {
    return digestOf(JSON.parse(text)) === digestOf(wanted);
  } catch {
    return false;
  }
}
