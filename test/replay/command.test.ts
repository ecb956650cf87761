import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { snapshotOf, textOf, runTrimtab as trimtab, wish } from './kit.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trimtab-replay-'));
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const good = snapshotOf({ shop: {} }, [wish(300, 'shop', 2)]);

describe('trimtab replay', () => {
  it('tells what this build does, and exits 0 when everything settled', async () => {
    const path = file('good.snapshot.json', textOf(good));
    const { code, out, err } = await trimtab(['replay', path]);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('ok           good\n');
    expect(out).toContain('0:05:00  put /apppack/apps/shop/scaling');
    expect(out).toContain('differs  shop: services/web/desiredCount is 1, should be 2');
    expect(out).toContain('did      shop: updateService service shop-web  desiredCount=2');
    expect(out).toMatch(/1 snapshot: 1 ok\n$/);
  });

  it('exits 2 without a recorded outcome, 0 once it is recorded, and 2 with a diff when it is another', async () => {
    const path = file('good.snapshot.json', textOf(good));
    const first = await trimtab(['replay', folder, '--check']);
    expect(first).toMatchObject({ code: 2, err: '' });
    expect(first.out).toContain('nothing is recorded to compare with');
    expect(await trimtab(['replay', folder, '--update'])).toMatchObject({ code: 0 });
    const recorded = readFileSync(path, 'utf8');
    expect(recorded).toContain('"outcome":');
    expect(await trimtab(['replay', folder, '--check'])).toMatchObject({ code: 0 });
    writeFileSync(path, recorded.replace('"asks": { "desiredCount": 2 }', '"asks": { "desiredCount": 3 }'));
    const { code, out } = await trimtab(['replay', folder, '--check']);
    expect(code).toBe(2);
    expect(out).toContain('  -   did      shop: updateService service shop-web  desiredCount=3');
    expect(out).toContain('  +   did      shop: updateService service shop-web  desiredCount=2');
    expect(await trimtab(['replay', folder, '--update'])).toMatchObject({ code: 0 });
    expect(readFileSync(path, 'utf8')).toBe(recorded);
  });

  it('replays the others when one is unusable, says why in one line, and exits 1', async () => {
    file('a.snapshot.json', textOf(good).slice(0, 500));
    file('b.snapshot.json', textOf(good));
    file('c.snapshot.json', textOf(good).replace('"snapshot": 1', '"snapshot": 9'));
    const { code, out, err } = await trimtab(['replay', folder, '-o', 'json']);
    expect(code).toBe(1);
    expect(err.trim().split('\n')).toEqual([
      expect.stringMatching(/^trimtab: .*a\.snapshot\.json is not whole: it ends in the middle/),
      expect.stringMatching(/^trimtab: .*c\.snapshot\.json has format 9, this trimtab reads 1/),
    ]);
    const { snapshots } = JSON.parse(out);
    expect(snapshots).toHaveLength(1);
    expect(snapshots[0]).toMatchObject({ name: 'b', settled: true, steps: [{ what: 'start' }, { step: 1 }] });
  });

  it('writes one page, and draws a progress bar only where somebody looks', async () => {
    const path = file('good.snapshot.json', textOf(good));
    const piped = await trimtab(['replay', path, '-o', 'html']);
    expect(piped).toMatchObject({ code: 0, err: '' });
    expect(piped.out).toMatch(/^<!doctype html>/);
    const watched = await trimtab(['replay', path], true);
    expect(watched.err).toMatch(/\r\[[#.]{30}\] \d+ %/);
    expect(watched.err.endsWith('\r')).toBe(true);
    expect(watched.out).not.toContain('\r');
  });

  it('exits 1 for files that are not there, and for flags that do not go together', async () => {
    expect(await trimtab(['replay', join(folder, 'none')])).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no such file'),
    });
    expect((await trimtab(['replay', folder])).err).toContain('there is no *.snapshot.json below');
    expect((await trimtab(['replay', folder, '--check', '--update'])).err).toContain('do not go together');
    expect((await trimtab(['replay', folder, '-o', 'yaml'])).err).toContain('it can be text or json or html');
    expect((await trimtab(['replay', folder, '--jobs', '0'])).err).toContain('1 to 256');
  });
});

describe('trimtab record', () => {
  it('says what is missing before it asks AWS for anything', async () => {
    expect(await trimtab(['record'])).toMatchObject({ code: 1, err: expect.stringContaining('-o FILE') });
    expect(await trimtab(['record', '-o', 'x', '--every', 'often'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('--every is "often"'),
    });
  });
});
