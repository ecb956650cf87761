import { z } from 'zod';

/** `2026-01-05T12:00:00Z`: always UTC, so that a time line can be read and sorted as text. */
export const instant = z
  .string()
  .regex(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/, 'an instant is written like 2026-01-05T12:00:00Z')
  .refine((text) => !Number.isNaN(Date.parse(text)), 'there is no such instant');

const parameterName = z
  .string()
  .regex(/^\/[A-Za-z0-9_./-]{1,1010}$/, 'a parameter name like /apppack/apps/shop/scaling');
const appName = z.string().min(1).max(1010);
const document = z.record(z.string(), z.unknown());
const milliseconds = z.int().min(0).max(86_400_000);
const chance = z.number().min(0).max(1);

/** How events and reads misbehave; what is not said is 0, a perfect day. */
export const weatherShape = z.strictObject({
  staleReadsMs: milliseconds.optional().describe('ECS and Parameter Store reads lag up to this long'),
  duplicateEvents: chance.optional().describe('share of events that arrive twice'),
  lostEvents: chance.optional().describe('share of best-effort events that never arrive'),
  eventDelayMs: milliseconds.optional().describe('events arrive up to this late, so they change places'),
});
export type WeatherWish = z.infer<typeof weatherShape>;

const faultShape = z.strictObject({
  kind: z
    .enum(['throttle', 'error', 'lostResponse', 'reset', 'denied', 'slow'])
    .describe('what becomes of a call; after lostResponse it took effect, after reset it did not'),
  service: z.string().optional(),
  operation: z.string().optional(),
  probability: chance.optional().describe('for each matching call; 1 unless said'),
  times: z.int().min(1).max(1_000_000).optional().describe('how many calls it hits; unbounded unless said'),
  delayMs: milliseconds.optional().describe('for slow'),
});
export type FaultWish = z.infer<typeof faultShape>;

const put = z.strictObject({
  at: instant,
  type: z.literal('put').describe('somebody puts a parameter'),
  name: parameterName,
  kind: z.enum(['String', 'StringList', 'SecureString']).optional().describe('String unless said'),
  json: z.unknown().optional().describe('the value, where it is JSON'),
  value: z
    .string()
    .min(1)
    .max(8192)
    .optional()
    .describe('the value as text; never below config/, never of a SecureString'),
  version: z.int().min(1).optional().describe('the version it had when it was recorded; for people'),
});

const remove = z.strictObject({
  at: instant,
  type: z.literal('delete').describe('somebody deletes a parameter'),
  name: parameterName,
});

const putItem = z.strictObject({
  at: instant,
  type: z.literal('item').describe("somebody writes an item of the installation's table, as plain JSON"),
  item: document,
});

const removeItem = z.strictObject({
  at: instant,
  type: z.literal('removeItem').describe("somebody deletes an item of the installation's table"),
  partition: z.string().min(1),
  sort: z.string().min(1),
});

const call = z
  .strictObject({
    at: instant,
    type: z.literal('call').describe('somebody else calls AWS: a deploy script, a person, Auto Scaling'),
    service: z.string().min(1).max(40).describe('ecs, events, autoscaling, …'),
    operation: z.string().min(1).max(80),
    input: document.describe('as the AWS CLI takes it with --cli-input-json'),
  })
  .refine(({ service }) => service !== 'ssm' && service !== 'dynamodb', {
    path: ['service'],
    message: 'parameters are changed by put and delete, items of the table by item and removeItem',
  });

const outcomes = z.strictObject({
  at: instant,
  type: z
    .literal('outcomes')
    .describe('how tasks that start from now on fare; replaces what was said before'),
  outcomes: z.array(document),
});

const builds = z.strictObject({
  at: instant,
  type: z.literal('builds').describe('how builds that start from now on fare; replaces what was said before'),
  outcomes: z.array(document),
});

const weather = z.strictObject({
  at: instant,
  type: z.literal('weather').describe('events and reads misbehave otherwise from now on'),
  weather: weatherShape,
});

const fault = z.strictObject({
  at: instant,
  type: z.literal('fault').describe('calls of the controller begin to fail'),
  fault: faultShape,
  seconds: z
    .number()
    .min(0)
    .max(86_400)
    .optional()
    .describe('for how long; until its times are used up unless said'),
});

const calm = z.strictObject({ at: instant, type: z.literal('calm').describe('all faults and denials end') });

const denial = z.strictObject({
  at: instant,
  type: z.literal('denial').describe('the role may not do something'),
  action: z.string().min(1).describe('ecs:UpdateService; * matches anything'),
  resource: z.string().min(1).describe('an ARN; * matches anything'),
  seconds: z.number().min(0).max(86_400).optional().describe('for how long; until calm unless said'),
});

const restart = z.strictObject({
  at: instant,
  type: z.literal('restart').describe('the controller ends and another begins'),
  how: z
    .enum(['stop', 'kill'])
    .describe('stop drains as on SIGTERM; kill loses everything that was in memory'),
});

const approve = z.strictObject({
  at: instant,
  type: z.literal('approve').describe('somebody types trimtab approve APP'),
  app: appName,
});

const request = z.strictObject({
  at: instant,
  type: z.literal('request').describe('somebody types trimtab reconcile APP'),
  app: appName,
});

const seen = z.strictObject({
  at: instant,
  type: z.literal('seen').describe('what the controller was seen to do while this was recorded; not played'),
  app: appName,
  what: z.string().max(2000),
});

/** One thing that happens to an account. */
export const changeSchema = z.discriminatedUnion('type', [
  put,
  remove,
  putItem,
  removeItem,
  call,
  outcomes,
  builds,
  weather,
  fault,
  calm,
  denial,
  restart,
  approve,
  request,
  seen,
]);

export type Change = z.infer<typeof changeSchema>;

/** A change that is played; what was merely seen is not. */
export type PlayedChange = Exclude<Change, { type: 'seen' }>;

/** A change in a few words, for people: `put /apppack/apps/shop/scaling`. */
export function describeChange(change: Change): string {
  switch (change.type) {
    case 'put':
      return `put ${change.name}`;
    case 'delete':
      return `delete ${change.name}`;
    case 'item':
      return `item ${String(change.item.primary_id)} ${String(change.item.secondary_id)}`;
    case 'removeItem':
      return `delete item ${change.partition} ${change.sort}`;
    case 'call':
      return ['call', change.service, change.operation, subjectOf(change.input)].filter(Boolean).join(' ');
    case 'outcomes':
      return change.outcomes.length === 0 ? 'tasks fare well again' : 'tasks fare otherwise';
    case 'builds':
      return change.outcomes.length === 0 ? 'builds fare well again' : 'builds fare otherwise';
    case 'weather':
      return 'the weather changes';
    case 'fault':
      return `fault ${[change.fault.kind, change.fault.service, change.fault.operation].filter(Boolean).join(' ')}`;
    case 'calm':
      return 'faults end';
    case 'denial':
      return `denial ${change.action} ${change.resource}`;
    case 'restart':
      return change.how === 'kill' ? 'controller killed' : 'controller restarted';
    case 'approve':
    case 'request':
      return `trimtab ${change.type === 'approve' ? 'approve' : 'reconcile'} ${change.app}`;
    case 'seen':
      return `seen ${change.app}: ${change.what}`;
  }
}

/** What a call is about, by the members AWS names things with. */
function subjectOf(input: Readonly<Record<string, unknown>>): string {
  for (const member of ['service', 'serviceName', 'family', 'ResourceId', 'Rule', 'Name', 'cluster']) {
    const value = input[member];
    if (typeof value === 'string') return value;
  }
  return '';
}
