import type { Key } from '../reconcile/key.ts';

/** An app nobody has: probes and dry calls are about it. */
export const PROBE_APP = 'trimtab-doctor';

/** The key of the probe. */
export function probeKey({ account, region }: { readonly account: string; readonly region: string }): Key {
  return { account, region, kind: 'app', name: PROBE_APP };
}
