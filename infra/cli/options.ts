import { Argument, InvalidArgumentError, Option } from '@commander-js/extra-typings';

/** Options and arguments that several commands have. */

export const json = () => new Option('--json', 'JSON on stdout, everything else on stderr').default(false);
export const yes = () => new Option('--yes', 'answer the question with yes').default(false);
export const profile = () =>
  new Option('--profile <name>', 'AWS profile; without it, the local cloud if it is running');
export const region = () => new Option('--region <region>', "the provisioner's home region");
export const input = () => new Option('--input <file>', 'execution input, a JSON file; without it {}');
/** By default the official Node image, in a registry that every region reaches without credentials. */
export const baseImage = () =>
  new Option('--base-image <reference>', 'base of the application image').default(
    'public.ecr.aws/docker/library/node:24-slim',
  );
export const noWatch = () => new Option('--no-watch', 'do not wait for the end');
export const deployment = () => new Option('--deployment <name>', 'name of the deployment').default('platform');
export const execution = () =>
  new Argument('[execution]', 'name or ARN of an execution; by default the newest of the deployment').argOptional();

export const clockScale = () =>
  new Option('--clock-scale <n>', "AWS's durations are multiplied by it; 1 is real time (default 0.05)").argParser(
    (text) => {
      const value = Number(text);
      if (!(value > 0 && value <= 1))
        throw new InvalidArgumentError('a number above 0 and at most 1, where 1 is real time');
      return value;
    },
  );

export const noIam = () => new Option('--no-iam', 'record calls that IAM would deny, and let them through');

export const latency = () =>
  new Option('--latency', "let each call of a Lambda take as long as on AWS, times the clock's scale");

export const port = () =>
  new Option('--port <n>', 'port of the local cloud').argParser((text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 0 || value > 65_535)
      throw new InvalidArgumentError('a port, 0 for any free one');
    return value;
  });
