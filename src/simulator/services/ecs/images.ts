import { z } from 'zod';
import { globMatches } from '../../region.ts';

/** What is wrong with an image: it is not in its registry, may not be read, or the registry cannot be reached. */
const PROBLEMS = ['notFound', 'accessDenied', 'unreachable'] as const;

/**
 * Images that cannot be pulled, by name (`*` stands for anything): `{"shop:broken": "notFound"}`. Any other text is
 * the reason itself.
 */
export const imagesShape = z.record(z.string().min(1), z.union([z.enum(PROBLEMS), z.string().min(1)]));

export type Images = z.infer<typeof imagesShape>;

/**
 * Why an image cannot be pulled; nothing when it can.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
 */
export function pullFailure(images: Images, image: string): string | undefined {
  const problem = Object.entries(images).find(([pattern]) => globMatches(pattern, image))?.[1];
  if (problem === undefined) return undefined;
  const failed = (times: number, why: string): string =>
    `CannotPullContainerError: pull image manifest has been retried ${times} time(s): failed to resolve ref ${image}: ${why}`;
  if (problem === 'notFound') return failed(1, `${image}: not found`);
  if (problem === 'accessDenied') return failed(1, 'unexpected status from HEAD request: 403 Forbidden');
  if (problem === 'unreachable') return failed(5, 'failed to do request: dial tcp: i/o timeout');
  return problem;
}
