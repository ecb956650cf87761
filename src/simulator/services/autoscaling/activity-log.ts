import type { ScalingActivity } from './records.ts';

/** What was scaled, in the order in which it began. A change costs the same however much there was before it. */
export class ActivityLog {
  private readonly activities = new Map<string, ScalingActivity>();
  /** Ids of the activities of each resource that are not over. */
  private readonly open = new Map<string, Set<string>>();

  get(id: string): ScalingActivity | undefined {
    return this.activities.get(id);
  }

  /** Adds an activity, or puts it in place of what it was before. */
  put(activity: ScalingActivity): void {
    const { id, resourceId } = activity;
    this.activities.set(id, activity);
    const open = this.open.get(resourceId) ?? new Set();
    if (isOpen(activity)) this.open.set(resourceId, open.add(id));
    else if (open.delete(id) && open.size === 0) this.open.delete(resourceId);
  }

  /** Those of a resource that are not over. */
  openOf(resourceId: string): readonly ScalingActivity[] {
    return [...(this.open.get(resourceId) ?? [])].flatMap((id) => this.activities.get(id) ?? []);
  }

  list(): readonly ScalingActivity[] {
    return [...this.activities.values()];
  }

  /** Forgets the first ones, as far as they began no later than the instant `horizon`. */
  forgetUntil(horizon: number): void {
    for (const { id, resourceId, startedAt } of this.activities.values()) {
      if (startedAt > horizon) return;
      this.activities.delete(id);
      this.open.get(resourceId)?.delete(id);
    }
  }

  clear(): void {
    this.activities.clear();
    this.open.clear();
  }
}

/** Whether an activity is not over. */
export function isOpen({ status }: ScalingActivity): boolean {
  return status === 'Pending' || status === 'InProgress';
}
