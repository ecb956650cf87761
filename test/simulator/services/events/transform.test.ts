import { describe, expect, it } from 'vitest';
import { readJsonPath } from '../../../../src/simulator/services/events/json-path.ts';
import { transformerProblem, transformInput } from '../../../../src/simulator/services/events/transform.ts';

const event = {
  version: '0',
  id: '7bf73129',
  'detail-type': 'EC2 Instance State-change Notification',
  time: '2015-11-11T21:29:54Z',
  resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111'],
  detail: { 'instance-id': 'i-0123456789', state: 'RUNNING', list: [{ a: 1 }, { a: 2 }], said: 'a "b"' },
};

const inputPathsMap = new Map([
  ['timestamp', '$.time'],
  ['instance', '$.detail.instance-id'],
  ['state', '$.detail.state'],
  ['resource', '$.resources[0]'],
  ['detail', '$.detail'],
  ['said', '$.detail.said'],
  ['numbers', '$.detail.list[*].a'],
  ['missing', '$.detail.nothing'],
]);

function fill(inputTemplate: string): string {
  const arn = 'arn:aws:events:us-east-2:123456789012:rule/example';
  const occasion = { event, ruleArn: arn, ruleName: 'example', ingestedAt: Date.UTC(2026, 0, 5) };
  return transformInput({ inputPathsMap, inputTemplate }, occasion);
}

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
describe('input transformers', () => {
  it.each([
    ['"instance <instance> is in <state>"', '"instance i-0123456789 is in RUNNING"'],
    ['"instance \\"<instance>\\" is in <state>"', '"instance \\"i-0123456789\\" is in RUNNING"'],
    ['{"instance" : <instance>, "state": <state>}', '{"instance" : "i-0123456789", "state": "RUNNING"}'],
    ['{"state": "<state>"}', '{"state": "RUNNING"}'],
    ['{"state": [ 9, <state>, true ]}', '{"state": [ 9, "RUNNING", true ]}'],
    ['{"numbers": <numbers>, "first": <resource>}', `{"numbers": [1,2], "first": "${event.resources[0]}"}`],
    [
      '{"arn": <aws.events.rule-arn>, "name": <aws.events.rule-name>}',
      '{"arn": "arn:aws:events:us-east-2:123456789012:rule/example", "name": "example"}',
    ],
    ['"<aws.events.rule-name> triggered"', '"example triggered"'],
    ['{"at": <aws.events.event.ingestion-time>}', '{"at": "2026-01-05T00:00:00.000Z"}'],
    ['"numbers <numbers>"', '"numbers [1,2]"'],
    ['{"x": <missing>, "y": "<missing>"}', '{"x": "", "y": ""}'],
    ['"<state>"\n"<instance>"', '"RUNNING"\n"i-0123456789"'],
    ['{"said": <said>}', '{"said": "a \\"b\\""}'],
  ])('%s becomes %s', (template, expected) => {
    expect(fill(template)).toBe(expected);
  });

  it('insert objects as values, and without their quotes inside a text', () => {
    expect(JSON.parse(fill('{"detail": <detail>}'))).toEqual({ detail: event.detail });
    expect(fill('"<detail>"')).toContain('{instance-id:i-0123456789,state:RUNNING');
  });

  it('insert the event with and without its detail', () => {
    expect(JSON.parse(fill('{"event": <aws.events.event.json>}'))).toEqual({ event });
    const { detail: _detail, ...envelope } = event;
    expect(JSON.parse(fill('{"event": <aws.events.event>}'))).toEqual({ event: envelope });
  });

  it.each([
    ['{"x": <other>}', 'contains invalid placeholder other'],
    ['instance <state>', 'is not a valid JSON text'],
    ['{"x": <state>', 'is not a valid JSON text'],
    ['{"x": <state>}', undefined],
    ['"a"\n"<state>"', undefined],
  ])('are checked: %s', (inputTemplate, problem) => {
    expect(transformerProblem({ inputPathsMap, inputTemplate })).toBe(problem);
  });
});

describe('JSON paths', () => {
  it.each([
    ['$', event],
    ['$.detail.list[1].a', 2],
    ['$.detail.list.a', undefined],
    ["$['detail-type']", event['detail-type']],
    ['$.detail-type', event['detail-type']],
    ['$.resources[3]', undefined],
    ['$.detail.constructor', undefined],
    ['detail', undefined],
    ['$detail', undefined],
    ['$.detail[', undefined],
  ])('%s', (path, expected) => {
    expect(readJsonPath(event, path)).toEqual(expected);
  });
});
