import type { Condition } from '../../../reconcile/plan.ts';
import type { AppNames } from '../names.ts';
import type { ProcessWish } from '../services/desired.ts';
import { remark } from '../wording.ts';

/** What an entry of `scaling` asks of the count of its service. */
export type CountWish =
  /** The autoscaler moves it inside these bounds. */
  | { readonly type: 'range'; readonly min: number; readonly max: number }
  /** Nobody moves it. */
  | { readonly type: 'fixed'; readonly count: number };

/** The wish of an entry; undefined when it leaves a bound open, which says nothing about autoscaling. */
export function countWish(wish: ProcessWish, names: Pick<AppNames, 'review'>): CountWish | undefined {
  const { minProcesses: min, maxProcesses: max } = wish;
  // AppPack's tools refuse ranges for review apps; one that got there otherwise only bounds the count.
  if (min === undefined || max === undefined || names.review !== undefined) return undefined;
  return min < max ? { type: 'range', min, max } : { type: 'fixed', count: max };
}

/** What a person should know about a range that is valid all the same. */
export function rangeRemarks(
  { process, parameter, version, minProcesses: min, maxProcesses: max }: ProcessWish,
  { review }: Pick<AppNames, 'review'>,
): Condition[] {
  if (min === undefined || max === undefined || min >= max) return [];
  const place = { path: `${process}.min_processes` };
  const from = { name: parameter, version };
  if (review !== undefined) {
    const text = `${process} of a review app has a range of ${min} to ${max} processes. Review apps are not scaled automatically: its count stays where it is inside the range.`;
    return [{ ...remark(from, 'NotAutoscaled', text), ...place }];
  }
  if (min > 0) return [];
  const text = `${process} may be scaled to 0 processes. With none there is no CPU load to measure, so autoscaling never starts one again by itself. To have it start again, put min_processes at 1 or more.`;
  return [{ ...remark(from, 'ScalesFromZero', text), ...place }];
}
