import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { formatSection, isOut, type Section } from './figures.ts';
import { accountsSection } from './sections/accounts.ts';
import { burstsSection } from './sections/bursts.ts';
import { changesSection } from './sections/changes.ts';
import { cpuSection } from './sections/cpu.ts';
import { idleSection } from './sections/idle.ts';
import { passSection } from './sections/pass.ts';
import { sweepSection } from './sections/sweep.ts';
import { weekSection } from './sections/week.ts';
import { wholeWeekSection } from './sections/whole-week.ts';

// The SDK's version is pinned; its advice about Node's is for whoever updates it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** Each section is a process of its own, so many at once: their time is virtual and does not mind. */
const PROCESSES_MAX = 2;

/** The sections by the name that chooses them, `npm run bench -- sweep cpu`; those that take longest first. */
const SECTIONS: Readonly<Record<string, () => Promise<Section>>> = {
  accounts: accountsSection,
  sweep: sweepSection,
  bursts: burstsSection,
  changes: changesSection,
  idle: idleSection,
  pass: passSection,
  cpu: cpuSection,
  week: weekSection,
  'whole-week': wholeWeekSection,
};

/** These judge CPU, so nothing of ours runs beside them. */
const ALONE: ReadonlySet<string> = new Set(['cpu', 'week', 'whole-week']);

/** These take minutes and tell of this machine alone: only for who asks for them. */
const ON_REQUEST: ReadonlySet<string> = new Set(['whole-week']);

/** What became of a section: its text for people, and its figures that are out of their bounds. */
interface Outcome {
  readonly text: string;
  readonly out: readonly string[];
}

// Whoever forked us waits for the outcome of one section.
if (process.send === undefined) process.exitCode = await run(process.argv.slice(2));
else process.send(await measure(process.argv[2] ?? ''));

async function run(chosen: readonly string[]): Promise<number> {
  const unknown = chosen.filter((name) => SECTIONS[name] === undefined);
  if (unknown.length > 0) {
    console.error(`there is no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`);
    return 1;
  }
  const names = Object.keys(SECTIONS).filter((name) =>
    chosen.length === 0 ? !ON_REQUEST.has(name) : chosen.includes(name),
  );
  const together = names.filter((name) => !ALONE.has(name));
  const alone = names.filter((name) => ALONE.has(name));
  const lanes = Math.min(PROCESSES_MAX, availableParallelism());
  const out = [...(await measureAll(together, lanes)), ...(await measureAll(alone, 1))];
  const verdict =
    out.length === 0 ? 'Every figure is within its bounds.' : `Out of their bounds:\n  ${out.join('\n  ')}`;
  console.log(verdict);
  return out.length === 0 ? 0 : 1;
}

/** Measures sections, so many at once; each is shown when it is done. Gives what is out of its bounds. */
async function measureAll(names: readonly string[], lanes: number): Promise<readonly string[]> {
  const waiting = [...names];
  const out: string[] = [];
  const lane = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const outcome = await measureApart(name);
      console.log(outcome.text);
      out.push(...outcome.out);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return out;
}

/** Measures a section in a process of its own. */
function measureApart(name: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(import.meta.url), [name]);
    let outcome: Outcome = { text: `${name} broke down\n`, out: [`${name}: all of it`] };
    // Only `measure` sends anything.
    child.on('message', (message) => {
      outcome = message as Outcome;
    });
    child.once('close', () => resolve(outcome));
  });
}

async function measure(name: string): Promise<Outcome> {
  const section = SECTIONS[name];
  if (section === undefined) throw new Error(`there is no section ${name}`);
  const startedAt = performance.now();
  const measured = await section();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  return {
    text: `${formatSection(measured)}\n  (measured in ${seconds} s)\n`,
    out: measured.figures.filter(isOut).map((figure) => `${name}: ${figure.name}`),
  };
}
