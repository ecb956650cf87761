import { z } from 'zod';
import type { Reading } from '../../../reconcile/reading.ts';
import { type Item, parseSettingsItem } from '../../../store/table.ts';
import type { Opened } from '../document.ts';

/** A review app's status parameter; members nobody knows are carried over. */
const statusSchema = z.looseObject({
  pull_request: z.string().optional(),
  status: z.string(),
  branch: z.string().optional(),
  title: z.string().optional(),
  url: z.string().optional(),
});
export type ReviewStatus = z.infer<typeof statusSchema>;

/** What is known of a review app's life. */
export interface ReviewDesired {
  /** `absent`: its parameter was looked for and is not there. */
  readonly state: 'created' | 'other' | 'absent' | 'unknown';
  readonly status?: ReviewStatus;
  /** Whether its stack is there, which writes its settings item. */
  readonly stack: 'found' | 'absent' | 'unknown';
  /** Where people open it, as its stack says. */
  readonly url?: string;
  /** Something is remembered of builds of it, so there may be records of them. */
  readonly built: boolean;
}

interface ReviewItems {
  readonly reviewSettings: Reading<Item>;
  readonly buildStatus?: Reading<Item>;
}

export function parseReview(
  opened: Opened,
  { reviewSettings: settings, buildStatus }: ReviewItems,
): ReviewDesired {
  const stack = settings.state === 'unreadable' ? 'unknown' : settings.state;
  const said = settings.state === 'found' ? parseSettingsItem(settings.value) : undefined;
  const domain = said?.ok === true ? said.value.domains[0] : undefined;
  const built = buildStatus !== undefined && buildStatus.state !== 'absent';
  const where = { stack, built, ...(domain === undefined ? {} : { url: `https://${domain}` }) } as const;
  if (opened.state === 'absent') return { state: 'absent', ...where };
  if (opened.state === 'broken') return { state: 'unknown', ...where };
  const parsed = statusSchema.safeParse(opened.value);
  if (!parsed.success) return { state: 'unknown', ...where };
  return { state: parsed.data.status === 'created' ? 'created' : 'other', status: parsed.data, ...where };
}
