/** The members of a described task definition that ECS fills in itself and does not take back. */
export interface ServerOnly {
  readonly taskDefinitionArn?: unknown;
  readonly revision?: unknown;
  readonly status?: unknown;
  readonly requiresAttributes?: unknown;
  readonly compatibilities?: unknown;
  readonly registeredAt?: unknown;
  readonly registeredBy?: unknown;
  readonly deregisteredAt?: unknown;
  readonly deleteRequestedAt?: unknown;
}

/** What of a described definition can be registered again; members ECS learns later are carried over too. */
export function registerable<D extends ServerOnly>(definition: D): Omit<D, keyof ServerOnly> {
  const {
    taskDefinitionArn: _arn,
    revision: _revision,
    status: _status,
    requiresAttributes: _attributes,
    compatibilities: _compatibilities,
    registeredAt: _registeredAt,
    registeredBy: _registeredBy,
    deregisteredAt: _deregisteredAt,
    deleteRequestedAt: _deleteRequestedAt,
    ...kept
  } = definition;
  return kept;
}
