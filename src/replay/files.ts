import { type FileHandle, open, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Change } from './changes.ts';
import { layoutJson } from './layout.ts';
import type { Outcome } from './outcome.ts';
import type { RecordingSink } from './recorder.ts';
import {
  formatChange,
  formatSnapshot,
  parseSnapshot,
  SNAPSHOT_CHARACTERS_MAX,
  type Snapshot,
  SnapshotError,
  TIMELINE_END,
} from './snapshot.ts';

/** What the names of snapshot files end with. */
export const SNAPSHOT_ENDING = '.snapshot.json';

/** A snapshot file, and the name it goes by in reports. */
export interface SnapshotFile {
  readonly path: string;
  readonly name: string;
}

/**
 * The snapshot files that `paths` name: files as they are, and every `*.snapshot.json` below directories, in order
 * of their names. Throws `SnapshotError` for what is not there.
 */
export async function findSnapshots(paths: readonly string[]): Promise<readonly SnapshotFile[]> {
  const found: SnapshotFile[] = [];
  for (const path of paths) found.push(...(await filesAt(path)));
  return found;
}

async function filesAt(path: string): Promise<readonly SnapshotFile[]> {
  const info = await stat(path).catch((error: unknown) => {
    throw new SnapshotError(`${path} cannot be read: ${reasonOf(error)}`);
  });
  if (!info.isDirectory()) return [{ path, name: basename(path).replace(SNAPSHOT_ENDING, '') }];
  const entries = await readdir(path, { recursive: true });
  const names = entries
    .filter((entry) => entry.endsWith(SNAPSHOT_ENDING))
    .map((entry) => entry.replaceAll('\\', '/'));
  if (names.length === 0) throw new SnapshotError(`there is no *${SNAPSHOT_ENDING} below ${path}`);
  return names
    .sort()
    .map((name) => ({ path: join(path, name), name: name.slice(0, -SNAPSHOT_ENDING.length) }));
}

/** Reads a snapshot file. Throws `SnapshotError`. */
export async function readSnapshot(path: string): Promise<Snapshot> {
  const { size } = await stat(path).catch((error: unknown) => {
    throw new SnapshotError(`${path} cannot be read: ${reasonOf(error)}`);
  });
  if (size > SNAPSHOT_CHARACTERS_MAX) {
    throw new SnapshotError(`${path} has ${size} bytes; a snapshot has at most ${SNAPSHOT_CHARACTERS_MAX}`);
  }
  return parseSnapshot(await readFile(path, 'utf8'), path);
}

/** Writes a snapshot file as a whole or not at all. */
export async function writeSnapshot(path: string, snapshot: Snapshot): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, formatSnapshot(snapshot));
  await rename(draft, path);
}

/**
 * A file that grows with a recording. Each addition is one write that replaces the closing brackets, so the file is
 * a whole snapshot at every moment, however long it gets.
 */
export function createGrowingFile(path: string): RecordingSink {
  let file: FileHandle | undefined;
  /** Where the closing brackets begin. */
  let end = 0;
  let isEmpty = true;

  async function replaceEnd(text: string, after: string): Promise<void> {
    const bytes = Buffer.from(text + after);
    await file?.write(bytes, 0, bytes.length, end);
    end += Buffer.byteLength(text);
  }

  return {
    async begin(snapshot) {
      file = await open(path, 'w', 0o644);
      const text = [...formatSnapshot({ ...snapshot, timeline: [], outcome: undefined })].join('');
      await replaceEnd(text.slice(0, -TIMELINE_END.length), TIMELINE_END);
    },
    async append(changes: readonly Change[]) {
      if (changes.length === 0) return;
      const text = changes.map((change, index) => formatChange(change, isEmpty && index === 0)).join('');
      isEmpty = false;
      await replaceEnd(text, TIMELINE_END);
    },
    async finish(outcome: Outcome) {
      const lines = [...layoutJson(outcome, '  ')].join('\n').trimStart();
      await replaceEnd(`\n  ],\n  "outcome": ${lines}\n}\n`, '');
      await file?.close();
    },
  };
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'it may not be read';
  return code === undefined ? String(error) : String(code);
}
