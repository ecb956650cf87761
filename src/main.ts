#!/usr/bin/env node
import { runProgram } from './commands/program.ts';
import { systemClock } from './compose.ts';

// The SDK's version is pinned; its advice about Node's is for whoever updates it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => stop.abort(signal));
}

// Whoever reads may stop reading (`trimtab replay … | head`); that is no failure of ours.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const exitCode = await runProgram(process.argv, {
  environment: process.env,
  clock: systemClock,
  random: Math.random,
  stop: stop.signal,
  isTerminal: process.stdout.isTTY === true,
  write: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
});
// A pipe takes 64 KiB at a time; the rest must leave before the process does.
for (const stream of [process.stdout, process.stderr]) {
  await new Promise<void>((resolve) => stream.write('', () => resolve()));
}
// Sockets kept alive for the next call must not keep a finished command running.
process.exit(exitCode);
