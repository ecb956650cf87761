import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The program as `npm ci` builds it. */
export const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

/** A process of ours that runs in the background; its output is kept. */
export interface Background {
  readonly process: ChildProcess;
  output(): string;
  /** Waits until the output contains `text`. */
  says(text: string | RegExp, limitMs?: number): Promise<void>;
  /** Sends SIGTERM and resolves to the exit code. */
  stop(): Promise<number | null>;
}

export function background(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Background {
  // A group of its own, so that what a shell or npm starts can be told to stop too.
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const matches = (wanted: string | RegExp) =>
    typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
  return {
    process: child,
    output: () => text,
    says: (wanted, limitMs = 30_000) => {
      const said = () => {
        if (matches(wanted)) return true;
        if (child.exitCode === null) return false;
        throw new Error(
          `it ended with ${child.exitCode} instead of saying "${wanted}":\n${text.slice(-4000)}`,
        );
      };
      return until(`output "${wanted}"`, said, limitMs, () => text);
    },
    async stop() {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      return ended;
    },
  };
}

/** Polls until `done`; fails with what was waited for. */
export async function until(
  what: string,
  done: () => boolean | Promise<boolean>,
  limitMs = 30_000,
  context = () => '',
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await done())) {
    if (Date.now() > deadline)
      throw new Error(`waited ${limitMs} ms for: ${what}\n${context().slice(-4000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** What a shell needs to reach a simulated account. */
export function awsEnvironment(port: number): NodeJS.ProcessEnv {
  return {
    ...process.env,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    // Several controllers run side by side.
    TRIMTAB_API_PORT: '0',
  };
}

/** Runs the AWS CLI against a simulated account; resolves to its parsed output. */
export async function aws(port: number, ...args: string[]): Promise<unknown> {
  // Older CLIs ignore AWS_ENDPOINT_URL and would call AWS itself.
  const { stdout } = await run(
    'aws',
    ['--endpoint-url', `http://127.0.0.1:${port}`, '--output', 'json', ...args],
    { env: awsEnvironment(port) },
  );
  return stdout.trim() === '' ? undefined : JSON.parse(stdout);
}

export interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one of our commands to its end. */
export async function trimtab(port: number, ...args: string[]): Promise<Finished> {
  try {
    const { stdout, stderr } = await run(process.execPath, [MAIN, ...args], { env: awsEnvironment(port) });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const failed = error as { code?: number; stdout?: string; stderr?: string };
    return { code: failed.code ?? -1, out: failed.stdout ?? '', err: failed.stderr ?? '' };
  }
}
