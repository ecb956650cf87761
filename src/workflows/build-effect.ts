import { z } from 'zod';
import { TASKS } from './release-task.ts';
import type { Effect } from './step.ts';

const effectSchema = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['skip', 'supersede', 'giveUp', 'prepare', 'nudge', 'conclude']) }),
  z.object({ type: z.enum(['beginDeploy', 'recordDeploy', 'closeDeploy']) }),
  z.object({
    type: z.enum(['runTask', 'recordTask', 'closeTask']),
    params: z.object({ task: z.enum(TASKS) }),
  }),
]);
/** What a build's workflow may ask for. */
export type BuildEffect = z.infer<typeof effectSchema>;

/** The one thing that a step asked for, if it asked for anything. */
export function buildEffect(effects: readonly Effect[]): BuildEffect | undefined {
  const asked = effects.at(-1);
  return asked === undefined ? undefined : effectSchema.parse(asked);
}
