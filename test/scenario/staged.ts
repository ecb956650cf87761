import { afterEach } from 'vitest';
import { type BuildWorld, openBuilds } from './builders.ts';
import type { Stage } from './stage.ts';

/** Opens accounts with builds for the tests of a file, each with the `usual` world under its own, and ends them with their tests. */
export function stagesOfBuilds(
  usual: BuildWorld = {},
): (world?: BuildWorld) => ReturnType<typeof openBuilds> {
  const open: Stage[] = [];
  afterEach(async () => {
    for (const stage of open.splice(0)) await stage.stop();
  });
  return async (world = {}) => {
    const opened = await openBuilds({ ...usual, ...world });
    open.push(opened.on);
    return opened;
  };
}
