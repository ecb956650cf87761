import { defineConfig } from 'vitest/config';

/** Lanes need a tool beyond Node and npm; each has an npm script `test:<lane>` that sets it up. */
export default defineConfig({
  test: {
    include: ['test/lanes/**/*.lane.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    fileParallelism: false,
    // The fuzz lane measures the heap, which means collecting it first.
    execArgv: ['--expose-gc'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
