import type { Setting } from '../../workflow/steps.ts';

/** What infra gives to the Lambdas (infra/functions.ts). */
export type Variable = 'AWS_REGION' | 'TABLE_NAME' | 'PROGRESS_TOPIC_ARN' | Setting;

/**
 * One variable. Read at the edge (handlers) and passed on; nothing deeper reads the process's environment.
 * @throws {Error} when infra forgot to set it
 */
export function environment(name: Variable): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}

/** A variable that may be empty, as the list that its comma-separated text is. */
export const listed = (name: Variable): readonly string[] =>
  (process.env[name] ?? '').split(',').filter((each) => each !== '');
