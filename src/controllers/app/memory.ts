import { z } from 'zod';
import { onceEach } from '../../reconcile/recall.ts';

/** How long settings that vanished still say what becomes of services: a tear-down deletes one by one. */
export const SETTINGS_LINGER_MS = 900_000;

const names = z.array(z.string());

const memorySchema = z.object({
  /** What each record named when it could last be read. */
  named: z
    .object({
      scaling: names.optional(),
      release: names.optional(),
      deployStatus: names.optional(),
      record: names.optional(),
    })
    .catch({}),
  /** Where claimed services were found. */
  cluster: z.string().optional().catch(undefined),
  /**
   * Present when `settings` said deletion_policy "delete": when those settings were put, when the parameter was
   * missed first, and whether the rest of the app went soon after it.
   */
  deletion: z
    .object({
      seenAt: z.number().optional(),
      lostAt: z.number().optional(),
      sealed: z.boolean().optional(),
    })
    .optional()
    .catch(undefined),
  /** When an event last told of settings that no read has shown yet: they may be gone again before one does. */
  settingsToldAt: z.number().optional().catch(undefined),
  /** The answer to the release record (`ReleaseAnswer`), for the build controller. */
  release: z.unknown().optional(),
  /** What each resource remembers, parsed by itself. */
  resources: z.record(z.string(), z.unknown()).catch({}),
});

/** What the app controller remembers between passes; all of it may be lost. */
export type AppMemory = z.infer<typeof memorySchema>;

/** Parses what was remembered; what another version wrote and we cannot read counts as forgotten. */
export const parseMemory = onceEach(
  (memory: unknown): AppMemory => memorySchema.safeParse(memory).data ?? { named: {}, resources: {} },
);
