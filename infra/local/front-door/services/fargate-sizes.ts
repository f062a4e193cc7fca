/** Memory in MB that Fargate offers for each size of CPU: least, most, step (ECS developer guide, "Task size"). */
const memory: Readonly<Record<number, readonly [least: number, most: number, step: number]>> = {
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16384, 1024],
  4096: [8192, 30720, 1024],
  8192: [16384, 61440, 4096],
  16384: [32768, 122880, 8192],
};

/** Whether Fargate runs tasks of that size; 256 CPU units take 512, 1024 or 2048 MB. */
export function isFargateSize(cpu: number, megabytes: number): boolean {
  if (cpu === 256) return [512, 1024, 2048].includes(megabytes);
  const [least, most, step] = memory[cpu] ?? [1, 0, 1];
  return megabytes >= least && megabytes <= most && (megabytes - least) % step === 0;
}
