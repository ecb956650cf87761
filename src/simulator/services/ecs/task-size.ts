/** A task's size in CPU units and MiB. */
export interface TaskSize {
  readonly cpu: number;
  readonly memory: number;
}

interface FargateRow {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

const GB = 1024;

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html */
const FARGATE: ReadonlyMap<number, FargateRow> = new Map([
  [512, { min: GB, max: 4 * GB, step: GB }],
  [1024, { min: 2 * GB, max: 8 * GB, step: GB }],
  [2048, { min: 4 * GB, max: 16 * GB, step: GB }],
  [4096, { min: 8 * GB, max: 30 * GB, step: GB }],
  [8192, { min: 16 * GB, max: 60 * GB, step: 4 * GB }],
  [16384, { min: 32 * GB, max: 120 * GB, step: 8 * GB }],
]);

/** Whether Fargate offers this size. */
export function isFargateSize(size: TaskSize): boolean {
  if (size.cpu === 256) return [512, 1024, 2048].includes(size.memory);
  const row = FARGATE.get(size.cpu);
  if (row === undefined || size.memory < row.min || size.memory > row.max) return false;
  return (size.memory - row.min) % row.step === 0;
}

/** CPU units of `"256"` or `".25 vCPU"`; undefined when the text is neither. */
export function parseCpu(text: string): number | undefined {
  const units = /^\d{1,9}$/.exec(text);
  if (units !== null) return Number(text);
  const cores = /^(\d{0,3}(?:\.\d{1,6})?) {0,2}vcpu$/i.exec(text);
  return cores?.[1] === undefined ? undefined : Math.round(Number(cores[1]) * 1024);
}

/** MiB of `"512"` or `"1 GB"`; undefined when the text is neither. */
export function parseMemory(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const gigabytes = /^(\d{0,6}(?:\.\d{1,6})?) {0,2}gb$/i.exec(text);
  return gigabytes?.[1] === undefined ? undefined : Math.round(Number(gigabytes[1]) * GB);
}
