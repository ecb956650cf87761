/**
 * The task sizes Fargate runs: CPU units, and MiB of memory from `least` to `most` in steps.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
 */
const SIZES = [
  { cpu: 256, memory: [512, 1024, 2048] },
  { cpu: 512, memory: steps(1024, 4096, 1024) },
  { cpu: 1024, memory: steps(2048, 8192, 1024) },
  { cpu: 2048, memory: steps(4096, 16_384, 1024) },
  { cpu: 4096, memory: steps(8192, 30_720, 1024) },
  { cpu: 8192, memory: steps(16_384, 61_440, 4096) },
  { cpu: 16_384, memory: steps(32_768, 122_880, 8192) },
] as const;

function steps(least: number, most: number, step: number): readonly number[] {
  return Array.from({ length: (most - least) / step + 1 }, (_, index) => least + index * step);
}

/** Task-level limits of tasks on EC2 instances: 128 CPU units (an eighth of a core) to 10 cores. */
const EC2_CPU = { least: 128, most: 10_240 } as const;

export type Launch = 'fargate' | 'ec2';

export interface Size {
  readonly cpu: number;
  readonly memory: number;
}

/** What is wrong with a size, and the nearest that is allowed. */
export interface SizeProblem {
  readonly member: 'cpu' | 'memory';
  readonly allowed: string;
  readonly nearest: Size;
}

/** Checks a size against what its launch type runs. */
export function sizeProblem(size: Size, launch: Launch): SizeProblem | undefined {
  return launch === 'fargate' ? fargateProblem(size) : ec2Problem(size);
}

function fargateProblem({ cpu, memory }: Size): SizeProblem | undefined {
  const row = SIZES.find((one) => one.cpu === cpu);
  if (row === undefined) {
    const near = nearestRow(cpu);
    const all = SIZES.map((one) => one.cpu).join(', ');
    const nearest = { cpu: near.cpu, memory: nearestOf(near.memory, memory) };
    return { member: 'cpu', allowed: `on Fargate ${all} CPU units; the nearest is ${near.cpu}`, nearest };
  }
  if (row.memory.some((one) => one === memory)) return undefined;
  const nearest = { cpu, memory: nearestOf(row.memory, memory) };
  const allowed = `on Fargate with ${cpu} CPU units ${range(row.memory)} MiB; the nearest is ${nearest.memory}`;
  return { member: 'memory', allowed, nearest };
}

function ec2Problem({ cpu, memory }: Size): SizeProblem | undefined {
  const { least, most } = EC2_CPU;
  if (cpu >= least && cpu <= most) return undefined;
  const nearest = { cpu: Math.min(Math.max(cpu, least), most), memory };
  return { member: 'cpu', allowed: `on EC2 instances ${least} to ${most} CPU units`, nearest };
}

function nearestRow(cpu: number): (typeof SIZES)[number] {
  return SIZES.reduce((best, row) => (Math.abs(row.cpu - cpu) < Math.abs(best.cpu - cpu) ? row : best));
}

function nearestOf(allowed: readonly number[], wanted: number): number {
  return allowed.reduce((best, one) => (Math.abs(one - wanted) < Math.abs(best - wanted) ? one : best));
}

function range(allowed: readonly number[]): string {
  if (allowed.length <= 4) return allowed.join(', ');
  const [first = 0, second = 0] = allowed;
  return `${first} to ${allowed.at(-1)} in steps of ${second - first}`;
}
