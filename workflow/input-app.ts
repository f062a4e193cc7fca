import * as z from 'zod';
import { knownRegions } from './regions.ts';

/** Fargate's task sizes up to 4 vCPU: CPU units → MB (Amazon ECS Developer Guide, "Task CPU and memory"). */
const fargateMemory: Readonly<Record<number, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: range(1024, 4096, 1024),
  1024: range(2048, 8192, 1024),
  2048: range(4096, 16384, 1024),
  4096: range(8192, 30720, 1024),
};

/** Of the diagrams. */
const defaultDesiredCount = 2;

/** What every task is given by the platform, and, in front, what ECS and the SDKs read. */
const reserved = /^(AWS_REGION|ENVIRONMENT|PORT|HOST|(AWS|ECS)_.*)$/;

/** Values of the container's variables by their names. */
const variables = <Value extends z.ZodType>(value: Value) =>
  z.record(z.string(), value).superRefine((all, context) => {
    for (const name of Object.keys(all)) {
      const refuse = (message: string): void =>
        context.addIssue({ code: 'custom', path: [name], message, input: all[name] });
      if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name))
        refuse('a variable name has letters, digits and underscores, and does not start with a digit');
      else if (reserved.test(name)) refuse('the platform or ECS sets this variable itself');
    }
  });

/** The agent takes a secret's ARN alone, or followed by all of JSON key, version stage and version id, each of which may be empty. */
const secretArn =
  /^arn:aws:(secretsmanager:(\{region\}|[a-z0-9-]+):\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}(:[^:\s]*:[^:\s]*:[^:\s]*)?|ssm:(\{region\}|[a-z0-9-]+):\d{12}:parameter\/[\w./-]+)$/;

const inKnownRegion = (arn: string): boolean => ['{region}', ...knownRegions].includes(arn.split(':')[3] ?? '');

/** Characters of variables and command together: the first state of a run holds the whole input. */
const mostText = 4096;

export const app = z
  .strictObject({
    port: z.int().min(1024, 'the container runs as a user that may not bind ports below 1024').max(65535).default(8080),
    healthPath: z
      .string()
      .regex(/^\/[!-~]{0,1023}$/, 'must start with / and hold printable ASCII only')
      .default('/health'),
    cpu: z.int().default(256).describe('CPU units of a task'),
    memory: z.int().default(512).describe('MB of a task'),
    desiredCount: z
      .int()
      .min(1)
      .max(100)
      .default(defaultDesiredCount)
      .describe('tasks that a new service starts with; from then on autoscaling decides, between the bounds'),
    minCount: z.int().min(1).max(100).default(2).describe('fewest tasks of a service; the cost estimate assumes them'),
    maxCount: z.int().min(1).max(100).default(10).describe('most tasks of a service'),
    scalingCpuPercent: z.int().min(10).max(95).default(70).describe('average CPU that autoscaling aims at'),
    image: z
      .string()
      .regex(
        /^[^@\s]+\/[^@\s]+@sha256:[0-9a-f]{64}$/,
        'pin it by digest, registry/repository@sha256:<64 hex digits>: a tag may name another image tomorrow',
      )
      .exactOptional()
      .describe("an image of your own instead of Slipway's app on the base image; copied to every region"),
    command: z
      .array(z.string().min(1))
      .min(1)
      .exactOptional()
      .describe("what is started instead of the image's own command"),
    environment: variables(z.string())
      .exactOptional()
      .describe('plain values; everybody who may see the task definition can read them'),
    secrets: variables(
      z
        .string()
        .regex(
          secretArn,
          'not the whole ARN of a secret (Secrets Manager, with its six last characters, and :key:stage:version or nothing behind them) or of a parameter (Parameter Store)',
        )
        .refine(inKnownRegion, 'it is in a region that Slipway does not know'),
    )
      .exactOptional()
      .describe("variables that ECS fills in from a secret or parameter, by ARN; {region} is each region's own"),
    taskRoleArn: z
      .string()
      .regex(/^arn:aws:iam::\d{12}:role\/([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/, 'not the ARN of a role')
      .exactOptional()
      .describe('what the app itself may do in AWS; one of those that `slipway deploy --task-roles` allows'),
  })
  .superRefine((value, context) => {
    const refuse = (key: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message, input: value });
    const text = JSON.stringify([value.command, value.environment, value.secrets]).length;
    if (text > mostText)
      refuse('environment', `environment, secrets and command have ${text} characters, at most ${mostText}`);
    for (const name of Object.keys(value.secrets ?? {}))
      if (Object.hasOwn(value.environment ?? {}, name)) refuse('secrets', `${name} is in environment as well`);
    const memory = fargateMemory[value.cpu];
    if (memory === undefined) refuse('cpu', `${value.cpu} is not one of ${Object.keys(fargateMemory).join(', ')}`);
    else if (!memory.includes(value.memory)) {
      refuse('memory', `${value.memory} MB is not valid with ${value.cpu} CPU units: use one of ${memory.join(', ')}`);
    }
    if (value.minCount > value.maxCount)
      refuse('minCount', `${value.minCount} is more than maxCount ${value.maxCount}`);
    if (value.desiredCount < value.minCount || value.desiredCount > value.maxCount) {
      refuse(
        'desiredCount',
        `${value.desiredCount}${value.desiredCount === defaultDesiredCount ? ' (the default)' : ''} is not between minCount ${value.minCount} and maxCount ${value.maxCount}: give all three`,
      );
    }
  });

function range(from: number, to: number, step: number): readonly number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
}
