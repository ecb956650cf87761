import { z } from 'zod';

const memorySchema = z.object({
  /** When this key was first looked at: builds that had ended by then are left alone. */
  since: z.number(),
  /** When an event last brought a look while a task ran. */
  hintedAt: z.number().optional().catch(undefined),
  /** For how long nobody looked while requests were open. */
  awayMs: z.number().optional().catch(undefined),
  /** The ends of the ids of builds that need nothing more. */
  settled: z.array(z.string()).catch([]),
  /** What review apps were last told of: the state of each build, by the end of its id. */
  told: z.record(z.string(), z.string()).catch({}),
  /** The workflow of each open request, by its source. */
  flows: z.record(z.string(), z.unknown()).catch({}),
});

/** What the build controller remembers between passes; all of it may be lost. */
export type BuildMemory = z.infer<typeof memorySchema>;

/** Parses what was remembered; undefined when nothing was that we can read. */
export function parseMemory(memory: unknown): BuildMemory | undefined {
  return memorySchema.safeParse(memory).data;
}

/** The end of a build's id, which is enough to tell a project's builds apart. */
export function shortId(id: string): string {
  return id.slice(-12);
}
