import { z } from 'zod';
import type { Simulator } from './account.ts';

/**
 * A whole simulated account as one JSON document. Each section is its service's own (`ssm`, `ecs`, `sqs`,
 * `events`, `dynamodb`, …) and is described where the service is written.
 */
const accountSchema = z
  .object({ id: z.string().regex(/^\d{12}$/), region: z.string().min(1) })
  .catchall(z.unknown());

/** The shape of a world document; sections are checked by their services when it is loaded. */
export const worldSchema = z.object({
  $comment: z.string().optional(),
  version: z.literal(1),
  accounts: z.array(accountSchema).min(1),
});

export type World = z.infer<typeof worldSchema>;

/** Parses a world document; throws an error whose message says where it is wrong. */
export function parseWorld(text: string, name = 'world'): World {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = worldSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new Error(`${name} is not a world: ${z.prettifyError(parsed.error)}`);
}

/** Fills the simulator from a world; sections the simulator has no service for are refused. */
export function loadWorld(simulator: Simulator, world: World): void {
  for (const account of world.accounts) {
    const services = simulator.region(account.id, account.region);
    for (const [section, content] of Object.entries(account)) {
      if (section === 'id' || section === 'region') continue;
      const service = services.get(section);
      if (service === undefined) {
        throw new Error(
          `account ${account.id}: "${section}" is no section; there are ${[...services.keys()].join(', ')}`,
        );
      }
      service.load(content);
    }
  }
}

/** The state of every account that was touched, as a world document. */
export function dumpWorld(simulator: Simulator): World {
  const accounts = simulator.openRegions().map(({ account, region }) => {
    const sections = [...simulator.region(account, region).values()].map((service) => [
      service.name,
      service.dump(),
    ]);
    return { id: account, region, ...Object.fromEntries(sections) };
  });
  return { version: 1, accounts };
}
