/** Values that programs stumble over, by what they stand for. */

/** For counts: bounds, what the CLI lets through, and what is no count at all. */
export const COUNTS: readonly unknown[] = [
  0,
  1,
  2,
  3,
  5,
  10,
  -1,
  1.5,
  1e6,
  1e21,
  '2',
  null,
  true,
  '',
  [],
  {},
];

/** Sizes that Fargate has, as cpu and memory. */
export const SIZES: ReadonlyArray<readonly [number, number]> = [
  [256, 512],
  [256, 2048],
  [512, 1024],
  [512, 4096],
  [1024, 2048],
  [1024, 8192],
  [2048, 4096],
  [4096, 30_720],
  [8192, 16_384],
  [16_384, 122_880],
];

/** Sizes nothing runs in, or that are none. */
export const BAD_SIZES: readonly unknown[] = [
  0,
  -256,
  300,
  255.5,
  1e9,
  '512',
  '0.5 vCPU',
  null,
  false,
  [512],
];

/** Schedules of EventBridge, plain ones and its edges. */
export const CRONS: readonly string[] = [
  '0 3 * * ? *',
  '0/10 * * * ? *',
  '30 4 ? * MON-FRI *',
  '0 0 1 * ? *',
  '0 0 L * ? *',
  '0 12 ? * 6#3 *',
  '0 12 15W * ? *',
  '59 23 31 12 ? 2199',
  '0 2 29 2 ? *',
  '*/5 8-18 ? JAN,JUL SUN *',
];

/** What people write who know another cron, and what is none. */
export const BAD_CRONS: readonly unknown[] = [
  '0 3 * * *',
  '* * * * * *',
  '0 25 * * ? *',
  '0 3 ? * ? *',
  'cron(0 3 * * ? *)',
  'rate(5 minutes)',
  '@daily',
  '0 0 31 2 ? *x',
  '',
  5,
  null,
];

const LONG = 'x'.repeat(2000);

/** Texts with which cutting, quoting, comparing or printing goes wrong. */
export const TEXTS: readonly string[] = [
  '',
  ' ',
  '\u0000',
  "it's $HOME; `rm -rf /`",
  'zwölf Boxkämpfer',
  '\u202Egnp.exe',
  'e\u0301 \u00e9',
  '👩‍👩‍👧‍👦',
  '\ud800',
  '\u{1F600}'.repeat(40),
  'line\nbreak\ttab',
  '{"a":1}',
  '$(date) $HOME',
  '<task>',
  '%s%n',
  LONG,
];

export const COMMANDS: readonly string[] = [
  'clean up',
  'send mails',
  './bin/ping --all',
  'python manage.py clearsessions',
  'echo "quoted \'twice\'"',
  'echo zwölf 👩‍👩‍👧‍👦',
  'x'.repeat(1500),
];

/** Names of processes: plain ones, those that size tasks or are reserved, and those that cannot be services. */
export const PROCESSES: readonly string[] = [
  'web',
  'worker',
  'clock',
  'release',
  'scheduler',
  'shell',
  'api-web',
  'WEB',
  'constructor',
  'toString',
  'wörker',
  '-web',
  'web ',
  '',
  'w'.repeat(250),
];

/** Names of apps nobody has yet; the last are none. */
export const NEW_APPS: readonly string[] = [
  'blog',
  'shop-web',
  'a',
  'UPPER_case',
  '-x',
  '.',
  'n'.repeat(220),
];

/** Names of config variables. */
export const VARIABLES: readonly string[] = [
  'ALPHA',
  'BETA',
  'GAMMA',
  'DATABASE_URL',
  'PORT',
  'constructor',
  'lower.case-1',
  'deep/er',
];

/** Any JSON at all, to stand where something else is expected. */
export const ANYTHING: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  '',
  'text',
  [],
  [[]],
  {},
  { a: 1 },
  [null],
];

/** Texts that are no JSON, or hardly. */
export const NO_JSON: readonly string[] = [
  '{',
  'null',
  'undefined',
  "{'web': 1}",
  '{"web":}',
  '[1,2',
  '\ufeff{}',
  '{} {}',
  '{"web":{"cpu":512},"web":{"cpu":1024}}',
  'NaN',
  '"text"',
  '['.repeat(500),
  '\u00a0',
];

/** Instants at which calendars and clocks do something odd. */
export const ODD_INSTANTS: readonly string[] = [
  '2026-03-08T06:58:30Z',
  '2026-03-29T00:58:30Z',
  '2026-10-25T00:58:30Z',
  '2026-12-31T23:58:30Z',
  '2028-02-28T23:58:30Z',
  '2028-02-29T23:58:30Z',
  '2038-01-19T03:12:30Z',
  '2026-06-30T23:58:30Z',
];
