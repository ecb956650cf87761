/**
 * What an operation does to the account, by its name. A name that fits no rule counts as a write: a new
 * operation has to be looked at before it may run outside a lease.
 */
const READS = [
  'BatchGet',
  'Describe',
  'Get',
  'Head',
  'List',
  'Query',
  'Receive',
  'Scan',
  'TransactGet',
] as const;

/**
 * Neither read nor write of what a lease protects: these keep or give back the lease itself, and are sent just
 * when it is about to end.
 */
const LEASE_KEEPING: ReadonlySet<string> = new Set([
  'ChangeMessageVisibility',
  'ChangeMessageVisibilityBatch',
]);

/** Whether an operation may change something, so that inside a pass it needs the lease. */
export function isMutating(operation: string): boolean {
  if (LEASE_KEEPING.has(operation)) return false;
  return !READS.some((read) => operation.startsWith(read) && /^[A-Z]|^$/.test(operation.slice(read.length)));
}

/**
 * Whether a request must go out at most once, because a second one would do it again: it belongs on `ecsOnce`.
 * RunTask has a client token, but its outcome is judged by what was started, so it is not repeated either.
 */
export function isUnrepeatable(operation: string, input: unknown): boolean {
  if (operation === 'RegisterTaskDefinition' || operation === 'RunTask') return true;
  if (operation !== 'UpdateService' || typeof input !== 'object' || input === null) return false;
  return 'forceNewDeployment' in input && input.forceNewDeployment === true;
}
