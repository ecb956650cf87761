import { z } from 'zod';

/** Parses a section of a world; throws a sentence that says where it is wrong. */
export function parseSection<Schema extends z.ZodType>(
  schema: Schema,
  section: unknown,
  name: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(section ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = [name, ...(issue?.path ?? [])].map(String).join('.');
  throw new Error(`the world's section ${place} is wrong: ${issue?.message ?? 'malformed'}`);
}

/** An instant as people write it in a world: ISO 8601 with a zone. */
export const instantSchema = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)) && /(Z|[+-]\d\d:\d\d)$/.test(text), {
    message: 'an instant is written like 2026-01-05T12:00:00Z',
  })
  .transform((text) => Date.parse(text));

/** Writes an instant as `instantSchema` reads it. */
export function writeInstant(at: number): string {
  return new Date(at).toISOString();
}

/** Tags as people write them: an object of texts. */
export const tagsSchema = z.record(z.string().min(1), z.string());

/** A JSON text as an object where that loses nothing; otherwise nothing. */
export function jsonOf(text: string): unknown {
  try {
    const document: unknown = JSON.parse(text);
    const whole = typeof document === 'object' && document !== null && JSON.stringify(document) === text;
    return whole ? document : undefined;
  } catch {
    return undefined;
  }
}
