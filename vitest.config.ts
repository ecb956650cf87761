import { defineConfig } from 'vitest/config';

/** These change the environment or put something in a module's place, which others must not see. */
const ALONE = [
  'test/aws/clients.test.ts',
  'test/aws/middleware.test.ts',
  'test/commands/commands.test.ts',
  'test/replay/edited-rule.test.ts',
  'test/replay/replayer.test.ts',
];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    // Left to itself Vitest keeps one core free, which on two is half of them.
    maxWorkers: '100%',
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    projects: [
      {
        extends: true,
        // Modules keep no state between tests, so that two hundred files need not load them two hundred times.
        test: {
          name: 'suite',
          include: ['test/**/*.test.ts'],
          exclude: ['test/lanes/**', ...ALONE],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
  },
});
