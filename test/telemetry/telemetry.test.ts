import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/simulator/clock.ts';
import { createTelemetry, type TelemetrySettings } from '../../src/telemetry/telemetry.ts';
import { NOW } from '../reconcile/builders.ts';
import { APPLIED, parseScrape, someReport } from './kit.ts';

function open(settings: Partial<TelemetrySettings>, isTerminal: boolean, environment = {}) {
  const written: string[] = [];
  const telemetry = createTelemetry(
    { logLevel: 'info', logFormat: 'auto', concurrency: 4, ...settings },
    { clock: new VirtualClock(NOW), environment, isTerminal, write: (text) => written.push(text) },
    ['app', 'sweep'],
  );
  return { telemetry, written };
}

describe('telemetry of a process', () => {
  it('tells log and metrics the same', async () => {
    const { telemetry, written } = open({}, false);
    telemetry.report(someReport({ outcome: 'applied', actions: [APPLIED] }));
    expect(written).toHaveLength(1);
    const scrape = parseScrape(await telemetry.metrics.render());
    expect(scrape.value('trimtab_passes_total', { controller: 'app', outcome: 'applied' })).toBe(1);
    expect(scrape.value('trimtab_passes_total', { controller: 'build', outcome: 'applied' })).toBeUndefined();
  });

  it('writes text to a terminal and JSON elsewhere, unless told', () => {
    const says = (settings: Partial<TelemetrySettings>, isTerminal: boolean, environment = {}) => {
      const { telemetry, written } = open(settings, isTerminal, environment);
      telemetry.log.info({ mode: 'act' }, 'trimtab is running');
      return written.join('');
    };
    expect(says({}, false)).toMatch(/^\{"level":"info".*\}\n$/);
    expect(says({}, true)).toContain('\u001b[32minfo');
    expect(says({}, true, { NO_COLOR: '1' })).toMatch(/info +trimtab is running {2}mode=act\n$/);
    expect(says({ logFormat: 'json' }, true)).toMatch(/^\{/);
    expect(says({ logFormat: 'text' }, false)).not.toContain('\u001b[');
    expect(says({ logLevel: 'silent' }, false)).toBe('');
  });
});
