import { parseInput } from '../../workflow/input.ts';

/** Why an input is refused, `path: message` each. */
export const problemsOf = (raw: unknown): readonly string[] => {
  const parsed = parseInput(raw);
  return 'problems' in parsed ? parsed.problems.map(({ path, message }) => `${path}: ${message}`) : [];
};

/** The input as it is understood, with its defaults. @throws {Error} where it is refused */
export const inputOf = (raw: unknown) => {
  const parsed = parseInput(raw);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.input;
};
