import { formatSection, isOut, type Section } from './figures.ts';
import { accountsSection } from './sections/accounts.ts';
import { burstsSection } from './sections/bursts.ts';
import { changesSection } from './sections/changes.ts';
import { cpuSection } from './sections/cpu.ts';
import { idleSection } from './sections/idle.ts';
import { passSection } from './sections/pass.ts';
import { sweepSection } from './sections/sweep.ts';
import { weekSection } from './sections/week.ts';

// The SDK's version is pinned; its advice about Node's is for whoever updates it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** The sections by the name that chooses them: `npm run bench -- sweep cpu`. */
const SECTIONS: Readonly<Record<string, () => Promise<Section>>> = {
  pass: passSection,
  changes: changesSection,
  bursts: burstsSection,
  idle: idleSection,
  cpu: cpuSection,
  sweep: sweepSection,
  accounts: accountsSection,
  week: weekSection,
};

process.exitCode = await run(process.argv.slice(2));

async function run(chosen: readonly string[]): Promise<number> {
  const unknown = chosen.filter((name) => SECTIONS[name] === undefined);
  if (unknown.length > 0) {
    console.error(`there is no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`);
    return 1;
  }
  const out: string[] = [];
  for (const [name, measure] of Object.entries(SECTIONS)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    const startedAt = performance.now();
    const section = await measure();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`${formatSection(section)}\n  (measured in ${seconds} s)\n`);
    out.push(...section.figures.filter(isOut).map((figure) => `${name}: ${figure.name}`));
  }
  const verdict =
    out.length === 0 ? 'Every figure is within its bounds.' : `Out of their bounds:\n  ${out.join('\n  ')}`;
  console.log(verdict);
  return out.length === 0 ? 0 : 1;
}
