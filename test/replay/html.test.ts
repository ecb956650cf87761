import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { chartsOf } from '../../src/replay/charts.ts';
import { makeAxis } from '../../src/replay/html/axis.ts';
import { html } from '../../src/replay/html/escape.ts';
import { renderPage } from '../../src/replay/html/page.ts';
import { runCase } from '../../src/replay/replayer.ts';
import { reportOf, type SnapshotReport } from '../../src/replay/report.ts';
import { snapshotOf, wish } from './kit.ts';

const HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u001b[31m&amp;';
let report: SnapshotReport;
let page = '';

beforeAll(async () => {
  const snapshot = snapshotOf(
    { shop: {} },
    [
      wish(300, 'shop', 3),
      {
        at: '2026-01-05T12:20:00Z',
        type: 'call',
        service: 'ecs',
        operation: HOSTILE.slice(0, 70),
        input: { service: HOSTILE },
      },
    ],
    { about: HOSTILE },
  );
  const result = await runCase(snapshot);
  report = {
    ...reportOf(result, HOSTILE),
    charts: chartsOf(result),
    check: { same: false, lines: ['  step 1', `- ${HOSTILE}`, `+ ${HOSTILE}`] },
  };
  page = renderPage([report]);
});

describe('the page', () => {
  it('shows hostile names and values as the text they are', () => {
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<img');
    expect(page).not.toContain('\u001b');
    expect(page).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
    expect(page).toContain('&#38;amp;');
  });

  it('needs nothing but itself, and forbids everything else', () => {
    // What a hostile name says is text; links lead to the page itself.
    const uses = page.replaceAll('src=x', '').match(/(?:src|href|url)\s*[=(]\s*["']?(?!#)[^"')\s>]*/g);
    expect(uses).toBe(null);
    const style = /<style>(.*)<\/style>/s.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(
      `content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`,
    );
    expect(page).not.toMatch(/\sstyle="/);
    expect(page).not.toMatch(/\son[a-z]+="/);
  });

  it('draws what was wanted, what there was, and what happened', () => {
    for (const shape of [
      'class="wanted"',
      'class="desired"',
      'class="running"',
      'class="change"',
      'class="write"',
    ]) {
      expect(page).toContain(shape);
    }
    expect(page).toContain('3 of 3 running');
    expect(page).toContain('prefers-color-scheme: dark');
  });

  it('stays small enough to open, however much there was', () => {
    const steps = Array.from({ length: 5_000 }, () => report.steps[1]).flatMap((step) => step ?? []);
    const long = renderPage([
      {
        ...report,
        steps,
        charts: Array.from({ length: 500 }, () => report.charts?.[0]).flatMap((chart) => chart ?? []),
      },
    ]);
    expect(long.length).toBeLessThan(3_000_000);
    expect(long).toContain('4700 more steps are not shown');
    expect(long).toContain('440 more apps are not drawn');
  });
});

describe('the axis', () => {
  it('gives busy times room and cuts quiet ones short', () => {
    const axis = makeAxis([0, 10_000, 20_000, 3_620_000, 3_630_000], 1000);
    expect(axis.cuts).toHaveLength(1);
    expect(axis.cuts[0]?.durationMs).toBe(3_580_000);
    expect(axis.x(0)).toBe(0);
    expect(axis.x(3_630_000)).toBeCloseTo(1000);
    expect(axis.x(20_000) - axis.x(10_000)).toBeCloseTo(axis.x(10_000) - axis.x(0));
    expect(axis.x(-5)).toBe(0);
    expect(axis.x(9e12)).toBeCloseTo(1000);
  });

  it('runs evenly when there would be nothing but cuts', () => {
    const axis = makeAxis(
      Array.from({ length: 100 }, (_, index) => index * 600_000),
      1000,
    );
    expect(axis.cuts).toEqual([]);
    expect(axis.x(33 * 600_000)).toBeCloseTo(1000 / 3);
  });

  it('has a place for everything when nothing happened', () => {
    expect(makeAxis([], 1000).x(5)).toBeLessThanOrEqual(1000);
  });
});

it('escapes what is put into a template, and only that', () => {
  expect(html`<b>${'<i>'}</b>${[html`<br>`, html`<hr>`]}${3}`.markup).toBe('<b>&#60;i&#62;</b><br><hr>3');
});
